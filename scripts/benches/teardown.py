"""
Row `teardown`: from a market's "closed" to the first delete, in real time, with every deploy hung.

So many leases are held; in each round a hundred of them are in the middle of an update whose request
never gets an answer, and then close in one step. Daemon and world share one process and one core, so
the world's own work counts too. Beside it: a hundred deletes that nobody has to decide on, sent by as
many tasks through the same client, first answer to last.
"""

import time
from collections.abc import Sequence
from statistics import median

import trio

from provider.deployment.mark import Loss
from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from scripts.benches.figures import Figure, say
from tests.sim import tenants
from tests.sim.scene import Scene, play

HELD = 1000
"""Leases that are still held after the last round's loss."""
LOST = 100
LEASES_A_NODE = 100
"""A node takes 110 pods."""


def _manifest(number: int, image: str):
    return tenants.manifest(tenants.web(image=image, host=f"h{number}.example.com"))


async def _floor(scene: Scene) -> float:
    """Milliseconds until each of the deletes has been sent, median."""
    client = scene.daemon.service.around.client
    began = time.perf_counter()
    took: list[float] = []

    async def delete(number: int) -> None:
        await client.delete(ObjectKey(NAMESPACE, "", f"nobody-{number}"))
        took.append((time.perf_counter() - began) * 1e3)

    async with trio.open_nursery() as nursery:
        for number in range(LOST):
            nursery.start_soon(delete, number)
    return median(took)


async def _story(scene: Scene, rounds: int) -> tuple[list[float], list[float], list[float]]:
    leases = [tenants.lease(1000 + number) for number in range(HELD + rounds * LOST)]
    for _ in range(len(leases) // LEASES_A_NODE + 1):
        await scene.world.fleet.add()
    await scene.start()
    await scene.until(scene.ready)
    began = time.perf_counter()
    for number, lease in enumerate(leases):
        scene.win(lease, _manifest(number, "nginx:1"))
    await scene.until(
        lambda: all(scene.status(lease).phase == "deploy-complete" for lease in leases), 3600
    )
    say(f"teardown: {len(leases)} leases deployed in {time.perf_counter() - began:.0f} s")
    first, typical, floor = [], [], []
    for number in range(rounds):
        lost = {
            leases[n].namespace: (n, leases[n]) for n in range(number * LOST, (number + 1) * LOST)
        }
        delays = await _lose(scene, lost)
        first.append(delays[0])
        typical.append(median(delays))
        scene.watch_requests()
        await scene.until(lambda gone=lost: _none_of(scene, gone), 900)
        floor.append(await _floor(scene))
        say(f"teardown, round {number + 1} of {rounds}: {first[-1]:.1f} ms, {typical[-1]:.1f} ms")
    return first, typical, floor


def _none_of(scene: Scene, lost) -> bool:
    return all(scene.status(lease) is None for _, lease in lost.values())


async def _lose(scene: Scene, lost) -> list[float]:
    """Milliseconds to the first delete of each lease, sorted."""
    seen: dict[str, float] = {}

    async def hook(_number, request, carry_out):
        if request.method == "DELETE":
            for place in lost:
                if place in request.path:
                    seen.setdefault(place, time.perf_counter())
        if request.method == "PATCH" and request.query_value("dryRun"):
            await trio.sleep_forever()
        return await carry_out()

    scene.watch_requests(hook)
    for number, lease in lost.values():
        scene.send(lease, _manifest(number, "nginx:2"))
    await scene.pause(1)
    told = time.perf_counter()
    for _, lease in lost.values():
        manager = scene.daemon.service.manager(lease)
        scene.close(lease)
        # What the poll does when the market has proven a loss.
        manager.lose(Loss("closed", scene.world.chain.block().height, "bench"))
    await scene.until(lambda: len(seen) == len(lost), 60)
    return sorted((at - told) * 1e3 for at in seen.values())


def measure(rounds: int) -> Sequence[Figure]:
    """One world for all rounds."""
    first, typical, floor = play(_story, rounds, seed=0)
    return (
        Figure(f"first delete, {LOST} of {HELD}+ lost", "ms", first, floor, "the deletes alone"),
        Figure("a lease's first delete", "ms", typical, floor, "the deletes alone"),
    )
