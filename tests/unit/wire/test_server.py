import h11
import pytest
import trio
from trio.testing import memory_stream_pair

from simulator.wire.messages import Abort, Request, Response, Send, Stall, Streaming
from simulator.wire.server import serve_connection, serve_tcp


class Peer:
    """A client of one connection, as strict as h11."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.http = h11.Connection(h11.CLIENT)

    async def send(
        self, method: str, target: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
    ) -> None:
        all_headers = [("host", "sim"), *headers]
        if body:
            all_headers.append(("content-length", str(len(body))))
        data = self.http.send(h11.Request(method=method, target=target, headers=all_headers))
        if body:
            data += self.http.send(h11.Data(data=body))
        await self.stream.send_all(data + self.http.send(h11.EndOfMessage()))

    async def event(self) -> h11.Event:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.stream.receive_some())
        return event

    async def answer(self) -> tuple[int, bytes]:
        head = await self.event()
        assert isinstance(head, h11.Response)
        body = b""
        while isinstance(event := await self.event(), h11.Data):
            body += event.data
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
        return head.status_code, body


async def echo(request: Request) -> Response:
    return Response(200, (("x-method", request.method),), request.target.encode() + request.body)


def serve(nursery: trio.Nursery, handler, **options) -> Peer:
    mine, theirs = memory_stream_pair()
    nursery.start_soon(lambda: serve_connection(theirs, handler, **options))
    return Peer(mine)


async def test_one_connection_answers_request_after_request(nursery):
    peer = serve(nursery, echo)

    for number in range(3):
        await peer.send("POST", f"/n/{number}?a=b", body=b"!")

        assert (200, f"/n/{number}?a=b!".encode()) == await peer.answer()


async def test_a_request_is_decoded(nursery):
    seen: list[Request] = []

    async def handler(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    peer = serve(nursery, handler)
    await peer.send("GET", "/a%20b?x=1%2C2&x=&y", (("Accept", "a"), ("ACCEPT", "b")))
    assert await peer.answer() == (204, b"")

    [request] = seen
    assert request.path == "/a b"
    assert request.query == (("x", "1,2"), ("x", ""), ("y", ""))
    assert request.query_value("x") == "1,2"
    assert request.query_value("z", "none") == "none"
    assert request.headers == {"host": "sim", "accept": "a, b"}
    assert request.target == "/a%20b?x=1%2C2&x=&y="


async def test_a_head_request_gets_the_length_without_the_body(nursery):
    peer = serve(nursery, echo)

    await peer.send("HEAD", "/x")
    head = await peer.event()

    assert dict(head.headers)[b"content-length"] == b"2"
    assert isinstance(await peer.event(), h11.EndOfMessage)


async def test_a_body_over_the_limit_is_refused_with_413_and_the_connection_closed(nursery):
    peer = serve(nursery, echo, max_body_bytes=10)

    await peer.send("POST", "/x", body=b"x" * 11)

    status, _ = await peer.answer()
    assert status == 413
    assert await peer.stream.receive_some() == b""


async def test_a_body_at_the_limit_passes(nursery):
    peer = serve(nursery, echo, max_body_bytes=10)

    await peer.send("POST", "/", body=b"x" * 10)

    assert await peer.answer() == (200, b"/" + b"x" * 10)


@pytest.mark.parametrize(
    "garbage", [b"what is this\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\x01 HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_http_is_answered_400(garbage, nursery):
    peer = serve(nursery, echo)

    await peer.stream.send_all(garbage)

    assert (await peer.stream.receive_some()).startswith(b"HTTP/1.1 400 ")


async def test_endless_headers_are_answered_431(nursery):
    peer = serve(nursery, echo)

    await peer.stream.send_all(b"GET / HTTP/1.1\r\nhost: sim\r\nx: " + b"x" * 100_000)

    assert (await peer.stream.receive_some()).startswith(b"HTTP/1.1 431 ")


async def test_a_client_that_waits_for_100_continue_gets_it(nursery):
    peer = serve(nursery, echo)

    await peer.stream.send_all(
        b"POST / HTTP/1.1\r\nhost: s\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
    )
    assert (await peer.stream.receive_some()).startswith(b"HTTP/1.1 100 ")
    await peer.stream.send_all(b"!")

    assert (await peer.stream.receive_some()).endswith(b"\r\n\r\n/!")


async def test_a_streaming_answer_arrives_piece_by_piece_and_ends_cleanly(nursery):
    go_on = trio.Event()

    async def run(send: Send) -> None:
        await send(b"one")
        await send(b"")  # no chunk, above all not the last one
        await go_on.wait()
        await send(b"two")

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    peer = serve(nursery, handler)
    await peer.send("GET", "/")
    assert isinstance(await peer.event(), h11.Response)
    assert (await peer.event()).data == b"one"
    go_on.set()
    assert (await peer.event()).data == b"two"
    assert isinstance(await peer.event(), h11.EndOfMessage)

    peer.http.start_next_cycle()
    await peer.send("GET", "/again")
    assert await peer.answer() == (200, b"onetwo")


async def test_the_head_of_a_streaming_answer_comes_before_its_first_piece(nursery):
    async def run(send: Send) -> None:
        await trio.sleep_forever()

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    peer = serve(nursery, handler)
    await peer.send("GET", "/")

    assert isinstance(await peer.event(), h11.Response)


async def test_a_peer_that_hangs_up_cancels_its_streaming_answer(nursery):
    ended = trio.Event()

    async def run(send: Send) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    peer = serve(nursery, handler)
    await peer.send("GET", "/")
    await peer.event()
    await peer.stream.aclose()

    with trio.fail_after(1):
        await ended.wait()


async def test_a_request_sent_ahead_of_a_streaming_answer_is_served_after_it(nursery):
    go_on = trio.Event()

    async def run(send: Send) -> None:
        await go_on.wait()

    async def handler(request: Request) -> Response | Streaming:
        return Streaming(200, (), run) if request.path == "/first" else Response(201)

    peer = serve(nursery, handler)
    await peer.stream.send_all(b"GET /first HTTP/1.1\r\nhost: s\r\n\r\n")
    await peer.stream.receive_some()
    await peer.stream.send_all(b"GET /second HTTP/1.1\r\nhost: s\r\n\r\n")
    await trio.testing.wait_all_tasks_blocked()
    go_on.set()

    received = b""
    while b"HTTP/1.1 201 " not in received:
        received += await peer.stream.receive_some()
    assert received.startswith(b"0\r\n\r\n")


async def test_a_plain_handler_runs_to_its_end_though_the_peer_hung_up(nursery, autojump_clock):
    done = trio.Event()

    async def handler(request: Request) -> Response:
        await trio.sleep(5)
        done.set()
        return Response(200)

    peer = serve(nursery, handler)
    await peer.send("PATCH", "/")
    await peer.stream.aclose()

    with trio.fail_after(6):
        await done.wait()


@pytest.mark.parametrize("where", ["handler", "streaming"])
async def test_abort_drops_the_connection_without_another_byte(where, nursery):
    async def run(send: Send) -> None:
        raise Abort

    async def handler(request: Request) -> Streaming:
        if where == "handler":
            raise Abort
        return Streaming(200, (), run)

    peer = serve(nursery, handler)
    await peer.send("GET", "/")

    if where == "streaming":
        assert isinstance(await peer.event(), h11.Response)
    assert await peer.stream.receive_some() == b""


async def test_stall_leaves_the_request_unanswered_until_the_peer_gives_up(autojump_clock):
    async def handler(request: Request) -> Response:
        raise Stall

    async with trio.open_nursery() as nursery:
        peer = serve(nursery, handler)
        await peer.send("GET", "/")
        with trio.move_on_after(3600) as scope:
            await peer.stream.receive_some()
        assert scope.cancelled_caught
        await peer.stream.aclose()
        # The nursery ends: the serving task has noticed.


async def test_an_error_of_the_handler_is_not_swallowed():
    async def handler(request: Request) -> Response:
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):
        async with trio.open_nursery() as nursery:
            peer = serve(nursery, handler)
            await peer.send("GET", "/")


async def test_tcp_reports_its_port_and_says_when_it_is_taken(nursery):
    port = await nursery.start(lambda task_status: serve_tcp(echo, port=0, task_status=task_status))

    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        peer = Peer(stream)
        await peer.send("GET", "/over/tcp")
        assert await peer.answer() == (200, b"/over/tcp")

    with pytest.raises(OSError, match="in use"):
        await serve_tcp(echo, port=port)
