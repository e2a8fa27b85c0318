"""
Row `client`: requests a second and the jam, httpx's own pool against ours.

One task, and 50 at once; the simulated wire carries client and server in one process, loopback TCP has
its server in a second one.
"""

import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import httpcore
import httpx
import trio

from provider.http.client import HttpClient, open_http
from scripts.benches.figures import Figure, say
from scripts.benches.processes import running
from simulator.faults.network import Network
from simulator.wire.messages import Request, Response
from simulator.wire.server import serve_tcp

TASKS = 50
ROUND_SECONDS = 1.0
SLOTS = 10
JAM_TASKS = 30
JAM_SECONDS = 8.0
BODY = b'{"kind":"Pod","filler":"' + b"x" * 3000 + b'"}'

Get = Callable[[], Awaitable[object]]


async def answer(_: Request) -> Response:
    return Response(200, (("content-type", "application/json"),), BODY)


# The two clients.


@asynccontextmanager
async def open_ours(url: str, backend: httpcore.AsyncNetworkBackend | None, slots: int):
    async with open_http(url, network_backend=backend, slots=slots) as client:
        yield client


@asynccontextmanager
async def open_stock(url: str, backend: httpcore.AsyncNetworkBackend | None, slots: int):
    limits = httpx.Limits(max_connections=slots)
    transport = httpx.AsyncHTTPTransport(limits=limits)
    if backend is not None:
        # What httpx builds itself, on the simulated wire: it has no parameter for that.
        transport._pool = httpcore.AsyncConnectionPool(
            max_connections=slots,
            max_keepalive_connections=slots,
            keepalive_expiry=5.0,
            network_backend=backend,
        )
    async with httpx.AsyncClient(base_url=url, transport=transport, trust_env=False) as client:
        yield client


CLIENTS = {"stock": open_stock, "ours": open_ours}


# The two wires.


@asynccontextmanager
async def open_memory() -> AsyncIterator[tuple[str, httpcore.AsyncNetworkBackend | None]]:
    network = Network()
    network.listen("bench.sim", answer)
    async with trio.open_nursery() as nursery:
        await nursery.start(lambda task_status: network.run(task_status=task_status))
        yield "http://bench.sim", network.link("bench").backend
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_loopback() -> AsyncIterator[tuple[str, httpcore.AsyncNetworkBackend | None]]:
    with running([sys.executable, "-m", "scripts.benches.client"]) as server:
        yield server.url, None


async def serve() -> None:
    async with trio.open_nursery() as nursery:
        port = await nursery.start(
            lambda task_status: serve_tcp(answer, port=0, task_status=task_status)
        )
        print(f"ready http://127.0.0.1:{port}", flush=True)


WIRES = {"simulated wire": open_memory, "loopback TCP": open_loopback}


# What is measured.


async def rate(get: Get, tasks: int) -> float:
    """Requests a second."""
    done = 0
    began = time.perf_counter()

    async def work() -> None:
        nonlocal done
        while time.perf_counter() - began < ROUND_SECONDS:
            await get()
            done += 1

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(work)
    return done / (time.perf_counter() - began)


async def rates(tasks: int, rounds: int) -> list[Figure]:
    figures = []
    for wire, open_wire in WIRES.items():
        taken: dict[str, list[float]] = {name: [] for name in CLIENTS}
        async with open_wire() as (url, backend):
            for number in range(rounds):
                for name, open_client in CLIENTS.items():
                    async with open_client(url, backend, 32) as client:
                        await client.request("GET", "/")
                        taken[name].append(await rate(lambda: client.request("GET", "/"), tasks))
                say(
                    f"client, {wire}, {tasks} at once, round {number + 1} of {rounds}: "
                    f"{taken['ours'][-1]:,.0f} a second"
                )
        name = f"{wire}, {tasks} at once"
        figures.append(Figure(name, "1/s", taken["ours"], taken["stock"], "stock httpx"))
    return figures


async def cancel_at_random(get: Get) -> int:
    """Request and cancel for a while; how many requests were cancelled."""
    rng = random.Random(1)
    cancelled = 0

    async def work() -> None:
        nonlocal cancelled
        while trio.current_time() < deadline:
            with trio.move_on_after(rng.uniform(0, 0.02)) as scope:
                await get()
            cancelled += scope.cancelled_caught

    deadline = trio.current_time() + JAM_SECONDS
    async with trio.open_nursery() as nursery:
        for _ in range(JAM_TASKS):
            nursery.start_soon(work)
    return cancelled


def stuck_slots(client: HttpClient | httpx.AsyncClient) -> int:
    """Slots in use while nobody requests anything."""
    if isinstance(client, HttpClient):
        return sum(lane.in_use for lane in client.statistics().lanes.values())
    pool = client._transport._pool  # type: ignore[attr-defined]
    return sum(not connection.is_idle() for connection in pool.connections)


async def passing(get: Get) -> int:
    """How many of 20 requests pass within a second."""
    passed = 0

    async def one() -> None:
        nonlocal passed
        with trio.move_on_after(1):
            await get()
            passed += 1

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(one)
    return passed


async def jam(name: str) -> tuple[int, int]:
    """Slots stuck after many cancellations, and how many of the next 20 requests pass."""
    async with open_loopback() as (url, _), CLIENTS[name](url, None, SLOTS) as client:
        say(f"client, the jam: {name}, {JAM_TASKS} tasks, {SLOTS} slots, {JAM_SECONDS:.0f} s")
        cancelled = await cancel_at_random(lambda: client.request("GET", "/"))
        stuck = stuck_slots(client)
        passed = await passing(lambda: client.request("GET", "/"))
        say(f"client, the jam: {name}, {cancelled:,} cancelled, {stuck} stuck, {passed} pass")
        return stuck, passed


async def _measure(rounds: int) -> Sequence[Figure]:
    figures = [figure for tasks in (1, TASKS) for figure in await rates(tasks, rounds)]
    jams = {name: await jam(name) for name in CLIENTS}
    for place, what in enumerate((f"the jam: stuck of {SLOTS}", "the jam: 20 more, passing")):
        ours, stock = (float(jams[name][place]) for name in ("ours", "stock"))
        figures.append(
            Figure(what, "slots" if not place else "requests", (ours,), (stock,), "stock httpx")
        )
    return figures


def measure(rounds: int) -> Sequence[Figure]:
    """Both clients in turns."""
    return trio.run(_measure, rounds)


if __name__ == "__main__":
    trio.run(serve)
