"""
A WebSocket on a connection that HTTP has left: wsproto decides, this file moves the bytes.

Pings are answered while somebody receives. Source: RFC 6455.
"""

import attrs
import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, TextMessage
from wsproto.utilities import RemoteProtocolError

_READ_BYTES = 64 * 1024
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)
_TOO_BIG = 1009
_NORMAL = 1000
_CLOSE_SECONDS = 1.0
"""How long the peer has to answer a close."""


@attrs.define(eq=False)
class WebSocket:
    """`simulator.wire.messages.Socket` over a stream, after the handshake."""

    _stream: trio.abc.Stream
    _machine: Connection
    _events: list[Event] = attrs.field(factory=list)
    _open: bool = True

    @classmethod
    def on(cls, stream: trio.abc.Stream, ahead: bytes) -> "WebSocket":
        """Take over a stream; `ahead` came in with the handshake."""
        return cls(stream, Connection(ConnectionType.SERVER, trailing_data=ahead))

    async def receive(self) -> bytes | None:
        """The next message, text as UTF-8; None when the peer has closed or is gone."""
        message = bytearray()
        while self._open:
            event = await self._next()
            match event:
                case None:
                    self._open = False
                case Ping():
                    await self._write(self._machine.send(event.response()))
                case CloseConnection():
                    self._open = False
                    await self._write(self._machine.send(event.response()))
                case TextMessage() | BytesMessage():
                    data = event.data
                    message += data.encode() if isinstance(data, str) else data
                    if len(message) > _MAX_MESSAGE_BYTES:
                        await self.close(_TOO_BIG)
                    elif event.message_finished:
                        return bytes(message)
                case _:
                    pass
        return None

    async def send(self, message: bytes) -> None:
        """
        Send a binary message.

        Raises:
            trio.BrokenResourceError: the peer has closed or is gone.
        """
        if not self._open:
            raise trio.BrokenResourceError("the WebSocket is closed")
        await self._stream.send_all(self._machine.send(Message(data=message)))

    async def close(self, code: int = _NORMAL) -> None:
        """Say goodbye, wait a moment for the peer's, and be done."""
        if not self._open:
            return
        self._open = False
        await self._write(self._machine.send(CloseConnection(code=code)))
        with trio.move_on_after(_CLOSE_SECONDS):
            while (event := await self._next()) is not None:
                if isinstance(event, CloseConnection):
                    return

    async def _next(self) -> Event | None:
        """The next event; None when nothing more will come."""
        while not self._events:
            try:
                self._events += self._machine.events()
                if self._events:
                    break
                data = await self._stream.receive_some(_READ_BYTES)
                if not data:
                    return None
                self._machine.receive_data(bytes(data))
            except (RemoteProtocolError, *_GONE):
                return None
        return self._events.pop(0)

    async def _write(self, data: bytes) -> None:
        try:
            await self._stream.send_all(data)
        except _GONE:
            self._open = False
