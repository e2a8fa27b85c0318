"""The end of a lease: at once, whole, observed, and only with proof."""

import pytest
import trio

from provider.kubernetes.kinds import DEPLOYMENT
from simulator.world import KUBERNETES, MARKET
from tests.sim import checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
MANIFEST = tenants.manifest(tenants.web(), tenants.database())


def test_a_closed_lease_leaves_nothing_and_its_record_goes_last():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 120)
        deleted = [
            commit.resource
            for commit in scene.world.journal.commits
            if commit.type == "DELETED"
            and commit.object["metadata"].get("labels", {}).get("akash.network")
        ]
        return deleted, checks.murders(scene, LEASE)

    deleted, murders = play(story)

    assert deleted[0] == "networking.k8s.io/v1/ingresses"
    assert deleted[-2:] == ["v1/namespaces", checks.RECORDS]
    assert murders == []


def test_a_hung_deploy_does_not_delay_the_first_request_of_the_teardown():
    async def story(scene):
        """The Deployment's create is accepted and never answered; then the lease is closed."""
        learnt = first = None

        async def hook(number, request, carry_out):
            nonlocal first
            if request.path.endswith("/deployments/web"):
                await carry_out()
                await trio.sleep_forever()
            if request.method == "DELETE" and first is None:
                first = trio.current_time()
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, MANIFEST)
        await scene.pause(3)
        manager = scene.daemon.service.manager(LEASE)
        scene.close(LEASE)
        while manager.loss is None:
            await trio.sleep(0.001)
        learnt = trio.current_time()
        await scene.until(lambda: first is not None, 30)
        on_wire = manager.status.phase
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return first - learnt, on_wire

    delay, phase = play(story)

    assert delay <= 0.001
    assert phase == "teardown-pending"


@pytest.mark.parametrize("seconds", [60, 3600])
def test_while_the_market_is_away_nothing_is_deleted(seconds):
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        scene.world.network.down(MARKET)
        scene.close(LEASE)
        await scene.pause(seconds)
        there = len(checks.remains(scene, LEASE))
        writes = [w.method for w in checks.daemon_writes(scene) if w.method == "DELETE"]
        scene.world.network.up(MARKET)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return there, writes, checks.murders(scene, LEASE)

    there, writes, murders = play(story)

    assert there > 10
    assert writes == []
    assert murders == []


def test_a_market_that_does_not_know_the_lease_any_more_proves_nothing():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        scene.market_forgets()
        await scene.pause(3600)
        return scene.status(LEASE), [
            w.method for w in checks.daemon_writes(scene) if w.method == "DELETE"
        ]

    status, deletes = play(story)

    assert status.phase == "deploy-complete"
    assert deletes == []


def test_a_namespace_that_does_not_end_is_reported_and_locks_no_hostname():
    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.deployed(LEASE, MANIFEST)
        finalizer = b'{"metadata": {"finalizers": ["example.com/stuck"]}}'
        path = f"/api/v1/namespaces/{LEASE.namespace}/persistentvolumeclaims/db-data-db-0"
        await scene.meddle("PATCH", path, finalizer, "application/merge-patch+json")
        scene.close(LEASE)
        await scene.pause(300)
        stuck = scene.status(LEASE)
        scene.win(other, tenants.manifest(tenants.web()))
        await scene.until_complete(other)
        await scene.meddle(
            "PATCH", path, b'{"metadata": {"finalizers": null}}', "application/merge-patch+json"
        )
        await scene.until(lambda: not checks.remains(scene, LEASE), 300)
        return stuck, scene.status(other)

    stuck, other = play(story)

    assert stuck.phase == "teardown-active"
    assert "example.com/stuck" in stuck.event
    assert other.hostnames == ("web.example.com",)


def test_a_lease_without_any_object_ends_too():
    async def story(scene):
        await scene.start()
        scene.win(LEASE)
        await scene.pause(20)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 150)
        return [w.method for w in checks.daemon_writes(scene)]

    assert play(story) == []


