import ssl
import traceback
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from provider.http.client import open_http
from provider.http.errors import AnswerLostError, HttpError, NotSentError
from provider.http.lanes import Lane
from simulator.wire.messages import Abort, Request, Response, Send, Stall, Streaming
from simulator.wire.server import serve_connection
from tests.unit.http.network import open_pair

HERE = Path(__file__).parent


async def echo(request: Request) -> Response:
    return Response(200, (), request.target.encode() + request.body)


async def stall(request: Request) -> Response:
    raise Stall


async def test_a_request_carries_what_it_was_given_and_brings_the_answer_back():
    seen: list[Request] = []

    async def handler(request: Request) -> Response:
        seen.append(request)
        return Response(404, (("X-Y", "z"),), b"body")

    async with open_pair(handler, base_path="/prefix", headers={"authorization": "x"}) as pair:
        answer = await pair.client.request(
            "PATCH", "/a%20b", query=(("q", "1 2"),), body=b"{}", content_type="application/x"
        )

    assert (answer.status, answer.headers["x-y"], answer.body) == (404, "z", b"body")
    [request] = seen
    assert request.method == "PATCH"
    assert request.path == "/prefix/a b"
    assert request.query == (("q", "1 2"),)
    assert request.body == b"{}"
    assert request.headers == {
        "host": "api.sim",
        "user-agent": "leasekeeper",
        "accept": "application/json",
        "accept-encoding": "identity",
        "authorization": "x",
        "content-type": "application/x",
        "content-length": "2",
    }


async def test_requests_one_after_another_use_one_connection():
    async with open_pair(echo) as pair:
        for _ in range(5):
            await pair.client.request("GET", "/")

        assert pair.backend.connects == 1
        assert pair.client.statistics().idle_connections == 1
    assert pair.network.open_connections == 0


@pytest.mark.parametrize(
    ("method", "idle_seconds", "connects"),
    [("GET", 3600, 1), ("PATCH", 4.9, 1), ("PATCH", 5.1, 2), ("DELETE", 5.1, 2), ("POST", 5.1, 2)],
)
async def test_a_connection_idle_for_over_5_s_carries_no_write(
    method, idle_seconds, connects, autojump_clock
):
    async with open_pair(echo) as pair:
        await pair.client.request("GET", "/")
        await trio.sleep(idle_seconds)
        await pair.client.request(method, "/")

        assert pair.backend.connects == connects
        assert pair.network.open_connections == 1


async def test_what_asks_whether_the_server_is_there_waits_on_no_old_connection(autojump_clock):
    async with open_pair(echo) as pair:
        await pair.client.request("GET", "/")
        await trio.sleep(5.1)
        await pair.client.request("GET", "/", lane=Lane.STATUS)

        assert pair.backend.connects == 2
        assert pair.network.open_connections == 1


async def test_a_connection_that_the_server_has_closed_is_not_used_again():
    async with open_pair(echo) as pair:
        await pair.client.request("GET", "/")
        pair.network.down("api.sim")
        pair.network.up("api.sim")

        assert (await pair.client.request("PATCH", "/")).status == 200


async def test_nothing_was_sent_when_the_host_cannot_be_reached():
    async with open_pair(echo) as pair:
        pair.network.down("api.sim")

        with pytest.raises(NotSentError):
            await pair.client.request("PATCH", "/")


async def test_nothing_was_sent_when_the_deadline_passes_while_connecting(autojump_clock):
    async with open_pair(echo) as pair:
        pair.network.mute("api.sim")

        start = trio.current_time()
        with pytest.raises(NotSentError):
            await pair.client.request("PATCH", "/", deadline_seconds=7)
        assert trio.current_time() - start == pytest.approx(7)


async def test_nothing_was_sent_when_the_deadline_passes_while_waiting_for_a_slot(
    nursery, autojump_clock
):
    async with open_pair(stall, slots=4) as pair:

        async def hang() -> None:
            with pytest.raises(AnswerLostError):
                await pair.client.request("PATCH", "/", deadline_seconds=60)

        for _ in range(2):
            nursery.start_soon(hang)
        await wait_all_tasks_blocked()
        with pytest.raises(NotSentError):
            await pair.client.request("PATCH", "/", deadline_seconds=5)
        await trio.sleep(60)


@pytest.mark.parametrize("what", ["abort", "stall", "torn", "endless headers", "too long"])
async def test_an_answer_is_lost_once_the_request_was_sent(what, autojump_clock):
    executed: list[str] = []

    async def tear(send: Send) -> None:
        await send(b"half of")
        raise Abort

    async def handler(request: Request) -> Response | Streaming:
        executed.append(request.method)
        match what:
            case "abort":
                raise Abort
            case "stall":
                raise Stall
            case "torn":
                return Streaming(200, (), tear)
            case "endless headers":
                return Response(200, (("x", "y" * 200_000),))
            case _:
                return Response(200, (), b"x" * 1001)

    async with open_pair(handler, max_answer_bytes=1000) as pair:
        with pytest.raises(AnswerLostError) as caught:
            await pair.client.request("PATCH", "/path?", query=(("secret", "x"),))

    assert executed == ["PATCH"]
    assert caught.value.request == "PATCH /path"
    assert "secret" not in str(caught.value)


async def test_an_answer_at_the_limit_passes():
    async def handler(request: Request) -> Response:
        return Response(200, (), b"x" * 1000)

    async with open_pair(handler, max_answer_bytes=1000) as pair:
        assert len((await pair.client.request("GET", "/")).body) == 1000


