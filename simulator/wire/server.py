"""
HTTP/1.1 over any Trio stream: h11 decides, this file moves the bytes.

One task serves one connection, one request after another. A plain handler runs to its end even if
the peer hangs up meanwhile, as a write that has reached a real server does; a `Streaming` is
cancelled. No wall clock: answers carry no Date header.
"""

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import assert_never
from urllib.parse import parse_qsl, unquote

import attrs
import h11
import trio

from simulator.wire.messages import (
    Abort,
    Answer,
    Handler,
    Peer,
    Request,
    Response,
    Stall,
    Streaming,
    Upgraded,
    plain_text,
)
from simulator.wire.tls import shake_hands

MAX_BODY_BYTES = 3 * 1024 * 1024
"""Bodies longer than this are answered 413; the limit of a real API server."""

_READ_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 64 * 1024
_MAX_PIPELINED_BYTES = 64 * 1024
"""What a peer may send ahead while its streaming answer is still running."""
_LINGER_SECONDS = 0.5
"""How long a refused peer may go on sending, so that it reads the refusal rather than a reset."""

_PEER_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


async def serve_connection(
    stream: trio.abc.Stream,
    handler: Handler,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
    peer: Peer | None = None,
    source: str = "",
) -> None:
    """
    Serve requests until the peer closes, misbehaves, or a handler raises `Abort`; close `stream`.

    `peer` is who the client has shown to be, `source` where it comes from, both for the handler.

    Raises:
        Exception: whatever a handler raises besides `Abort` and `Stall`.
    """
    async with stream:
        connection = _Connection(stream, max_body_bytes, peer, source)
        try:
            while (request := await connection.receive_request()) is not None:
                await connection.answer(request, await handler(request))
                if not connection.next_cycle():
                    break
        except _Bad as bad:
            await connection.refuse(bad)
        except Stall:
            await connection.wait_peer_gone()
        except (Abort, *_PEER_GONE):
            pass


