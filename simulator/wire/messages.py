"""
What a handler is given and what it may give back; values, and two exceptions for silence.

A handler turns a `Request` into a `Response`, or into a `Streaming` whose body is written for as
long as its task runs. An error that a handler raises is the program's error: nothing here turns it
into an answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias
from urllib.parse import quote, urlencode

import attrs

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""(name, value) pairs; content-length and transfer-encoding are added by the server."""

Send: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Write one piece of a body; waits while the peer is slow. Cancelled half-way, the body is torn."""


@attrs.frozen
class Peer:
    """Who a client says it is, by a certificate that the server's authority has signed."""

    common_name: str
    organizations: tuple[str, ...] = ()


@attrs.frozen
class Request:
    """One request, its body already read whole."""

    method: str
    path: str
    """Percent-decoded, without the query."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded, in the order of the target; a name may repeat."""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    """Names in lower case; repeated headers joined by ", "."""
    body: bytes = attrs.field(default=b"", repr=False)
    peer: Peer | None = None
    """None over plain connections, and where the client showed no certificate."""
    source: str = ""
    """Name of the cable that it came over; in a world's own network only."""

    def query_value(self, name: str, default: str = "") -> str:
        """First value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    @property
    def opens_websocket(self) -> bool:
        """Whether the client wants a WebSocket instead of an answer."""
        connection = self.headers.get("connection", "").lower()
        upgrade = self.headers.get("upgrade", "").lower()
        wanted = "upgrade" in connection and upgrade == "websocket"
        return wanted and self.method == "GET" and "sec-websocket-key" in self.headers

    @property
    def target(self) -> str:
        """Path and query, encoded again in one canonical way; for records of what was asked."""
        path = quote(self.path, safe="/:@!$&'()*+,;=~")
        return f"{path}?{urlencode(self.query)}" if self.query else path


@attrs.frozen
class Response:
    """One whole answer."""

    status: int
    headers: Headers = ()
    body: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class Streaming:
    """
    An answer whose body is written bit by bit, in chunks.

    `run` gets the `Send` to write with; when it returns, the body ends cleanly. It is cancelled
    when the peer goes away.
    """

    status: int
    headers: Headers
    run: Callable[[Send], Awaitable[None]]


class Socket(Protocol):
    """A WebSocket: messages both ways. Both methods are checkpoints."""

    async def receive(self) -> bytes | None:
        """The next message, text as UTF-8; None when the peer is through."""
        ...

    async def send(self, message: bytes) -> None:
        """Send a binary message; waits while the peer is slow."""
        ...


@attrs.frozen
class Upgraded:
    """
    An answer that makes a WebSocket of the connection.

    `run` gets the socket; when it returns, the socket is closed and the connection with it. Only
    for requests that `opens_websocket` holds true of.
    """

    protocol: str
    """One of those that the client offered; empty for none."""
    run: Callable[[Socket], Awaitable[None]]
    status: int = 101


Answer: TypeAlias = Response | Streaming | Upgraded

Handler: TypeAlias = Callable[[Request], Awaitable[Answer]]


class Abort(Exception):
    """Raised by a handler, or by the `run` of a `Streaming`: drop the connection, say nothing."""


class Stall(Exception):
    """Raised by a handler: never answer; the connection stays open until the peer gives up."""


def plain_text(status: int, text: str) -> Response:
    """Build an answer of one line of text."""
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), text.encode() + b"\n")