def test_another_tenants_teardown_is_not_held_up_by_one_that_is_stuck():
    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.deployed(LEASE, MANIFEST)
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        await scene.until_complete(other)

        async def hook(number, request, carry_out):
            if LEASE.namespace in request.path and request.method == "DELETE":
                await trio.sleep_forever()
            return await carry_out()

        scene.watch_requests(hook)
        scene.close(LEASE)
        scene.close(other)
        await scene.until(lambda: not checks.remains(scene, other), 150)
        there = bool(checks.remains(scene, LEASE))
        scene.watch_requests()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return there

    assert play(story)


def test_an_api_server_that_comes_back_finds_the_teardown_waiting():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        scene.world.network.mute(KUBERNETES)
        scene.close(LEASE)
        await scene.pause(1800)
        scene.world.network.up(KUBERNETES)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return checks.murders(scene, LEASE)

    assert play(story) == []


def test_a_deployment_is_watched_as_a_kind_that_teardown_leaves_to_its_namespace():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests()
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return [r.path for r in scene.requests if r.method == "DELETE"]

    paths = play(story)

    assert not any(DEPLOYMENT.plural in path for path in paths)
    assert len(paths) == 4


def test_hung_deploys_of_others_leave_a_slot_for_the_teardown():
    """More deploys hang than there are request slots; then one lease is closed."""

    async def story(scene):
        first, hang = None, False

        async def hook(number, request, carry_out):
            nonlocal first
            if request.method == "DELETE" and first is None:
                first = trio.current_time()
            if hang and request.method == "PATCH" and "closing" not in request.body.decode():
                await trio.sleep_forever()
            return await carry_out()

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(hook)
        hang = True
        for number in range(40):
            busy = tenants.lease(4000 + number, owner=tenants.BOB)
            scene.win(busy, tenants.manifest(tenants.web(host=f"{number}.example.com")))
        await scene.pause(0.5)
        manager = scene.daemon.service.manager(LEASE)
        scene.close(LEASE)
        while manager.loss is None:
            await trio.sleep(0.001)
        learnt = trio.current_time()
        await scene.until(lambda: first is not None, 60)
        return first - learnt

    assert play(story) <= 0.25


def test_a_hostname_is_not_free_while_its_ingress_is_there():
    """The teardown cannot delete the route; nobody else may have the name until it can."""

    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)

        async def hook(number, request, carry_out):
            if request.method == "DELETE" and LEASE.namespace in request.path:
                await trio.sleep_forever()
            return await carry_out()

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(hook)
        scene.close(LEASE)
        await scene.pause(60)
        scene.win(other, tenants.manifest(tenants.web()))
        await scene.pause(60)
        refused = scene.status(other)
        scene.watch_requests()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        scene.send(other, tenants.manifest(tenants.web(image="nginx:1.28")))
        await scene.until_complete(other)
        return refused

    assert "another owner" in play(story).refusal


def lands_late(scene, seconds):
    """A hook: the first request is never answered, and carried out after so many seconds."""
    landed = trio.Event()

    async def late(carry_out):
        await trio.sleep(seconds)
        await carry_out()
        landed.set()

    async def hook(number, request, carry_out):
        if number == 1:
            scene.nursery.start_soon(late, carry_out)
            await trio.sleep_forever()
        return await carry_out()

    return hook, landed


def test_a_teardown_does_not_end_before_a_lost_write_can_have_landed():
    """The record's create hangs while the lease is closed, and lands when all else is gone."""

    async def story(scene):
        hook, landed = lands_late(scene, 40)
        await scene.start()
        await scene.until(scene.ready)
        await scene.pause(100)
        scene.watch_requests(hook)
        scene.win(LEASE, MANIFEST)
        await scene.pause(1)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 400)
        return landed.is_set(), checks.remains(scene, LEASE)

    assert play(story) == (True, [])


def test_a_teardown_does_not_end_before_a_predecessors_write_can_have_landed():
    async def story(scene):
        hook, landed = lands_late(scene, 40)
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, MANIFEST)
        await scene.pause(1)
        await scene.kill()
        scene.watch_requests()
        scene.close(LEASE)
        await scene.start()
        # The manifest, sent again, is how the next daemon comes to ask for the lease.
        scene.daemon.submit(LEASE, MANIFEST, "dc1")
        await scene.until(lambda: scene.status(LEASE) is None, 400)
        return landed.is_set(), checks.remains(scene, LEASE)

    assert play(story) == (True, [])
