"""
The pooled transport: each request gets a free connection of its own, in a slot of its lane.

Idle connections wait on a stack, the one used last on top. Slots are returned when the answer is
closed, also when that is by cancellation; nothing else is shared between requests, so there is
nothing that a cancellation could leave locked.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpcore
import httpx
import trio

from provider.http.connection import Body, Connection, NetworkBackend, Progress
from provider.http.errors import HttpError, no_answer
from provider.http.lanes import Lane, Lanes
from provider.http.proxy import Proxy, TunnelBackend

IDLE_SECONDS_FOR_WRITES = 5.0
"""A connection idle for longer carries no write: the server or a balancer may have dropped it
unnoticed, and a read can be repeated where a write cannot."""

_READS = ("GET", "HEAD", "OPTIONS")

_HTTPCORE_ERRORS = (
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class PooledTransport(httpx.AsyncBaseTransport):
    """
    Connections to one origin for any number of tasks.

    Reads two extensions of a request: "lane" (a `Lane`, default WORK; None for an answer that may
    take for ever, which gets a connection outside the slots, closed at its end) and "progress" (a
    `Progress` to be filled). Bodies of requests are bytes.
    """

    def __init__(
        self,
        url: httpx.URL,
        *,
        slots: int,
        network_backend: NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
        server_name: str = "",
        proxy: Proxy | None = None,
    ) -> None:
        self._server_name = server_name
        self._origin = httpcore.Origin(url.raw_scheme, url.raw_host, _port(url))
        # Built once: reading the authorities takes longer than a hundred requests.
        self._ssl_context = ssl_context or (
            httpx.create_ssl_context() if url.scheme == "https" else None
        )
        backend = network_backend or httpcore.TrioBackend()
        self._network_backend = TunnelBackend(backend, proxy) if proxy else backend
        self._idle: list[Connection] = []
        self.lanes = Lanes(slots)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request in a slot of its lane; the slot is free again once the response is closed.

        Raises:
            NotSentError: certainly without effect.
            AnswerLostError: sent, and no answer.

        Cancellation:
            At any point; the slot is returned and the connection closed.
        """
        lane: Lane | None = request.extensions.get("lane", Lane.WORK)
        progress: Progress = request.extensions.get("progress") or Progress()
        async with AsyncExitStack() as slot:
            if lane is not None:
                await self.lanes.acquire(lane)
                slot.callback(self.lanes.release, lane)
            # What tells whether the server is there must not wait on a connection that died unseen.
            may_be_old = request.method in _READS and lane is not Lane.STATUS
            connection = await self._connection(may_be_old=may_be_old, lane=lane)
            slot.push_async_callback(self._give_back, connection, lane)
            try:
                body = await connection.send(self._for_httpcore(request), progress)
            except httpcore.LocalProtocolError:
                # Our own request is malformed. The error quotes its headers, which hold secrets.
                raise no_answer(describe(request), "malformed", sent=progress.sent) from None
            except _HTTPCORE_ERRORS as error:
                raise _no_answer(request, error, sent=progress.sent) from error
            slot.push_async_callback(body.finish)
            return httpx.Response(
                body.response.status,
                headers=body.response.headers,
                stream=_Stream(request, body, slot.pop_all()),
            )

    async def aclose(self) -> None:
        """Close what is idle; nothing may be under way."""
        await self.drop_idle()

    async def drop_idle(self) -> None:
        """Close every idle connection, as after an answer that never came: they may be dead too."""
        while self._idle:
            await self._idle.pop().discard()

    @property
    def idle_connections(self) -> int:
        """How many connections wait to be used again."""
        return len(self._idle)

    async def _connection(self, *, may_be_old: bool, lane: Lane | None) -> Connection:
        fresh_since = -float("inf") if may_be_old else trio.current_time() - IDLE_SECONDS_FOR_WRITES
        while lane is not None and self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_since >= fresh_since:
                return connection
            await connection.discard()
        return Connection(
            self._origin, ssl_context=self._ssl_context, network_backend=self._network_backend
        )

    def _for_httpcore(self, request: httpx.Request) -> httpcore.Request:
        url = request.url
        # The name that the server's certificate must carry, where that is not the URL's host.
        named = {"sni_hostname": self._server_name} if self._server_name else {}
        return httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=_port(url), target=url.raw_path
            ),
            headers=request.headers.raw,
            content=_WholeBody(request.content),
            extensions={**request.extensions, **named},
        )

    async def _give_back(self, connection: Connection, lane: Lane | None) -> None:
        if lane is not None and connection.reusable:
            connection.idle_since = trio.current_time()
            self._idle.append(connection)
        else:
            await connection.discard()


class _Stream(httpx.AsyncByteStream):
    """A body that gives its slot back when closed."""

    def __init__(self, request: httpx.Request, body: Body, slot: AsyncExitStack) -> None:
        self._request = request
        self._body = body
        self._slot = slot

    def __aiter__(self) -> "_Stream":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._body)
        except _HTTPCORE_ERRORS as error:
            raise _no_answer(self._request, error, sent=True) from error

    async def aclose(self) -> None:
        await self._slot.aclose()


class _WholeBody(AsyncIterator[bytes]):
    """A request's body; no generator, so that a request cancelled half-way leaves none behind."""

    def __init__(self, content: bytes) -> None:
        self._rest = [content] if content else []

    async def __anext__(self) -> bytes:
        if not self._rest:
            raise StopAsyncIteration
        return self._rest.pop()


def _port(url: httpx.URL) -> int:
    return url.port or {"http": 80, "https": 443}[url.scheme]


def _no_answer(request: httpx.Request, error: Exception, *, sent: bool) -> HttpError:
    return no_answer(describe(request), _reason(error), sent=sent)


def _reason(error: BaseException) -> str:
    """Say what happened; the first in the chain of causes that has words knows best."""
    name = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        # Trio wraps what TLS has to say, a certificate that is not trusted, in an error of its own.
        if isinstance(cause, ssl.SSLError):
            return f"{name} TLS: {getattr(cause, 'verify_message', '') or cause.reason or cause}"
        cause = cause.__cause__
    return f"{name} {error}".rstrip()


def describe(request: httpx.Request) -> str:
    """Name a request in an error: nothing secret."""
    return f"{request.method} {request.url.path}"
