"""What the service shows of itself beside the leases; values only."""

import attrs

from provider.lease.identity import LeaseID


@attrs.frozen
class Reason:
    """Why the daemon is not ready."""

    name: str
    """Fixed, for a machine."""
    text: str


@attrs.frozen
class Brake:
    """A brake on what happens to many leases at once."""

    name: str
    """`losses` or `closures`."""
    engaged: bool
    why: str
    waiting: tuple[LeaseID, ...]
    """Leases that it holds up."""


@attrs.frozen
class Obligation:
    """A lease that has to be closed on the market."""

    lease: LeaseID
    cause: str
    since: float
    """Wall time at which its budget was spent, seconds since 1970."""
    sent: bool
    """True once a transaction for it was broadcast."""
    why: str
    """What it waits for."""
