"""
One story, played once for each of its points.

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
UPDATE = tenants.manifest(tenants.web(image="nginx:1.28"), tenants.database())


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


@pytest.mark.parametrize("when", ["first deploy", "update"])
@pytest.mark.parametrize("late", [False, True], ids=["answered", "applied late"])
def test_the_lease_is_lost_at_every_request_of_a_deploy(record_property, late, when):
    async def story(scene, n):
        """Request n stays on the wire until the daemon knows that the lease is closed."""
        reached = False

        async def hook(number, request, carry_out):
            nonlocal reached
            if number != n:
                return await carry_out()
            reached = True
            answer = None if late else await carry_out()
            scene.close(LEASE)
            while scene.status(LEASE) is None or not scene.status(LEASE).phase.startswith(
                "teardown"
            ):
                await trio.sleep(0.1)
            if late:
                await trio.sleep(1)
            return answer or await carry_out()

        if when == "first deploy":
            await scene.start()
            await scene.until(scene.ready)
            scene.watch_requests(hook)
            scene.win(LEASE, MANIFEST)
        else:
            await scene.deployed(LEASE, MANIFEST)
            scene.watch_requests(hook)
            scene.send(LEASE, UPDATE)
        with trio.move_on_after(60):
            while not reached:
                await trio.sleep(0.5)
        if not reached:
            return False
        await scene.until(lambda: scene.status(LEASE) is None, 600, "the end of the teardown")
        no_violation(scene, gone=True)
        await idle(scene)
        no_violation(scene, gone=True)
        return True

    report(
        record_property,
        f"lease lost during {when}, {'applied late' if late else 'answered'}",
        sweep(story),
    )


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_the_daemon_is_killed_at_every_request_of_a_deploy(record_property, applied):
    async def story(scene, n):
        killed = trio.Event()

        async def hook(number, request, carry_out):
            if number != n:
                return await carry_out()
            answer = await carry_out() if applied else None
            scene.nursery.start_soon(kill_and_restart)
            await trio.sleep_forever()
            return answer

        async def kill_and_restart():
            await scene.kill()
            killed.set()
            scene.watch_requests()
            await scene.start()
            scene.daemon.submit(LEASE, MANIFEST, "dc1")

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, MANIFEST)
        with trio.move_on_after(30):
            await killed.wait()
        await scene.until_complete(LEASE, 600)
        no_violation(scene, gone=False)
        await idle(scene)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 600, "the end of the teardown")
        no_violation(scene, gone=True)
        return killed.is_set()

    report(
        record_property,
        f"daemon killed during deploy, {'after' if applied else 'before'} the write",
        sweep(story),
    )


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("market", ["up", "away"])
def test_the_daemon_is_killed_at_every_request_of_a_teardown(record_property, applied, market):
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
            if market == "away":
                scene.world.network.down("market.sim")
                await scene.start()
                await scene.pause(300)
                scene.world.network.up("market.sim")
            else:
                await scene.start()

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(hook)
        scene.close(LEASE)
        with trio.move_on_after(60):
            await killed.wait()
        seconds = T_TEARDOWN + POD_GRACE + (300 if market == "away" else 0)
        await scene.until(lambda: not checks.remains(scene, LEASE), seconds, "nothing left")
        no_violation(scene, gone=True)
        await idle(scene)
        no_violation(scene, gone=True)
        return killed.is_set()

    report(
        record_property,
        f"daemon killed during teardown, market {market}, {'after' if applied else 'before'} the write",
        sweep(story),
    )


@pytest.mark.parametrize("when", ["first deploy", "update"])
def test_the_answer_of_every_request_of_a_deploy_is_lost(record_property, when):
    async def story(scene, n):
        reached = False

        async def hook(number, request, carry_out):
            nonlocal reached
            answer = await carry_out()
            if number == n:
                reached = True
                raise Abort
            return answer

        if when == "first deploy":
            await scene.start()
            await scene.until(scene.ready)
            scene.watch_requests(hook)
            scene.win(LEASE, MANIFEST)
        else:
            await scene.deployed(LEASE, MANIFEST)
            scene.watch_requests(hook)
            scene.send(LEASE, UPDATE)
            await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.28")
        await scene.until_complete(LEASE)
        no_violation(scene, gone=False)
        scene.watch_requests()
        await idle(scene)
        return reached

    report(record_property, f"answer lost during {when}", sweep(story))


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
