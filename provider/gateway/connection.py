"""
HTTP/1.1 on one Trio stream: h11 decides, this file moves the bytes and holds the limits.

Not hypercorn: its Trio worker sends under a shield without a deadline, so that one peer that stops
reading keeps a cancelled process alive for ever (seen with 0.18.0), and it brings HTTP/2 and WebSockets
that nobody here speaks.

Every wait on a peer has a deadline. A handler runs to its end even if the peer hangs up: what a manifest
began is finished by its manager anyhow.
"""

import attrs
import h11
import trio

from provider.gateway.messages import Handler, Request, Response, refusal
from provider.telemetry.logs import Log

_READ_BYTES = 64 * 1024


@attrs.frozen(kw_only=True)
class Limits:
    """What a peer may ask of a listener; each bound has a default that a normal client never meets."""

    head_bytes: int = 16 * 1024
    """Request line and headers."""
    body_bytes: int = 1024 * 1024
    """Above any manifest that fits into a record: etcd itself takes 1.5 MiB."""
    idle_seconds: float = 30.0
    """A connection without a request is closed after so long."""
    receive_seconds: float = 15.0
    """From a request's first byte to its last."""
    handle_seconds: float = 60.0
    """For the handler: a market that answers late and a record that is written take some."""
    send_seconds: float = 30.0
    """For a peer to take the whole answer."""
    linger_seconds: float = 0.5
    """A refused peer may go on sending for so long, so that it reads the refusal, not a reset."""


class _Refused(Exception):
    """A request that cannot be served; the connection ends after the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = refusal(status, message)


_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


async def serve_connection(
    stream: trio.abc.Stream, handler: Handler, limits: Limits, log: Log
) -> None:
    """
    Serve requests until the peer closes, misbehaves or is too slow; close `stream`.

    A bug in here or in a handler is logged and ends this connection only: no peer may end the daemon.

    Cancellation:
        The connection is closed at once, whatever is under way.
    """
    async with stream:
        try:
            await _Connection(stream, handler, limits, log).serve()
        except _GONE:
            pass
        except Exception as bug:  # noqa: BLE001  # the one boundary between a peer and the daemon
            log.error("bug in the gateway", error=repr(bug)[:500])


@attrs.define(eq=False)
class _Connection:
    _stream: trio.abc.Stream
    _handler: Handler
    _limits: Limits
    _log: Log
    _http: h11.Connection = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)

    async def serve(self) -> None:
        try:
            while await self._wait_first_byte() and (request := await self._receive()) is not None:
                await self._answer(request, await self._handle(request))
                if h11.MUST_CLOSE in (self._http.our_state, self._http.their_state):
                    break
                self._http.start_next_cycle()
        except _Refused as refused:
            await self._send(refused.response, closing=True)
            await self._linger()

    # ── in ──────────────────────────────────────────────────────────────────────────────────────

    async def _wait_first_byte(self) -> bool:
        """Wait for a request to begin; False when none comes in time."""
        if self._http.trailing_data[0]:
            return True
        with trio.move_on_after(self._limits.idle_seconds):
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))
            return True
        return False

    async def _receive(self) -> Request | None:
        """Read a request to its end; None when the peer closed instead."""
        with trio.move_on_after(self._limits.receive_seconds):
            head = await self._next_event()
            if not isinstance(head, h11.Request):
                return None
            body = bytearray()
            self._check_length(head)
            while isinstance(event := await self._next_event(), h11.Data):
                body += event.data
                if len(body) > self._limits.body_bytes:
                    raise self._too_big()
            return _request(head, bytes(body))
        raise _Refused(408, f"no whole request within {self._limits.receive_seconds:g} s")

    def _check_length(self, head: h11.Request) -> None:
        """Refuse a body that says of itself that it is too long before asking for it."""
        for name, value in head.headers:
            if name == b"content-length" and int(value) > self._limits.body_bytes:
                raise self._too_big()

    def _too_big(self) -> _Refused:
        return _Refused(413, f"the body is longer than {self._limits.body_bytes} bytes")

    async def _next_event(self) -> h11.Event:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise _Refused(error.error_status_hint, str(error)) from error
            if isinstance(event, h11.Event):
                return event
            if self._http.they_are_waiting_for_100_continue:
                go_on = self._http.send(h11.InformationalResponse(status_code=100, headers=[]))
                await self._stream.send_all(go_on or b"")
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))

    # ── out ─────────────────────────────────────────────────────────────────────────────────────

    async def _handle(self, request: Request) -> Response:
        with trio.move_on_after(self._limits.handle_seconds):
            try:
                return await self._handler(request)
            except Exception as bug:  # noqa: BLE001  # answered, so that the peer need not guess
                self._log.error("bug in a handler", path=request.path, error=repr(bug)[:500])
                return refusal(500, "internal error; the daemon's log says more")
        seconds = self._limits.handle_seconds
        return refusal(504, f"not done within {seconds:g} s; what was sent may still take effect")

    async def _answer(self, request: Request, response: Response) -> None:
        await self._send(response, with_body=request.method != "HEAD")

    async def _send(
        self, response: Response, *, with_body: bool = True, closing: bool = False
    ) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        headers = [
            *response.headers,
            ("content-type", response.content_type),
            ("content-length", str(len(response.body))),
            ("cache-control", "no-store"),
            *([("connection", "close")] if closing else []),
        ]
        events: list[h11.Event] = [h11.Response(status_code=response.status, headers=headers)]
        if response.body and with_body:
            events.append(h11.Data(data=response.body))
        events.append(h11.EndOfMessage())
        data = b"".join(self._http.send(event) or b"" for event in events)
        with trio.move_on_after(self._limits.send_seconds) as sending:
            await self._stream.send_all(data)
        if sending.cancelled_caught:
            raise trio.BrokenResourceError("the peer does not read its answer")

    async def _linger(self) -> None:
        if isinstance(self._stream, trio.abc.HalfCloseableStream):
            await self._stream.send_eof()
        with trio.move_on_after(self._limits.linger_seconds):
            while await self._stream.receive_some(_READ_BYTES):
                pass


def _request(head: h11.Request, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path = head.target.decode("ascii").partition("?")[0]
    return Request(head.method.decode("ascii"), path, headers, body)
