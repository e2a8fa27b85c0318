"""Where the daemon listens: addresses, what may be bound, and the accept loop."""

import errno
import ipaddress
from functools import partial

import attrs
import trio

from provider.errors import ProviderError
from provider.gateway.connection import Limits, serve_connection
from provider.gateway.messages import Handler
from provider.telemetry.logs import Log

CONNECTIONS_MAX = 128
"""At once on one listener; a further one waits for its turn."""


class ListenError(ProviderError):
    """An address that cannot be listened on; raised at start only."""


@attrs.frozen
class Address:
    """Host and port of a listener."""

    host: str
    """A name or an IP address, without brackets."""
    port: int
    """0 takes a free one."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """
        Read `host:port`, `[v6]:port` or `:port`, which means every address.

        Raises:
            ListenError: another form, or a port that is none.
        """
        host, colon, port = text.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        if not colon or (":" in host and host == bare):
            raise ListenError(f"expected HOST:PORT, got {text!r}")
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
            raise ListenError(f"expected a port from 0 to 65535, got {port!r} in {text!r}")
        return cls(bare or "0.0.0.0", int(port))

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


async def listen(
    address: Address,
    handler: Handler,
    *,
    log: Log,
    limits: Limits | None = None,
    task_status: trio.TaskStatus[Address] = trio.TASK_STATUS_IGNORED,
) -> None:
    """
    Serve on an address until cancelled; the started value is the address as it was bound.

    Raises:
        ListenError: it is taken, not ours, or may not be bound.

    Cancellation:
        Every connection is closed at once.
    """
    try:
        listeners = await trio.open_tcp_listeners(address.port, host=address.host)
    except OSError as error:
        raise ListenError(f"cannot listen on {address}: {_why(error)}") from error
    task_status.started(Address(address.host, listeners[0].socket.getsockname()[1]))
    slots = trio.CapacityLimiter(CONNECTIONS_MAX)
    serve = partial(_serve_one, slots, handler, limits or Limits(), log)
    await trio.serve_listeners(serve, listeners)


async def _serve_one(
    slots: trio.CapacityLimiter,
    handler: Handler,
    limits: Limits,
    log: Log,
    stream: trio.SocketStream,
) -> None:
    async with slots:
        await serve_connection(stream, handler, limits, log)


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there; choose another port, or 0 for a free one"
    if error.errno == errno.EACCES:
        return "this user may not; choose a port above 1023"
    return error.strerror or str(error)
