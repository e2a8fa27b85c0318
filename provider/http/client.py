"""
One origin, many tasks: requests with deadlines and limits, and answers as values.

Every request ends: with its whole answer, or with one of the two errors of `errors.py`. Redirects
are not followed, no proxy and no cookie is taken from the environment, and nothing is retried, but
for one thing: a request whose credentials were rejected (401) is sent once more with newer ones.
"""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import lru_cache
from urllib.parse import urlencode

import attrs
import httpx
import trio

from provider.http.authorization import NOTHING, Authorization, AuthorizationError, Authorizer
from provider.http.connection import NetworkBackend, Progress
from provider.http.errors import AnswerLostError, HttpError, NotSentError, no_answer
from provider.http.lanes import Lane, LaneStatistics
from provider.http.proxy import Proxy
from provider.http.transport import PooledTransport, describe

DEFAULT_SLOTS = 32
"""Requests under way at once; a real API server takes 400 reads and 200 writes from everybody."""
DEFAULT_DEADLINE_SECONDS = 10.0
"""A healthy API server answers in milliseconds, and itself gives up after 60 s."""
DEFAULT_MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A page of 500 objects at ten times the usual size."""

_URLS_KEPT = 256

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
        authorizer: Authorizer | None = None,
    ) -> None:
        self._authorizer = authorizer
        self._base_url = base_url
        self._base_path = base_url.raw_path.decode().rstrip("/")
        # Parsing a URL costs a tenth of a request, and polls ask for the same few again and again.
        self._url = lru_cache(maxsize=_URLS_KEPT)(self._make_url)
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
            deadline_seconds: for everything but the credentials: waiting for a slot, connecting,
                the answer.

        Raises:
            NotSentError: certainly without effect.
            AnswerLostError: sent, but no whole answer within the deadline, or one over the limit.

        Cancellation:
            At any point; then it may have taken effect, and no slot is lost.
        """
        headers = {"accept": accept, **({"content-type": content_type} if content_type else {})}

        async def send(authorization: Authorization) -> Answer:
            request = self._build(
                method, path, query, {**headers, **authorization.headers}, body=body, lane=lane
            )
            return await self._answer(request, deadline_seconds)

        authorization = await self._authorize(method, path)
        answer = await send(authorization)
        if answer.status == 401 and await self._refresh(authorization, method, path):
            answer = await send(await self._authorize(method, path))
        return answer

    async def _answer(self, request: httpx.Request, deadline_seconds: float) -> Answer:
        with trio.move_on_after(deadline_seconds):
            response = await self._transport.handle_async_request(request)
            async with aclosing(response):
                stream = Stream(request, response)
                return Answer(stream.status, stream.headers, await stream.read(self._max_bytes))
        if request.extensions["progress"].sent:
            await self._transport.drop_idle()
        raise _too_slow(request, deadline_seconds)

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
        async with AsyncExitStack() as opened:

            async def send(authorization: Authorization) -> Stream:
                headers = {"accept": accept, **authorization.headers}
                request = self._build(method, path, query, headers, lane=None)
                with trio.move_on_after(deadline_seconds):
                    response = await self._transport.handle_async_request(request)
                    await opened.enter_async_context(aclosing(response))
                    return Stream(request, response)
                raise _too_slow(request, deadline_seconds)

            authorization = await self._authorize(method, path)
            stream = await send(authorization)
            if stream.status == 401 and await self._refresh(authorization, method, path):
                await opened.aclose()
                stream = await send(await self._authorize(method, path))
            yield stream

    async def _authorize(self, method: str, path: str) -> Authorization:
        """Ask for credentials; that has a limit of its own, and none is as good as not sent."""
        if self._authorizer is None:
            return NOTHING
        try:
            return await self._authorizer.authorize()
        except AuthorizationError as error:
            raise NotSentError(f"{method} {self._base_path}{path}", str(error)) from error

    async def _refresh(self, rejected: Authorization, method: str, path: str) -> bool:
        """Ask for newer credentials; True when they are worth a second request."""
        if self._authorizer is None:
            return False
        try:
            newer = await self._authorizer.refresh(rejected)
        except AuthorizationError as error:
            raise NotSentError(f"{method} {self._base_path}{path}", str(error)) from error
        if newer:
            # A client certificate belongs to the connection.
            await self._transport.drop_idle()
        return newer

    def statistics(self) -> HttpStatistics:
        """Look at slots and connections."""
        return HttpStatistics(self._transport.lanes.statistics(), self._transport.idle_connections)

    def _make_url(self, target: bytes) -> httpx.URL:
        return self._base_url.copy_with(raw_path=target)

    def _build(
        self,
        method: str,
        path: str,
        query: Query,
        headers: Mapping[str, str],
        *,
        body: bytes = b"",
        lane: Lane | None,
    ) -> httpx.Request:
        target = self._base_path + path + (f"?{urlencode(query)}" if query else "")
        return httpx.Request(
            method,
            self._url(target.encode()),
            headers={**self._headers, **headers},
            content=body or None,
            extensions={"lane": lane, "progress": Progress()},
        )


@asynccontextmanager
async def open_http(
    base_url: str,
    *,
    slots: int = DEFAULT_SLOTS,
    network_backend: NetworkBackend | None = None,
    ssl_context: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    authorizer: Authorizer | None = None,
    server_name: str = "",
    proxy: Proxy | None = None,
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
        authorizer: gives each request its credentials; None for none.
        server_name: what the server's certificate must name; "" for the URL's host.
        proxy: through which every connection goes; None for the straight way.
        max_answer_bytes: a longer answer counts as lost.
    """
    url = httpx.URL(base_url)
    transport = PooledTransport(
        url,
        slots=slots,
        network_backend=network_backend,
        ssl_context=ssl_context,
        server_name=server_name,
        proxy=proxy,
    )
    async with transport:
        yield HttpClient(url, transport, headers or {}, max_answer_bytes, authorizer)


def _too_slow(request: httpx.Request, deadline_seconds: float) -> HttpError:
    why = f"no answer within {deadline_seconds:g} s"
    return no_answer(describe(request), why, sent=request.extensions["progress"].sent)
