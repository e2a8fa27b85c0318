"""
Credentials that may change while the daemon runs: files that rotate, plugins that are run again.

One task at a time looks for new ones, the others wait for what it finds. Credentials that cannot be
found again do not replace those that are at hand: the server decides how long they are good.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import attrs
import trio

from provider.concurrency.clock import WallClock
from provider.http.authorization import Authorization, AuthorizationError
from provider.kubernetes.kubeconfig import Cluster, ExecPlugin
from provider.kubernetes.plugin import run_plugin

FILES_SECONDS = 60.0
"""A mounted token is replaced when a fifth of its life is left, an hour's by default; kubelet needs up to a
minute to show the new one."""
EXPIRY_MARGIN_SECONDS = 10.0
"""A token is not used in its last seconds: it has to last until the server has looked at it."""
PLUGIN_PAUSE_SECONDS = 10.0
"""Between two runs of a plugin that failed, or whose credentials are rejected."""


@attrs.frozen
class Material:
    """What a source holds at one moment."""

    token: str = attrs.field(default="", repr=False)
    certificate: bytes = attrs.field(default=b"", repr=False)
    """PEM of a client certificate; b"" for none."""
    key: bytes = attrs.field(default=b"", repr=False)
    authorities: bytes = attrs.field(default=b"", repr=False)
    """PEM of whom to trust, where that rotates; b"" where it does not."""
    expires_at: float | None = None
    """Wall time; None for as long as the server takes it."""

    @property
    def secrets(self) -> tuple[str | bytes, ...]:
        """What the server sees of it."""
        return self.token, self.certificate, self.key, self.authorities


class Source(Protocol):
    """Where credentials come from."""

    recheck_seconds: float
    """How old what was found may grow."""
    pause_seconds: float
    """Shortest time between two looks."""

    async def look(self) -> Material:
        """
        Look for credentials.

        Raises:
            AuthorizationError: there are none.
        """
        ...


class Install(Protocol):
    """Takes what belongs to connections rather than to requests: certificates."""

    def __call__(self, material: Material) -> None:
        """
        Use it from the next connection on.

        Raises:
            AuthorizationError: it cannot be used.
        """
        ...


@attrs.define(eq=False)
class Fixed:
    """Credentials that stay."""

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    _authorization: Authorization = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._authorization = Authorization(self.headers)

    async def authorize(self) -> Authorization:
        """Always the same."""
        return self._authorization

    async def refresh(self, rejected: Authorization) -> bool:  # noqa: ARG002 - of the protocol
        """Never any other."""
        return False


@attrs.define(eq=False)
class Renewed:
    """Credentials that are looked for again: when they grow old, expire or are rejected."""

    source: Source
    wall: WallClock
    install: Install
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """Sent besides the token."""
    _material: Material | None = attrs.field(init=False, default=None, repr=False)
    _authorization: Authorization | None = attrs.field(init=False, default=None, repr=False)
    _looked_at: float = attrs.field(init=False, default=-float("inf"))
    """Trio time of the last look."""
    _failure: str = attrs.field(init=False, default="")
    """Why the last look found nothing; "" when it did."""
    _lock: trio.Lock = attrs.field(init=False, factory=trio.Lock, repr=False)

    async def authorize(self) -> Authorization:
        """
        Credentials that are good as far as is known.

        Raises:
            AuthorizationError: there have never been any, or they have expired.
        """
        if self._authorization is None or not self._good():
            async with self._lock:
                if self._authorization is None or not self._good():
                    await self._look()
        if self._authorization is None or (self._failure and self._expired()):
            raise AuthorizationError(self._failure)
        # Fresh ones that have expired by our clock are the server's to judge.
        return self._authorization

    async def refresh(self, rejected: Authorization) -> bool:
        """Look again, unless somebody else has; True when there is something new."""
        async with self._lock:
            if self._authorization is rejected:
                await self._look()
            return self._authorization is not rejected

    def _good(self) -> bool:
        fresh = trio.current_time() - self._looked_at < self.source.recheck_seconds
        return fresh and not self._expired()

    def _expired(self) -> bool:
        expires_at = self._material.expires_at if self._material else None
        return expires_at is not None and self.wall.now() >= expires_at - EXPIRY_MARGIN_SECONDS

    async def _look(self) -> None:
        if trio.current_time() - self._looked_at < self.source.pause_seconds:
            return
        try:
            found = await self.source.look()
            if self._material is None or found.secrets != self._material.secrets:
                self.install(found)
                token = {"authorization": f"Bearer {found.token}"} if found.token else {}
                self._authorization = Authorization({**self.headers, **token})
            self._material, self._failure = found, ""
        except AuthorizationError as error:
            self._failure = str(error)
        # Set late: a look that was cancelled is none.
        self._looked_at = trio.current_time()


@attrs.define(eq=False)
class Files:
    """Files that are replaced under their names; absent ones are named by None."""

    token: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    token_at_first: str = attrs.field(default="", repr=False)
    """Used while the token's file is empty or not there."""
    recheck_seconds: float = FILES_SECONDS
    pause_seconds: float = 0.0

    async def look(self) -> Material:
        """Read all of them; a few kilobytes, so without a thread."""
        return self.read()

    def read(self) -> Material:
        """
        Read all of them.

        Raises:
            AuthorizationError: one cannot be read, or is empty.
        """
        return Material(
            token=self._read_token(),
            certificate=_read(self.certificate),
            key=_read(self.key),
            authorities=_read(self.authorities),
        )

    def _read_token(self) -> str:
        try:
            return _read(self.token).decode("ascii").strip()
        except AuthorizationError:
            if not self.token_at_first:
                raise
            return self.token_at_first
        except UnicodeDecodeError:
            raise AuthorizationError(f"{self.token}: is no token") from None


@attrs.define(eq=False)
class Plugin:
    """An exec plugin."""

    plugin: ExecPlugin
    cluster: Cluster
    env: Mapping[str, str] = attrs.field(repr=False)
    recheck_seconds: float = float("inf")
    pause_seconds: float = PLUGIN_PAUSE_SECONDS

    async def look(self) -> Material:
        """Run it."""
        printed = await run_plugin(self.plugin, self.cluster, self.env)
        return Material(
            token=printed.token,
            certificate=printed.certificate,
            key=printed.key,
            expires_at=printed.expires_at,
        )


def _read(file: Path | None) -> bytes:
    if file is None:
        return b""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise AuthorizationError(f"{file}: {error.strerror}") from None
    if not content.strip():
        raise AuthorizationError(f"{file}: is empty")
    return content
