"""
A start that finds work: each of its requests meets a fault, or is the last that the daemon sends.

All of them count, lists, watches and the daemon's own Lease too. One run takes every fourth request
and steps through the kinds of fault, and through the two ways to end; other seeds take the others.
"""

import re

import pytest
import trio

from simulator.faults.rule import Rule
from tests.sim import checks
from tests.sim.mishaps import effects_at
from tests.sim.phases import Update, no_violation, rest
from tests.sim.scene import SEED, sweep

pytestmark = pytest.mark.sweep

PHASE = Update()
KEPT, CHANGED, CLOSED = PHASE.leases(3)
SECONDS = 300
STRIDE = 4
AT_WORK_SECONDS = 20
"""Then nothing comes of a start but renewals of the Lease, which never end, and late answers."""


async def stopped(scene):
    """Three leases; while no daemon runs one is closed, and one loses a Deployment and a policy."""
    await PHASE.running(scene, 3)
    await scene.drain()
    scene.close(CLOSED)
    place = f"namespaces/{CHANGED.namespace}"
    await scene.meddle("DELETE", f"/apis/apps/v1/{place}/deployments/web")
    await scene.meddle("DELETE", f"/api/v1/{place}/services/web")
    await scene.pause(5)


def whole(scene, lease):
    status = scene.status(lease)
    return (
        status is not None
        and status.phase == "deploy-complete"
        and status.health == "healthy"
        and status.ready == 2
    )


async def settled(scene, since):
    await scene.until(
        lambda: (
            whole(scene, KEPT)
            and whole(scene, CHANGED)
            and scene.status(CLOSED) is None
            and not checks.remains(scene, CLOSED)
        ),
        SECONDS,
        "two whole, one gone",
    )
    await rest(scene)
    no_violation(scene, PHASE, [KEPT, CHANGED, CLOSED])
    assert checks.strays(scene, [KEPT, CHANGED]) == []
    touched = [
        entry.target
        for entry in checks.daemon_writes(scene, since)
        if KEPT.namespace in entry.target
    ]
    assert touched == []


def test_every_request_of_a_start_meets_a_fault(record_property):
    async def story(scene, number):
        n = number * STRIDE + SEED % STRIDE
        await stopped(scene)
        since = scene.world.clock.now()
        (effect,) = effects_at(number, SEED, 1)
        rule = scene.world.rules.add(Rule(effect=effect, user_agent="leasekeeper", nth=n))
        await scene.start()
        await scene.pause(AT_WORK_SECONDS)
        is_reached = rule.fired == 1
        await settled(scene, since)
        return is_reached

    points = sweep(story)
    record_property("sweep", f"fault at each request of a start: {points} points")
    assert points > 40 // STRIDE


def test_the_daemon_ends_at_every_request_of_a_start(record_property):
    async def story(scene, number):
        n = number * STRIDE + SEED % STRIDE
        await stopped(scene)
        since = scene.world.clock.now()
        over, seen = trio.Event(), 0

        async def end():
            await (scene.drain() if (number + SEED) % 2 else scene.kill())
            debts.update(checks.owed(scene))
            await scene.start()
            over.set()

        async def intercept(request, carry_out):
            nonlocal seen
            if re.match("leasekeeper", request.headers.get("user-agent", "")):
                seen += 1
                if seen == n:
                    scene.nursery.start_soon(end)
                    await trio.sleep(0.5)
            return await carry_out()

        debts = {}
        scene.world.rules.intercept = intercept
        await scene.start()
        with trio.move_on_after(AT_WORK_SECONDS):
            await over.wait()
        scene.world.rules.intercept = None
        await settled(scene, since)
        assert checks.undone(scene, debts) == []
        return over.is_set()

    points = sweep(story)
    record_property("sweep", f"daemon killed or drained during a start: {points} points")
    assert points > 40 // STRIDE
