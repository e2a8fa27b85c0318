"""One HTTP/1.1 conversation of a client over any Trio stream: a question, its whole answer, the next."""

import attrs
import h11
import trio

from simulator.wire.messages import Headers, Response

_READ_BYTES = 64 * 1024


class NoAnswer(Exception):
    """The peer closed, reset or spoke something else before it had answered whole."""


@attrs.define(eq=False)
class Conversation:
    """One connection of a client; who opened the stream closes it."""

    _stream: trio.abc.Stream
    _http: h11.Connection = attrs.field(init=False, factory=lambda: h11.Connection(h11.CLIENT))

    async def ask(
        self, method: str, target: str, *, headers: Headers = (), body: bytes = b""
    ) -> Response:
        """
        Send a request and read its answer to the end.

        Args:
            method: GET, PUT, …
            target: path and query, encoded.
            headers: besides `Host` and the length.
            body: whole.

        Raises:
            NoAnswer: there is none; whether the request took effect is not known.

        Cancellation:
            The connection can carry nothing more.
        """
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        head = h11.Request(
            method=method,
            target=target,
            headers=[("host", "simulated"), ("content-length", str(len(body))), *headers],
        )
        try:
            pieces = [self._http.send(head)]
            if body:
                pieces.append(self._http.send(h11.Data(data=body)))
            pieces.append(self._http.send(h11.EndOfMessage()))
            await self._stream.send_all(b"".join(piece or b"" for piece in pieces))
            return await self._answer()
        except (trio.BrokenResourceError, trio.ClosedResourceError) as gone:
            raise NoAnswer(str(gone) or "the connection is gone") from gone
        except h11.ProtocolError as wrong:
            raise NoAnswer(str(wrong)) from wrong

    async def _answer(self) -> Response:
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed):
                raise NoAnswer("the peer closed without an answer")
        assert head is not None, "h11 gives no end without a head"
        named = tuple(
            (name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers
        )
        return Response(head.status_code, named, bytes(body))
