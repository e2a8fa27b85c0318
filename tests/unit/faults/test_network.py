import random

import httpcore
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from simulator import deterministic
from simulator.faults.network import Network
from simulator.faults.pipe import BUFFER_BYTES, Fate, pipe_pair
from simulator.wire.messages import Request, Response, Send, Streaming


async def echo(request: Request) -> Response:
    return Response(200, (), request.path.encode() + request.body)


@pytest.fixture
async def network(nursery):
    network = Network()
    network.listen("a.sim", echo)
    await nursery.start(lambda task_status: network.run(task_status=task_status))
    return network


def connection(network: Network, link: str = "daemon", host: str = "a.sim"):
    return httpcore.AsyncHTTPConnection(
        httpcore.Origin(b"http", host.encode(), 80), network_backend=network.link(link).backend
    )


def request(path: str = "/", host: str = "a.sim", **timeouts: float) -> httpcore.Request:
    return httpcore.Request(
        "GET", f"http://{host}:80{path}", headers=[("host", host)], extensions={"timeout": timeouts}
    )


async def get(client: httpcore.AsyncHTTPConnection, path: str = "/", **timeouts: float) -> bytes:
    response = await client.handle_async_request(request(path, **timeouts))
    body = await response.aread()
    await response.aclose()
    return body


async def test_requests_pass_over_one_connection(network):
    client = connection(network)

    assert [await get(client, "/1"), await get(client, "/2")] == [b"/1", b"/2"]
    assert network.open_connections == 1


async def test_a_closed_client_frees_its_server_task(network):
    client = connection(network)
    await get(client)
    await client.aclose()
    await wait_all_tasks_blocked()

    assert network.open_connections == 0


async def test_an_unknown_host_and_a_host_that_is_down_refuse_connects(network):
    with pytest.raises(httpcore.ConnectError):
        await network.link("daemon").backend.connect_tcp("b.sim", 80)

    network.down("a.sim")
    with pytest.raises(httpcore.ConnectError):
        await get(connection(network))

    network.up("a.sim")
    assert await get(connection(network)) == b"/"


async def test_a_host_going_down_resets_its_open_connections(network):
    client = connection(network)
    await get(client)
    network.down("a.sim")

    assert client.has_expired()
    with pytest.raises(httpcore.NetworkError):
        await get(client)


async def test_a_host_that_gets_a_new_handler_answers_with_it_on_open_connections_too(network):
    async def new(request: Request) -> Response:
        return Response(200, (), b"new")

    client = connection(network)
    before = await get(client)
    network.listen("a.sim", new)

    assert [before, await get(client)] == [b"/", b"new"]
    assert network.open_connections == 1


async def test_a_host_that_got_a_new_handler_takes_its_old_connections_down_with_it(network):
    client = connection(network)
    await get(client)
    network.listen("a.sim", echo)
    network.down("a.sim")

    assert client.has_expired()
    with pytest.raises(httpcore.NetworkError):
        await get(client)


async def test_a_mute_host_lets_bytes_vanish_and_closes_nothing(network, autojump_clock):
    client = connection(network)
    await get(client)
    network.mute("a.sim")

    assert not client.has_expired()
    with pytest.raises(httpcore.ReadTimeout):
        await get(client, read=3600.0)
    with pytest.raises(httpcore.ConnectTimeout):
        await get(connection(network), connect=3600.0)
    await wait_all_tasks_blocked()
    assert network.open_connections == 0


async def test_a_connection_that_was_mute_stays_dead_when_the_host_is_back(network, autojump_clock):
    client = connection(network)
    await get(client)
    network.mute("a.sim")
    network.up("a.sim")

    with pytest.raises(httpcore.ReadTimeout):
        await get(client, read=3600.0)
    assert await get(connection(network)) == b"/"


async def test_a_cut_link_carries_no_byte_while_others_do(network, autojump_clock):
    client, other = connection(network), connection(network, "other")
    await get(client)
    await get(other)
    network.link("daemon").cut()

    with pytest.raises(httpcore.NetworkError):
        await get(client)
    with pytest.raises(httpcore.ConnectError):
        await get(connection(network))
    assert await get(other) == b"/"

    network.link("daemon").restore()
    assert await get(connection(network)) == b"/"


async def test_a_silent_cut_hangs_instead_of_failing(network, autojump_clock):
    client = connection(network)
    await get(client)
    network.link("daemon").cut(silent=True)

    with pytest.raises(httpcore.ReadTimeout):
        await get(client, read=3600.0)
    with pytest.raises(httpcore.ConnectTimeout):
        await get(connection(network), connect=3600.0)


async def test_bytes_under_way_when_a_link_is_cut_never_arrive(nursery, autojump_clock):
    reached: list[str] = []

    async def handler(request: Request) -> Response:
        reached.append(request.path)
        return Response(200)

    network = Network(latency_seconds=1.0)
    network.listen("a.sim", handler)
    await nursery.start(lambda task_status: network.run(task_status=task_status))
    client = connection(network)
    await get(client, "/first")
    with trio.move_on_after(0.5):
        await get(client, "/second")
    network.link("daemon").cut()
    await trio.sleep(10)

    assert reached == ["/first"]


async def test_what_a_handler_does_after_the_cut_is_done_but_never_answered(
    network, nursery, autojump_clock
):
    done: list[str] = []

    async def handler(request: Request) -> Response:
        await trio.sleep(1)
        done.append(request.path)
        return Response(200)

    network.listen("slow.sim", handler)
    client = connection(network, host="slow.sim")

    async def cut_soon() -> None:
        await trio.sleep(0.5)
        network.link("daemon").cut()

    nursery.start_soon(cut_soon)
    with pytest.raises(httpcore.ReadError):
        await client.handle_async_request(request("/w", "slow.sim"))
    await trio.sleep(1)

    assert done == ["/w"]


