"""
One connection to one origin, carrying one request at a time.

httpcore speaks HTTP on it; what is added here is the knowledge that decides between "not sent" and
"answer lost", and endings that never wait and that no cancellation can keep from happening.

Facts: httpcore's pool loses its slots for ever when requests are cancelled (httpcore issue 1093)
and walks all of its connections at each assignment; a single connection of it does neither.
"""

import ssl
from collections.abc import AsyncIterator, Iterable

import attrs
import httpcore

from provider.concurrency.cleanup import cleanup

_CLOSE_SECONDS = 1.0
"""Limit of an ending; most are cancelled as they begin, and none has anything to wait for."""

NetworkBackend = httpcore.AsyncNetworkBackend
"""Opens byte streams to hosts; the simulated network is one."""


@attrs.define(eq=False)
class Progress:
    """How far a request has come; for whoever cancelled it or lost its answer."""

    sent: bool = False
    """A byte of it may have left this process."""


class Connection:
    """One connection, opened by its first request."""

    def __init__(
        self,
        origin: httpcore.Origin,
        *,
        ssl_context: ssl.SSLContext | None,
        network_backend: NetworkBackend,
    ) -> None:
        self._cable = _Cable(network_backend)
        self._http = httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=ssl_context,
            # Idleness is judged by Trio's clock, see `transport.py`; httpcore reads another one.
            keepalive_expiry=None,
            network_backend=self._cable,
        )
        self.idle_since = 0.0
        """Trio time at which the last answer was complete."""

    @property
    def reusable(self) -> bool:
        """True when the last answer was read whole and the server has not closed since."""
        return self._http.is_idle() and not self._http.has_expired()

    async def send(self, request: httpcore.Request, progress: Progress) -> "Body":
        """
        Send a request and wait for the head of its answer.

        Raises:
            Exception: one of httpcore's; `discard` the connection.

        Cancellation:
            At any point; `progress` tells whether it was sent. `discard` the connection.
        """
        self._cable.progress = progress
        return Body(await self._http.handle_async_request(request))

    async def discard(self) -> None:
        """Close without waiting; cannot be cancelled."""
        with cleanup(_CLOSE_SECONDS) as scope:
            scope.cancel(reason="closing does not wait")
            await self._http.aclose()


class Body(AsyncIterator[bytes]):
    """The answer's body, piece by piece; `finish` it in any case."""

    def __init__(self, response: httpcore.Response) -> None:
        self.response = response
        """The answer whose body this is."""
        self._pieces = aiter(response.stream)  # type: ignore[arg-type]
        self._exhausted = False

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            self._exhausted = True
            raise

    async def finish(self) -> None:
        """End the answer; cannot be cancelled. Read whole before, its connection is reusable."""
        with cleanup(_CLOSE_SECONDS) as scope:
            if not self._exhausted:
                # httpcore reads bodies with generators, one inside the other. Closing the outer one
                # would leave the inner to the garbage collector; cancelled where it reads, both end.
                scope.cancel(reason="the rest of the answer is not wanted")
                async for _ in self._pieces:
                    pass
            await self.response.aclose()


class _Cable(httpcore.AsyncNetworkBackend):
    """Connects, and notes on the current request's progress that something was written."""

    def __init__(self, backend: NetworkBackend) -> None:
        self._backend = backend
        self.progress = Progress()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _CableStream(stream, self)


class _CableStream(httpcore.AsyncNetworkStream):
    """A stream of a `_Cable`."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, cable: _Cable) -> None:
        self._stream = stream
        self._cable = cable

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._cable.progress.sent = True
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        # The handshake is written to the stream below, so it does not count as sent.
        try:
            secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # httpcore closes after errors only; cancelled, it would leak the socket.
            with cleanup(_CLOSE_SECONDS) as scope:
                scope.cancel(reason="closing does not wait")
                await self._stream.aclose()
            raise
        return _CableStream(secured, self._cable)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
