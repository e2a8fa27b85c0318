"""
The state directory of a daemon: its token, and where it listens now.

Nothing of a lease is stored here; it may be lost at any time. Commands find a running daemon by it.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import attrs

from provider.errors import ProviderError


class StateError(ProviderError):
    """No daemon can be found by what is stored; says what to do."""


@attrs.frozen
class StateDir:
    """One daemon's directory."""

    path: Path

    @property
    def token(self) -> Path:
        """The token's file, unless a setting names another."""
        return self.path / "token"

    def write_url(self, url: str) -> None:
        """
        Say where the daemon listens.

        Raises:
            OSError: it cannot be written; then commands need --gateway.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._url.write_text(url + "\n")

    def read_url(self) -> str:
        """
        Where the daemon listens.

        Raises:
            StateError: none has said so.
        """
        try:
            return self._url.read_text().strip()
        except OSError as error:
            raise StateError(
                f"{self._url}: {error.strerror}; is the daemon running? "
                f"Start it with `provider run`, or name it with --gateway URL"
            ) from error

    def remove_url(self, url: str) -> None:
        """Say that it listens there no more, unless another daemon has said where it is since."""
        with contextlib.suppress(OSError):
            if self._url.read_text().strip() == url:
                self._url.unlink()

    @property
    def _url(self) -> Path:
        return self.path / "url"


def state_home(env: Mapping[str, str]) -> Path:
    """Where the state of all daemons of this user is."""
    home = env.get("XDG_STATE_HOME") or f"{env.get('HOME', '')}/.local/state"
    return Path(home) / "leasekeeper"


def state_of(provider: str, given: str, env: Mapping[str, str]) -> StateDir:
    """
    The directory of one daemon.

    Args:
        provider: its address.
        given: what the setting says, "" for the usual place.
        env: the environment.
    """
    return StateDir(Path(given) if given else state_home(env) / provider)


def only_state(env: Mapping[str, str]) -> StateDir:
    """
    The directory of the only daemon of this user.

    Raises:
        StateError: there is none, or more than one.
    """
    home = state_home(env)
    found = sorted(path.parent for path in home.glob("*/url"))
    if not found:
        raise StateError(
            f"{home}: no daemon of this user runs here; start it with `provider run`, "
            f"or name it with --gateway URL and --token-file FILE"
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise StateError(f"more than one daemon is here, choose with --provider ADDR: {names}")
    return StateDir(found[0])
