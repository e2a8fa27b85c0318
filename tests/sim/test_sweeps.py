"""
One story, played once for each of its points, where the world stays broken for a while.

Losses, ends of the daemon and lost answers are the explore plans' (`tests/chaos/test_explore.py`).
In each sweep the point moves on by one until a run finishes untouched, so a request that is added
to a deploy is covered without a new test. The number of points is printed at the end of the run.
"""

import pytest
import trio

from provider.settings import ClusterSettings
from simulator.wire.messages import Abort
from simulator.world import KUBERNETES
from tests.sim import checks, tenants
from tests.sim.scene import POD_GRACE, T_TEARDOWN, sweep

pytestmark = pytest.mark.sweep

LEASE = tenants.lease()
MANIFEST = tenants.manifest(tenants.web(), tenants.database())


def no_violation(scene, *, gone, undone=()):
    """The safety invariants, and that the lease is whole or gone."""
    assert checks.murders(scene, LEASE, undone=undone) == []
    assert checks.naked_pods(scene, LEASE) == []
    assert checks.goes_back(scene, LEASE, ["nginx:1.27", "nginx:1.28"]) == []
    if gone:
        assert checks.remains(scene, LEASE) == []


async def idle(scene, seconds=300):
    """I8: with nothing to do, nothing is written."""
    await scene.pause(10)
    quiet = scene.world.clock.now()
    await scene.pause(seconds)
    assert checks.daemon_writes(scene, quiet) == []


def report(record_property, name, points):
    record_property("sweep", f"{name}: {points} points")
    assert points > 0


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_the_daemon_is_killed_at_every_request_of_a_teardown_and_the_market_is_away(
    record_property, applied
):
    async def story(scene, n):
        killed = trio.Event()

        async def hook(number, request, carry_out):
            if number != n:
                return await carry_out()
            if applied:
                await carry_out()
            scene.nursery.start_soon(kill_and_restart)
            await trio.sleep_forever()

        async def kill_and_restart():
            await scene.kill()
            killed.set()
            scene.watch_requests()
            scene.world.network.down("market.sim")
            await scene.start()
            await scene.pause(300)
            scene.world.network.up("market.sim")

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(hook)
        scene.close(LEASE)
        with trio.move_on_after(60):
            await killed.wait()
        seconds = T_TEARDOWN + POD_GRACE + 300
        await scene.until(lambda: not checks.remains(scene, LEASE), seconds, "nothing left")
        no_violation(scene, gone=True)
        await idle(scene)
        no_violation(scene, gone=True)
        return killed.is_set()

    report(
        record_property,
        f"daemon killed during teardown, market away, {'after' if applied else 'before'} the write",
        sweep(story),
    )


@pytest.mark.parametrize("when", ["deploy", "teardown"])
def test_the_api_server_is_away_for_half_an_hour_from_every_request_on(record_property, when):
    async def story(scene, n):
        reached = False

        async def hook(number, request, carry_out):
            nonlocal reached
            if number == n:
                reached = True
                scene.watch_requests()
                scene.world.network.down(KUBERNETES)
                raise Abort
            return await carry_out()

        # Most of what happens in half an hour is polls in which nothing is heard.
        scene.cluster = ClusterSettings(poll_seconds=20)
        if when == "deploy":
            await scene.start()
            await scene.until(scene.ready)
            scene.watch_requests(hook)
            scene.win(LEASE, MANIFEST)
        else:
            await scene.deployed(LEASE, MANIFEST)
            scene.watch_requests(hook)
            scene.close(LEASE)
        await scene.pause(90)
        if reached:
            await scene.pause(1800 - 90)
            scene.world.network.up(KUBERNETES)
        if when == "deploy":
            await scene.until_complete(LEASE)
            no_violation(scene, gone=False)
        else:
            seconds = T_TEARDOWN + POD_GRACE
            await scene.until(lambda: not checks.remains(scene, LEASE), seconds, "nothing left")
            no_violation(scene, gone=True)
        await idle(scene)
        return reached

    report(record_property, f"API server away during {when}", sweep(story))
