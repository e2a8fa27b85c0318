"""A connection that becomes a WebSocket."""

import trio
import trio.testing
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from simulator.wire import messages
from simulator.wire.messages import Response, Socket, Upgraded
from simulator.wire.server import serve_connection


class Client:
    """A peer that speaks WebSocket."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.machine = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []

    async def send(self, event: Event) -> None:
        await self.stream.send_all(self.machine.send(event))

    async def event(self) -> Event:
        while not self.events:
            data = await self.stream.receive_some()
            self.machine.receive_data(bytes(data) or None)
            self.events += self.machine.events()
        return self.events.pop(0)


async def echo(socket: Socket) -> None:
    while (message := await socket.receive()) is not None:
        await socket.send(message[::-1])


async def handler(request: messages.Request) -> messages.Answer:
    if request.opens_websocket:
        return Upgraded("v5.channel.k8s.io", echo)
    return Response(400)


async def connected(nursery: trio.Nursery) -> Client:
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(serve_connection, theirs, handler)
    client = Client(ours)
    await client.send(Request("sim", "/x", subprotocols=["v5.channel.k8s.io"]))
    return client


async def test_messages_go_both_ways(nursery: trio.Nursery) -> None:
    client = await connected(nursery)
    accepted = await client.event()
    assert isinstance(accepted, AcceptConnection)
    assert accepted.subprotocol == "v5.channel.k8s.io"
    await client.send(BytesMessage(b"abc"))
    assert await client.event() == BytesMessage(bytearray(b"cba"))
    await client.send(TextMessage("xy"))
    assert await client.event() == BytesMessage(bytearray(b"yx"))


async def test_pieces_make_one_message(nursery: trio.Nursery) -> None:
    client = await connected(nursery)
    await client.event()
    await client.send(BytesMessage(b"ab", message_finished=False))
    await client.send(BytesMessage(b"c"))
    assert await client.event() == BytesMessage(bytearray(b"cba"))


async def test_a_ping_is_answered(nursery: trio.Nursery) -> None:
    client = await connected(nursery)
    await client.event()
    await client.send(Ping(b"p"))
    assert await client.event() == Pong(bytearray(b"p"))


async def test_a_close_is_answered_and_ends_the_connection(nursery: trio.Nursery) -> None:
    client = await connected(nursery)
    await client.event()
    await client.send(CloseConnection(1000))
    assert isinstance(await client.event(), CloseConnection)
    assert await client.stream.receive_some() == b""


async def test_without_an_upgrade_it_is_plain_http() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, handler)
        await ours.send_all(b"GET /x HTTP/1.1\r\nhost: sim\r\n\r\n")
        assert (await ours.receive_some()).startswith(b"HTTP/1.1 400")
        await ours.aclose()


async def test_a_refused_upgrade_leaves_the_connection_to_http() -> None:
    async def refuse(_request: messages.Request) -> messages.Answer:
        return Response(404)

    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, refuse)
        client = Client(ours)
        await client.send(Request("sim", "/x"))
        rejected = await client.event()
        assert isinstance(rejected, RejectConnection)
        assert rejected.status_code == 404
        await ours.aclose()