async def serve_tcp(
    handler: Handler,
    *,
    port: int,
    host: str = "127.0.0.1",
    max_body_bytes: int = MAX_BODY_BYTES,
    ssl_context: ssl.SSLContext | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """
    Serve on a TCP port until cancelled; the started value is the bound port.

    Args:
        handler: answers every request of every connection.
        port: 0 takes a free one.
        host: address to bind.
        max_body_bytes: longer request bodies are answered 413.
        ssl_context: of a server, to speak TLS; None for plain connections.
        task_status: reports the bound port.

    Raises:
        OSError: the port is taken or may not be bound.
    """
    listeners = await trio.open_tcp_listeners(port, host=host)
    task_status.started(listeners[0].socket.getsockname()[1])
    serve = partial(serve_connection, handler=handler, max_body_bytes=max_body_bytes)
    if ssl_context is not None:
        serve = partial(_serve_secured, serve=serve, ssl_context=ssl_context)
    await trio.serve_listeners(serve, listeners)


async def _serve_secured(
    stream: trio.abc.Stream,
    serve: Callable[..., Awaitable[None]],
    ssl_context: ssl.SSLContext,
) -> None:
    """Shake hands, then serve; who does not, or not in time, is left."""
    secured, peer = await shake_hands(stream, ssl_context)
    if secured is not None:
        await serve(secured, peer=peer)


class _Bad(Exception):
    """A request that cannot be served; the connection ends after the refusal."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = plain_text(status, text)


@attrs.define(eq=False)
class _Connection:
    """The h11 machine of one connection and its stream."""

    _stream: trio.abc.Stream
    _max_body_bytes: int
    _peer: Peer | None
    _source: str
    _http: h11.Connection = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)

    async def receive_request(self) -> Request | None:
        """Read the next request; None when the peer closed between two of them."""
        head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
            if len(body) > self._max_body_bytes:
                raise _Bad(413, f"Request entity too large: limit is {self._max_body_bytes}")
        return _request(head, bytes(body), self._peer, self._source)

    async def answer(self, request: Request, answer: Answer) -> None:
        """Send what the handler returned; to a HEAD, what a GET would get but for the body."""
        match answer:
            case Response():
                await self._send_whole(answer, with_body=request.method != "HEAD")
            case Streaming() if request.method == "HEAD":
                await self._send_whole(Response(answer.status, answer.headers), with_body=False)
            case Streaming():
                await self._run_streaming(answer)
            case Upgraded():
                await self._run_websocket(request, answer)
            case _:
                assert_never(answer)

    def next_cycle(self) -> bool:
        """Make ready for the next request; False when the connection cannot carry one."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def refuse(self, bad: _Bad) -> None:
        """Answer a request that could not be read, where that is still possible."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        closing = attrs.evolve(
            bad.response, headers=(*bad.response.headers, ("connection", "close"))
        )
        try:
            await self._send_whole(closing)
            if isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()
            with trio.move_on_after(_LINGER_SECONDS):
                await self.wait_peer_gone()
        except _PEER_GONE:
            pass

    async def wait_peer_gone(self) -> None:
        """Throw away what arrives until the peer closes."""
        try:
            while await self._stream.receive_some(_READ_BYTES):
                pass
        except _PEER_GONE:
            pass

    async def _next_event(self) -> h11.Event:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise _Bad(error.error_status_hint, str(error)) from error
            if isinstance(event, h11.Event):
                return event
            assert event is h11.NEED_DATA, "one request is answered before the next is read"
            if self._http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))

    async def _send(self, *events: h11.Event) -> None:
        await self._stream.send_all(b"".join(self._http.send(event) or b"" for event in events))

    async def _send_whole(self, response: Response, *, with_body: bool = True) -> None:
        headers = [*response.headers, ("content-length", str(len(response.body)))]
        head = h11.Response(status_code=response.status, headers=headers)
        if response.body and with_body:
            await self._send(head, h11.Data(data=response.body), h11.EndOfMessage())
        else:
            await self._send(head, h11.EndOfMessage())

    async def _run_streaming(self, streaming: Streaming) -> None:
        headers = [*streaming.headers, ("transfer-encoding", "chunked")]
        await self._send(h11.Response(status_code=streaming.status, headers=headers))
        finished = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(
                self._cancel_when_peer_gone, nursery.cancel_scope, name="watch for hang-up"
            )
            try:
                await streaming.run(self._send_data)
                finished = True
            except (Abort, *_PEER_GONE):
                pass
            nursery.cancel_scope.cancel(reason="the answer is complete")
        if not finished:
            raise Abort
        await self._send(h11.EndOfMessage())

    async def _run_websocket(self, request: Request, answer: Upgraded) -> None:
        # Here and not above: few servers are ever asked for one, and all of them start.
        from wsproto.utilities import generate_accept_token

        from simulator.wire.websocket import WebSocket

        key = request.headers["sec-websocket-key"].encode()
        headers = [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-accept", generate_accept_token(key).decode()),
        ]
        if answer.protocol:
            headers.append(("sec-websocket-protocol", answer.protocol))
        await self._send(h11.InformationalResponse(status_code=answer.status, headers=headers))
        socket = WebSocket.on(self._stream, self._http.trailing_data[0])
        await answer.run(socket)
        await socket.close()

    async def _send_data(self, data: bytes) -> None:
        if data:
            await self._send(h11.Data(data=data))
        else:
            await trio.lowlevel.checkpoint()

    async def _cancel_when_peer_gone(self, scope: trio.CancelScope) -> None:
        ahead = 0
        try:
            while data := await self._stream.receive_some(_READ_BYTES):
                self._http.receive_data(bytes(data))
                ahead += len(data)
                if ahead > _MAX_PIPELINED_BYTES:
                    break
        except _PEER_GONE:
            pass
        scope.cancel(reason="the peer has gone")


def _request(head: h11.Request, body: bytes, peer: Peer | None, source: str) -> Request:
    path, _, query = head.target.decode("ascii").partition("?")
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        method=head.method.decode("ascii"),
        path=unquote(path),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
        peer=peer,
        source=source,
    )
