"""What the Go provider is known to get wrong and no other test plays; see docs/differences.md for the rest."""

import pytest
import trio

from tests.sim import answers, checks, tenants
from tests.sim.scene import T_TEARDOWN, play

LEASE = tenants.lease()


def generation(number):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}"))


def recorded_image(scene):
    [record] = [obj for kind, obj in scene.objects() if kind == checks.RECORDS]
    return record["spec"]["group"]["services"][0]["image"]


def test_a_deploy_that_is_refused_while_a_newer_manifest_waits_gives_way_to_it():
    """Q1: there the manager ended: the waiting manifest was never deployed, and nothing torn down."""

    async def story(scene):
        refused = trio.Event()

        async def refuse_the_second(number, request, carry_out):
            named = b"nginx:1.2" in request.body and "/deployments/" in request.path
            if not named or request.query_value("dryRun"):
                return await carry_out()
            # While this one is under way, the third is sent.
            if not refused.is_set():
                refused.set()
                scene.send(LEASE, generation(3))
            await trio.sleep(1)
            return answers.invalid()

        await scene.deployed(LEASE, generation(1))
        scene.watch_requests(refuse_the_second)
        scene.send(LEASE, generation(2))
        await refused.wait()
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.3")
        await scene.until_complete(LEASE)
        recorded = recorded_image(scene)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, T_TEARDOWN + 60)
        return recorded, checks.remains(scene, LEASE)

    assert play(story) == ("nginx:1.3", [])


@pytest.mark.parametrize("seconds", [5, 600])
def test_while_a_policy_is_not_accepted_no_workload_is_sent(seconds):
    """There the error was dropped, and the pods ran without isolation."""

    async def story(scene):
        async def fail(number, request, carry_out):
            if "/networkpolicies/" in request.path and trio.current_time() < mended:
                return answers.status(500, "InternalError", "etcd has no leader")
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        mended = trio.current_time() + seconds
        scene.watch_requests(fail)
        scene.win(LEASE, generation(1))
        await scene.pause(seconds - 1)
        early = [r.path for r in scene.requests if "/deployments" in r.path]
        await scene.until_complete(LEASE)
        return early

    assert play(story) == []


def test_a_refused_update_takes_no_hostname_from_what_runs():
    """Q7: there the names that the update dropped were purged although it had failed."""

    async def story(scene):
        async def refuse_new_route(number, request, carry_out):
            if "/ingresses/three" in request.path and not request.query_value("dryRun"):
                return answers.invalid()
            return await carry_out()

        await scene.deployed(LEASE, generation(1))
        scene.watch_requests(refuse_new_route)
        newer = tenants.web(image="nginx:1.2", host="three.example.com")
        scene.send(LEASE, tenants.manifest(newer))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.pause(60)
        deleted = [r.path for r in scene.requests if r.method == "DELETE"]
        return [path for path in deleted if "/web.example.com" in path]

    assert play(story) == []


def test_a_new_lease_lists_nothing():
    """There each new lease listed three kinds in the whole cluster."""

    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        begun = len(scene.world.journal.requests)
        other = tenants.lease(2000)
        await scene.deployed(other, tenants.manifest(tenants.web(host="two.example.com")))
        asked = [e for e in scene.world.journal.requests[begun:] if checks.is_daemon(e)]
        reads = [e.target for e in asked if e.method == "GET" and "watch=" not in e.target]
        return len(asked) > 0, [target for target in reads if "/coordination.k8s.io/" not in target]

    assert play(story) == (True, [])


def test_a_drain_ends_although_the_market_never_answers():
    """Q10: there the chain was asked for 135 s whatever else was to be done."""

    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.world.network.mute("market.sim")
        await scene.pause(60)
        scene.daemon.submit(LEASE, generation(2), "dc1")
        await scene.pause(1)
        began = trio.current_time()
        await scene.drain()
        return trio.current_time() - began

    assert play(story) <= 1


@pytest.mark.parametrize("pause", [0.0, 1.0])
def test_a_manifest_sent_right_after_a_restart_is_on_record_and_runs(pause):
    """There it was not stored, and its containers came from the old record beside new services."""

    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        await scene.kill()
        await scene.start()
        await scene.pause(pause)
        scene.send(LEASE, generation(2))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2")
        await scene.until_complete(LEASE)
        recorded = recorded_image(scene)
        await scene.kill()
        await scene.start()
        await scene.until_complete(LEASE)
        return recorded, checks.images(scene, LEASE)[-1]

    assert play(story) == ("nginx:1.2", "nginx:1.2")


def test_every_monitor_that_began_is_counted_once_when_it_ends():
    """Q13: there each request to stop was counted, also for a monitor that had stopped."""

    async def story(scene):
        def counted():
            monitor = scene.daemon.metrics.monitor
            return tuple(monitor.labels(action)._value.get() for action in ("start", "stop"))

        await scene.deployed(LEASE, generation(1))
        running = counted()
        scene.send(LEASE, generation(2))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2")
        updated = counted()
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, T_TEARDOWN + 60)
        ended = counted()
        await scene.deployed(tenants.lease(2000), generation(1))
        await scene.drain()
        return running, updated, ended, counted()

    assert play(story) == ((1, 0), (1, 0), (1, 1), (2, 2))