async def test_after_a_lost_answer_no_idle_connection_is_trusted(autojump_clock):
    async with open_pair(echo) as pair:
        async with trio.open_nursery() as together:
            for _ in range(5):
                together.start_soon(pair.client.request, "GET", "/")
        assert pair.client.statistics().idle_connections > 1
        # As behind a balancer that has forgotten these connections, without a word.
        pair.network.mute("api.sim")
        pair.network.up("api.sim")

        with pytest.raises(AnswerLostError):
            await pair.client.request("GET", "/")
        assert (await pair.client.request("GET", "/")).status == 200


async def test_what_the_client_holds_secret_is_in_no_text():
    secret = "s3" + "cr3t"  # a traceback quotes the source
    async with open_pair(echo, headers={"authorization": f"Bearer {secret}\n"}) as pair:
        with pytest.raises(HttpError) as caught:
            await pair.client.request("GET", "/", body=secret.encode())

        shown = repr(pair.client) + "".join(traceback.format_exception(caught.value))
        assert "malformed" in shown
        assert secret not in shown


async def test_teardown_is_sent_at_once_though_all_work_hangs(autojump_clock):
    async def handler(request: Request) -> Response:
        if request.path == "/hangs":
            raise Stall
        return Response(200)

    async with open_pair(handler, slots=8) as pair:

        async def hang() -> None:
            await pair.client.request("PATCH", "/hangs", deadline_seconds=3600)

        async with trio.open_nursery() as hanging:
            for _ in range(100):
                hanging.start_soon(hang)
            await wait_all_tasks_blocked()

            start = trio.current_time()
            for _ in range(10):
                await pair.client.request("DELETE", "/", lane=Lane.TEARDOWN)
                await pair.client.request("GET", "/", lane=Lane.STATUS)
            assert trio.current_time() == start
            hanging.cancel_scope.cancel()


async def test_a_stream_brings_pieces_as_they_come_outside_the_slots(nursery, autojump_clock):
    go_on = trio.Event()

    async def run(send: Send) -> None:
        await send(b"one")
        await go_on.wait()
        await send(b"two")

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (("x-y", "z"),), run)

    async with (
        open_pair(handler, slots=4) as pair,
        pair.client.stream("GET", "/", query=(("watch", "1"),)) as stream,
    ):
        assert (stream.status, stream.headers["x-y"]) == (200, "z")
        assert await anext(stream) == b"one"
        assert all(lane.in_use == 0 for lane in pair.client.statistics().lanes.values())
        go_on.set()
        assert [piece async for piece in stream] == [b"two"]


@pytest.mark.parametrize("leave", ["at once", "after a piece", "in a read", "by an error"])
async def test_leaving_a_stream_at_any_point_closes_its_connection(leave):
    async def run(send: Send) -> None:
        for _ in range(10):
            await send(b"piece")
        await trio.sleep_forever()

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    async with open_pair(handler) as pair:
        with trio.CancelScope() as scope:
            try:
                async with pair.client.stream("GET", "/") as stream:
                    if leave != "at once":
                        await anext(stream)
                    if leave == "in a read":
                        scope.cancel()
                        await anext(stream)
                    if leave == "by an error":
                        raise KeyError
            except KeyError:
                pass
        await wait_all_tasks_blocked()

        assert pair.network.open_connections == 0
        assert pair.client.statistics().idle_connections == 0


async def test_a_stream_has_a_deadline_for_its_head_only(autojump_clock):
    async def run(send: Send) -> None:
        await trio.sleep(3600)
        await send(b"late")

    async def handler(request: Request) -> Streaming:
        if request.path == "/stall":
            raise Stall
        return Streaming(200, (), run)

    async with open_pair(handler) as pair:
        with pytest.raises(AnswerLostError):
            async with pair.client.stream("GET", "/stall", deadline_seconds=5):
                pass
        async with pair.client.stream("GET", "/", deadline_seconds=5) as stream:
            assert await anext(stream) == b"late"


async def test_a_stream_that_breaks_off_is_a_lost_answer():
    async def run(send: Send) -> None:
        await send(b"one")
        raise Abort

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    async with open_pair(handler) as pair, pair.client.stream("GET", "/") as stream:
        assert await anext(stream) == b"one"
        with pytest.raises(AnswerLostError):
            await anext(stream)


async def test_https_is_verified_and_carries_requests(nursery):
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(HERE / "localhost.pem")
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    async def serve(stream: trio.SocketStream) -> None:
        secured = trio.SSLStream(stream, server_context, server_side=True, https_compatible=True)
        await serve_connection(secured, echo)

    nursery.start_soon(trio.serve_listeners, serve, listeners)
    trusting = ssl.create_default_context(cafile=str(HERE / "localhost.pem"))

    async with open_http(f"https://127.0.0.1:{port}", ssl_context=trusting) as client:
        for _ in range(2):
            assert (await client.request("GET", "/x")).body == b"/x"
        assert client.statistics().idle_connections == 1
    async with open_http(f"https://127.0.0.1:{port}") as client:
        with pytest.raises(NotSentError):
            await client.request("GET", "/x")
    nursery.cancel_scope.cancel()


async def test_a_handshake_cut_short_sent_nothing_and_leaves_no_socket_open(nursery):
    hung_up = trio.Event()

    async def never_shake_hands(stream: trio.SocketStream) -> None:
        while await stream.receive_some():
            pass
        hung_up.set()

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    nursery.start_soon(trio.serve_listeners, never_shake_hands, listeners)

    async with open_http(
        f"https://127.0.0.1:{port}", ssl_context=ssl.create_default_context()
    ) as client:
        with pytest.raises(NotSentError):
            await client.request("PATCH", "/", deadline_seconds=0.05)
    with trio.fail_after(5):
        await hung_up.wait()
    nursery.cancel_scope.cancel()
