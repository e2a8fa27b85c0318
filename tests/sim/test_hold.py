"""An operator's hold on a tenant namespace: observed and shown, nothing applied; the end still comes."""

import orjson

from tests.sim import checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
HOLD = "leasekeeper.akash.network/hold"


def generation(number):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}"))


async def hold(scene, value="maintenance"):
    note = {"metadata": {"annotations": {HOLD: value}}}
    await scene.meddle(
        "PATCH",
        f"/api/v1/namespaces/{LEASE.namespace}",
        orjson.dumps(note),
        "application/merge-patch+json",
    )


def test_nothing_is_applied_or_pruned_until_the_hold_is_removed():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        await hold(scene)
        await scene.until(lambda: scene.status(LEASE).held_by_operator, 10)
        since = scene.world.clock.now()
        await scene.meddle("DELETE", f"/api/v1/namespaces/{LEASE.namespace}/services/web")
        scene.send(LEASE, generation(2))
        await scene.pause(600)
        held = scene.status(LEASE), checks.daemon_writes(scene, since)
        await hold(scene, None)
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2", 60)
        await scene.until_complete(LEASE)
        there = any(
            k == "v1/services" for k, o in scene.objects() if o["metadata"]["name"] == "web"
        )
        return held, scene.status(LEASE), there

    (held, writes), after, there = play(story)

    assert held.held_by_operator
    assert "operator" in held.event
    assert writes == []
    assert not after.held_by_operator
    assert there


def test_a_hold_that_comes_in_the_middle_of_a_deploy_stops_it_between_two_waves():
    async def story(scene):
        async def hook(number, request, carry_out):
            answer = await carry_out()
            if "/networkpolicies/" in request.path:
                await hold(scene)
                await scene.pause(1)
            return answer

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1))
        await scene.pause(120)
        images = checks.images(scene, LEASE)
        scene.watch_requests()
        await hold(scene, None)
        await scene.until_complete(LEASE)
        return images, checks.images(scene, LEASE)

    assert play(story) == ([], ["nginx:1.1"])


def test_a_lost_lease_is_torn_down_although_it_is_held():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        await hold(scene)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return checks.murders(scene, LEASE)

    assert play(story) == []
