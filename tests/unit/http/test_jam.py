"""The jam: what cancellations do to a pool of connections, the stock one and ours."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpcore
import trio
from trio.testing import wait_all_tasks_blocked

from provider.http.client import HttpClient
from provider.http.errors import HttpError
from simulator.wire.messages import Request, Response, Stall
from tests.unit.http.network import open_pair

SLOTS = 10
TASKS = 30

Get = Callable[[], Awaitable[object]]


async def slow_echo(request: Request) -> Response:
    await trio.sleep(0.001)
    return Response(200, (), b"x" * 100)


async def stall(request: Request) -> Response:
    raise Stall


async def cancel_in_two_steps(get: Get, *, steps_apart: int) -> None:
    """Cancel what is under way and, so many scheduling steps later, what waits for a slot."""
    scopes = [trio.CancelScope() for _ in range(2 * SLOTS)]
    under_way, waiting = scopes[:SLOTS], scopes[SLOTS:]

    async def get_within(scope: trio.CancelScope) -> None:
        with scope:
            await get()

    async with trio.open_nursery() as nursery:
        for group in (under_way, waiting):
            for scope in group:
                nursery.start_soon(get_within, scope)
            await wait_all_tasks_blocked()
        for scope in under_way:
            scope.cancel()
        for _ in range(steps_apart):
            await trio.lowlevel.checkpoint()
        for scope in waiting:
            scope.cancel()


async def cancel_at_random(get: Get, rng: random.Random, *, times: int) -> int:
    """Let many tasks request and be cancelled; how many requests were cancelled."""
    cancelled = 0

    async def task() -> None:
        nonlocal cancelled
        for _ in range(times // TASKS):
            # Whole milliseconds, like every step of the network here: cancellations fall into the
            # very step in which something else happens.
            with trio.move_on_after(rng.randrange(20) / 1000) as scope:
                await get()
            cancelled += scope.cancelled_caught

    async with trio.open_nursery() as nursery:
        for _ in range(TASKS):
            nursery.start_soon(task)
    return cancelled


def slots_taken(client: HttpClient) -> int:
    return sum(lane.in_use + lane.waiting for lane in client.statistics().lanes.values())


async def test_no_slot_is_lost_however_cancellations_follow_each_other():
    async with open_pair(stall, slots=SLOTS) as pair:
        for steps_apart in range(12):
            await cancel_in_two_steps(
                lambda: pair.client.request("GET", "/"), steps_apart=steps_apart
            )

            assert slots_taken(pair.client) == 0
        await wait_all_tasks_blocked()
        assert pair.network.open_connections == 0


async def test_the_stock_pool_loses_its_slots_for_ever():
    """Why the transport exists. Should this fail one day, httpcore has been mended."""
    async with (
        open_pair(stall) as pair,
        httpcore.AsyncConnectionPool(
            max_connections=SLOTS, network_backend=pair.link.backend
        ) as pool,
    ):
        for steps_apart in range(12):
            await cancel_in_two_steps(
                lambda: pool.request("GET", "http://api.sim/"), steps_apart=steps_apart
            )

        # Nobody requests anything, yet they count as in use.
        lost = [one for one in pool.connections if one.info() == "CONNECTING"]
        assert len(lost) > SLOTS / 2


async def test_no_slot_is_lost_to_cancellations_at_random_points(autojump_clock):
    async with open_pair(slow_echo, slots=SLOTS, latency_seconds=0.001) as pair:
        cancelled = await cancel_at_random(
            lambda: pair.client.request("GET", "/"), random.Random(1), times=1500
        )

        assert cancelled > 500
        assert slots_taken(pair.client) == 0
        assert pair.network.open_connections <= SLOTS
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(pair.client.request, "GET", "/")


async def test_no_slot_is_lost_when_deadlines_pass_and_hosts_fail_as_well(autojump_clock):
    rng = random.Random(2)
    async with open_pair(slow_echo, slots=SLOTS, latency_seconds=0.001) as pair:

        async def get() -> None:
            with suppress(HttpError):
                await pair.client.request("GET", "/", deadline_seconds=rng.randrange(20) / 1000)

        async def trouble() -> None:
            for _ in range(20):
                rng.choice([pair.network.down, pair.network.mute])("api.sim")
                await trio.sleep(0.005)
                pair.network.up("api.sim")
                await trio.sleep(0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trouble)
            await cancel_at_random(get, rng, times=1500)

        assert slots_taken(pair.client) == 0
        for _ in range(20):
            assert (await pair.client.request("GET", "/", deadline_seconds=60)).status == 200
