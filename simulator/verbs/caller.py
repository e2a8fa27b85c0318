"""Who asks, and how they want a write to be done."""

import attrs

from simulator.access.users import MASTERS, User


@attrs.frozen
class Caller:
    """The origin of a request."""

    user: str
    """As authenticated, or the name of a controller; goes into the journal."""
    agent: str
    """First part of the User-Agent: the field manager of writes that name none."""
    request: int = 0
    """Number of the HTTP request in the journal; 0 in process."""
    groups: tuple[str, ...] = (MASTERS,)
    """As authenticated. What acts in process is of the server's own house: nothing is forbidden to it."""

    @property
    def identity(self) -> User:
        """Who asks, as roles know it."""
        return User(self.user, self.groups)


@attrs.frozen(kw_only=True)
class WriteOptions:
    """The query parameters of a write."""

    manager: str
    """Field manager: `fieldManager`, or the caller's agent."""
    dry_run: bool = False
    """Do everything but store the result."""
    validation: str = "Warn"
    """What becomes of unknown and repeated fields: `Strict`, `Warn` or `Ignore`."""
    force: bool = False
    """Apply only: take over fields that other managers own."""


@attrs.frozen(kw_only=True)
class DeleteOptions:
    """Query parameters and body of a DELETE."""

    uid: str = ""
    """Precondition; empty for none."""
    resource_version: str = ""
    """Precondition; empty for none."""
    grace_seconds: int | None = None
    """None takes the object's own."""
    propagation: str = ""
    """`Background`, `Foreground`, `Orphan`, or empty for the kind's default."""
    dry_run: bool = False