async def test_a_cut_ends_the_streaming_answers_of_the_link(network, nursery):
    ended = trio.Event()

    async def run(send: Send) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async def handler(request: Request) -> Streaming:
        return Streaming(200, (), run)

    network.listen("watch.sim", handler)
    client = connection(network, host="watch.sim")
    response = await client.handle_async_request(request("/", "watch.sim"))
    assert response.status == 200

    network.link("daemon").cut(silent=True)
    await ended.wait()
    await client.aclose()


async def test_latency_is_paid_in_virtual_time(nursery, autojump_clock):
    network = Network(latency_seconds=0.25)
    network.listen("a.sim", echo)
    await nursery.start(lambda task_status: network.run(task_status=task_status))
    client = connection(network)

    start = trio.current_time()
    await get(client)
    assert trio.current_time() - start == pytest.approx(1.0)  # connect, request, answer

    start = trio.current_time()
    await get(client)
    assert trio.current_time() - start == pytest.approx(0.5)


async def test_a_slow_reader_holds_the_writer_up(nursery):
    near, far = pipe_pair()
    written: list[int] = []

    async def write() -> None:
        for _ in range(10):
            await near.send_all(bytes(BUFFER_BYTES // 2))
            written.append(1)

    nursery.start_soon(write)
    await wait_all_tasks_blocked()
    assert len(written) == 2

    await far.receive_some(BUFFER_BYTES)
    await wait_all_tasks_blocked()
    assert len(written) == 4


async def test_a_reader_gets_what_was_sent_before_the_close():
    near, far = pipe_pair()
    await near.send_all(b"last words")
    await near.aclose()

    assert [
        await far.receive_some(4),
        await far.receive_some(),
        await far.receive_some(),
    ] == [b"last", b" words", b""]
    with pytest.raises(trio.BrokenResourceError):
        await far.send_all(b"?")
    with pytest.raises(trio.ClosedResourceError):
        await near.receive_some()


async def test_a_reset_wakes_whoever_waits(nursery):
    near, _ = pipe_pair()
    raised: list[str] = []

    async def wait(what) -> None:
        with pytest.raises(trio.BrokenResourceError):
            await what()
        raised.append("!")

    nursery.start_soon(wait, near.receive_some)
    nursery.start_soon(wait, lambda: near.send_all(bytes(BUFFER_BYTES + 1)))
    await wait_all_tasks_blocked()
    near.suffer(Fate.RESET)
    await wait_all_tasks_blocked()

    assert raised == ["!", "!"]


def test_latency_varies_with_the_seed_and_nothing_overtakes() -> None:
    async def arrivals(seed: int) -> list[tuple[float, bytes]]:
        network = Network(latency_seconds=1.0, jitter_seconds=2.0, rng=random.Random(seed))
        here, there = pipe_pair(network.latency)
        seen = []
        for number in range(10):
            await here.send_all(bytes([number]))
            await trio.sleep(0.5)
        while len(b"".join(piece for _, piece in seen)) < 10:
            seen.append((trio.current_time(), await there.receive_some()))
        return seen

    def run(seed: int) -> list[tuple[float, bytes]]:
        return deterministic.run(0, arrivals, seed)

    assert b"".join(piece for _, piece in run(1)) == bytes(range(10))
    assert run(1) == run(1)
    assert [at for at, _ in run(1)] != [at for at, _ in run(2)]


async def test_every_connection_that_suffers_is_counted_by_host_and_link(network):
    async with connection(network) as client:
        assert await get(client) == b"/"
        network.down("a.sim")
        with pytest.raises(httpcore.ConnectError):
            await get(connection(network, "other"))
    network.up("a.sim")
    network.link("other").cut()
    with pytest.raises(httpcore.ConnectError):
        await get(connection(network, "other"))

    assert network.suffered["a.sim"] == 2
    assert network.suffered["other"] == 1
    assert network.suffered["daemon"] == 0


async def test_requests_tell_the_cable_that_they_came_over(network):
    async def source(request: Request) -> Response:
        return Response(200, (), request.source.encode())

    network.listen("b.sim", source)
    response = await connection(network, "daemon-7", "b.sim").handle_async_request(
        request(host="b.sim")
    )
    assert await response.aread() == b"daemon-7"


async def test_a_host_may_serve_its_connections_itself_and_dies_with_them(network):
    async with trio.open_nursery() as own:
        network.listen("b.sim", echo, nursery=own)
        client = connection(network, host="b.sim")
        response = await client.handle_async_request(request("/1", host="b.sim"))
        assert await response.aread() == b"/1"
        await response.aclose()
        assert [task.name for task in own.child_tasks] == ["serve daemon at b.sim"]
        own.cancel_scope.cancel()

    assert network.open_connections == 0


async def test_who_asks_is_told_of_each_that_suffers(network):
    told = []
    network.on_suffered.append(told.append)
    client = connection(network)
    await get(client)
    network.down("a.sim")
    with pytest.raises(httpcore.ConnectError):
        await connection(network, "other").handle_async_request(request())

    assert told == ["a.sim", "a.sim"]


def test_delays_that_come_and_go_leave_nothing_behind():
    """Added to one number and taken away again, floats would leave less than nothing to sleep for."""
    network = Network()

    network.delays += [(0.1, 0.0), (0.7, 0.0)]
    assert network.latency() == pytest.approx(0.8)
    network.delays.remove((0.1, 0.0))
    network.delays.remove((0.7, 0.0))

    assert network.latency() == 0.0
