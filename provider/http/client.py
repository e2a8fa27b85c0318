"""
One origin, many tasks: requests with deadlines and limits, and answers as values.

Every request ends: with its whole answer, or with one of the two errors of `errors.py`. Redirects
are not followed, no proxy and no cookie is taken from the environment, and nothing is retried.
"""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from urllib.parse import urlencode

import attrs
import httpx
import trio

from provider.http.connection import NetworkBackend, Progress
from provider.http.errors import AnswerLostError, HttpError, no_answer
from provider.http.lanes import Lane, LaneStatistics
from provider.http.transport import PooledTransport, describe

DEFAULT_SLOTS = 32
"""Requests under way at once; a real API server takes 400 reads and 200 writes from everybody."""
DEFAULT_DEADLINE_SECONDS = 10.0
"""A healthy API server answers in milliseconds, and itself gives up after 60 s."""
DEFAULT_MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A page of 500 objects at ten times the usual size."""

Query = Sequence[tuple[str, str]]


@attrs.frozen
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    """Names in lower case."""
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class HttpStatistics:
    """A look at the connections."""

    lanes: Mapping[Lane, LaneStatistics]
    idle_connections: int


class Stream(AsyncIterator[bytes]):
    """An answer whose body arrives in pieces of any size."""

    def __init__(self, request: httpx.Request, response: httpx.Response) -> None:
        self._request = request
        self._pieces = aiter(response.stream)  # type: ignore[arg-type]
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        """Names in lower case."""

    async def __anext__(self) -> bytes:
        """
        Next piece, never empty.

        Raises:
            AnswerLostError: the connection broke before the end of the body.
        """
        return await anext(self._pieces)

    async def read(self, max_bytes: int) -> bytes:
        """
        Read the rest of the body.

        Raises:
            AnswerLostError: broken off, or longer than `max_bytes`.
        """
        whole = bytearray()
        async for piece in self:
            whole += piece
            if len(whole) > max_bytes:
                raise AnswerLostError(
                    describe(self._request), f"the answer is longer than {max_bytes} bytes"
                )
        return bytes(whole)


class HttpClient:
    """Sends requests to one origin; made by `open_http`."""

    def __init__(
        self,
        base_url: httpx.URL,
        transport: PooledTransport,
        headers: Mapping[str, str],
        max_answer_bytes: int,
    ) -> None:
        self._base_url = base_url
        self._base_path = base_url.raw_path.decode().rstrip("/")
        self._transport = transport
        self._headers = {
            "user-agent": "leasekeeper",
            "accept-encoding": "identity",
            **headers,
        }
        self._max_bytes = max_answer_bytes

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: bytes = b"",
        content_type: str = "",
        accept: str = "application/json",
        lane: Lane = Lane.WORK,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> Answer:
        """
        Send one request and read its whole answer, whatever its status.

        Args:
            method: in upper case; anything but GET, HEAD and OPTIONS counts as a write.
            path: below the base URL, percent-encoded.
            query: encoded here.
            body: sent as it is.
            content_type: of the body.
            accept: what may come back.
            lane: whose slot it takes.
            deadline_seconds: for everything: waiting for a slot, connecting, the answer.

        Raises:
            NotSentError: certainly without effect.
            AnswerLostError: sent, but no whole answer within the deadline, or one over the limit.

        Cancellation:
            At any point; then it may have taken effect, and no slot is lost.
        """
        progress = Progress()
        headers = {"accept": accept, **({"content-type": content_type} if content_type else {})}
        request = self._build(method, path, query, headers, body=body, lane=lane, progress=progress)
        with trio.move_on_after(deadline_seconds):
            response = await self._transport.handle_async_request(request)
            async with aclosing(response):
                stream = Stream(request, response)
                return Answer(stream.status, stream.headers, await stream.read(self._max_bytes))
        if progress.sent:
            await self._transport.drop_idle()
        raise _too_slow(request, progress, deadline_seconds)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        accept: str = "application/json",
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> AsyncIterator[Stream]:
        """
        Open an answer that may go on for ever, outside the slots.

        Args:
            method: in upper case.
            path: below the base URL, percent-encoded.
            query: encoded here.
            accept: what may come back.
            deadline_seconds: for the head of the answer; the pieces have none.

        Raises:
            NotSentError: no connection.
            AnswerLostError: no head within the deadline; reading: broken off.
        """
        progress = Progress()
        headers = {"accept": accept}
        request = self._build(method, path, query, headers, lane=None, progress=progress)
        response = None
        with trio.move_on_after(deadline_seconds):
            response = await self._transport.handle_async_request(request)
        if response is None:
            raise _too_slow(request, progress, deadline_seconds)
        async with aclosing(response):
            yield Stream(request, response)

    def statistics(self) -> HttpStatistics:
        """Look at slots and connections."""
        return HttpStatistics(self._transport.lanes.statistics(), self._transport.idle_connections)

    def _build(
        self,
        method: str,
        path: str,
        query: Query,
        headers: Mapping[str, str],
        *,
        body: bytes = b"",
        lane: Lane | None,
        progress: Progress,
    ) -> httpx.Request:
        target = self._base_path + path + (f"?{urlencode(query)}" if query else "")
        return httpx.Request(
            method,
            self._base_url.copy_with(raw_path=target.encode()),
            headers={**self._headers, **headers},
            content=body or None,
            extensions={"lane": lane, "progress": progress},
        )


@asynccontextmanager
async def open_http(
    base_url: str,
    *,
    slots: int = DEFAULT_SLOTS,
    network_backend: NetworkBackend | None = None,
    ssl_context: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    max_answer_bytes: int = DEFAULT_MAX_ANSWER_BYTES,
) -> AsyncIterator[HttpClient]:
    """
    Make a client of one origin; on leaving, its idle connections are closed.

    Args:
        base_url: http or https, host, port, and a path that goes before every other.
        slots: how many requests may be under way at once; 4 or more.
        network_backend: opens the connections; None for the operating system's sockets.
        ssl_context: for https; None trusts the usual authorities.
        headers: sent with every request.
        max_answer_bytes: a longer answer counts as lost.
    """
    url = httpx.URL(base_url)
    transport = PooledTransport(
        url, slots=slots, network_backend=network_backend, ssl_context=ssl_context
    )
    async with transport:
        yield HttpClient(url, transport, headers or {}, max_answer_bytes)


def _too_slow(request: httpx.Request, progress: Progress, deadline_seconds: float) -> HttpError:
    why = f"no answer within {deadline_seconds:g} s"
    return no_answer(describe(request), why, sent=progress.sent)
