"""Hostnames: withheld and declared later, given up and free again, and never in two leases at once."""

import pytest
import trio

from simulator.wire.messages import Response
from tests.sim import checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease(1000)
SIBLING = tenants.lease(1001)
OTHER = tenants.lease(2000, owner=tenants.BOB)


def generation(number, host="web.example.com"):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", host=host))


def held(scene, lease):
    return scene.daemon.service.around.ledger.held_by(lease)


@pytest.mark.parametrize("how", ["closed", "updated"])
def test_a_withheld_hostname_is_declared_by_itself_once_its_holder_has_given_it_back(how):
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.win(SIBLING, generation(2))
        await scene.until_complete(SIBLING)
        before = scene.status(SIBLING)
        if how == "closed":
            scene.close(LEASE)
        else:
            scene.send(LEASE, generation(1, "else.example.com"))
        await scene.until(lambda: "web.example.com" not in held(scene, LEASE))
        await scene.until(lambda: scene.status(SIBLING).hostnames, 60, "the hostname declared")
        await scene.until_complete(SIBLING)
        return before, scene.status(SIBLING), checks.owned_twice(scene)

    before, after, twice = play(story)

    assert (before.withheld, before.hostnames) == (("web.example.com",), ())
    assert (after.withheld, after.hostnames) == ((), ("web.example.com",))
    assert twice == []


def test_a_first_manifest_that_was_refused_for_its_hostname_is_tried_again_once_it_is_free():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.win(OTHER, generation(2))
        await scene.until(lambda: scene.status(OTHER) and scene.status(OTHER).refusal)
        refusal = scene.status(OTHER).refusal
        scene.close(LEASE)
        await scene.until_complete(OTHER)
        return refusal, scene.status(OTHER), checks.images(scene, OTHER)

    refusal, status, images = play(story)

    assert "another owner" in refusal
    assert status.refusal == ""
    assert status.hostnames == ("web.example.com",)
    assert images == ["nginx:1.2"]


def test_an_update_that_was_refused_for_its_hostname_comes_true_only_when_it_is_sent_again():
    """Its tenant was told that it is refused; a week later nobody expects it."""

    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.win(OTHER, generation(2, "other.example.com"))
        await scene.until_complete(OTHER)
        scene.send(OTHER, generation(3))
        await scene.until(lambda: scene.status(OTHER).refusal)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None)
        await scene.pause(300)
        meanwhile = checks.images(scene, OTHER)
        scene.send(OTHER, generation(3))
        await scene.until(lambda: not scene.status(OTHER).refusal)
        await scene.until_complete(OTHER)
        return meanwhile, checks.images(scene, OTHER)

    meanwhile, images = play(story)

    assert meanwhile == ["nginx:1.2"]
    assert images == ["nginx:1.2", "nginx:1.3"]


def test_going_back_to_what_runs_frees_the_hostname_of_the_manifest_between():
    async def story(scene):
        async def slow_trials(number, request, carry_out):
            if request.query_value("dryRun"):
                await trio.sleep(5)
            return await carry_out()

        await scene.deployed(LEASE, generation(1, "one.example.com"))
        scene.watch_requests(slow_trials)
        scene.send(LEASE, generation(2, "two.example.com"))
        await scene.pause(2)
        both = held(scene, LEASE)
        scene.send(LEASE, generation(1, "one.example.com"))
        await scene.pause(60)
        scene.watch_requests()
        scene.win(OTHER, generation(3, "two.example.com"))
        await scene.until_complete(OTHER)
        return both, held(scene, LEASE), scene.status(OTHER).hostnames

    both, one, hostnames = play(story)

    assert both == {"one.example.com", "two.example.com"}
    assert one == {"one.example.com"}
    assert hostnames == ("two.example.com",)


def test_a_hostname_that_an_update_gave_up_is_free_although_the_watch_tells_of_it_late():
    """The quorum read after the delete says "gone" before the watch does, as with a real server."""

    async def story(scene):
        scene.delay_watches(0.3)
        await scene.deployed(LEASE, generation(1, "one.example.com"))
        scene.send(LEASE, generation(2, "two.example.com"))
        await scene.until(lambda: scene.status(LEASE).hostnames == ("two.example.com",))
        await scene.pause(10)
        scene.win(OTHER, generation(3, "one.example.com"))
        await scene.until_complete(OTHER)
        return held(scene, LEASE), scene.status(OTHER).hostnames, checks.owned_twice(scene)

    mine, theirs, twice = play(story)

    assert mine == {"two.example.com"}
    assert theirs == ("one.example.com",)
    assert twice == []


def test_a_hostname_is_not_handed_on_while_a_lost_create_of_its_route_can_still_land():
    """The create gets a proxy's 502 and lands half a minute later, when nobody wants it any more."""

    async def story(scene):
        landed = trio.Event()

        async def late(carry_out):
            await scene.pause(30)
            await carry_out()
            landed.set()

        lost = []

        async def hook(number, request, carry_out):
            create = request.method == "PATCH" and request.path.endswith("/one.example.com")
            if create and "/ingresses/" in request.path and not lost:
                lost.append(request)
                scene.nursery.start_soon(late, carry_out)
                return Response(502, (), b"bad gateway")
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1, "one.example.com"))
        await scene.until_complete(LEASE)
        scene.send(LEASE, generation(2, "two.example.com"))
        await scene.pause(10)
        scene.win(OTHER, generation(3, "one.example.com"))
        await scene.pause(15)
        refusal = scene.status(OTHER).refusal
        await scene.until_complete(OTHER)
        return landed.is_set(), refusal, scene.status(OTHER).hostnames, checks.owned_twice(scene)

    landed, refusal, hostnames, twice = play(story)

    assert landed
    assert "another owner" in refusal
    assert hostnames == ("one.example.com",)
    assert twice == []


def test_a_hostname_that_is_routed_is_held_although_its_records_were_deleted_meanwhile():
    async def story(scene):
        first, second = tenants.lease(1000), tenants.lease(2000, owner=tenants.BOB)
        place = "/apis/akash.network/v2beta2/namespaces/lease"
        await scene.deployed(first, tenants.manifest(tenants.web()))
        await scene.kill()
        await scene.meddle("DELETE", f"{place}/manifests/{first.namespace}")
        await scene.meddle("DELETE", f"{place}/providerhosts/web.example.com")
        await scene.start()
        await scene.until(scene.ready)
        scene.win(second, tenants.manifest(tenants.web()))
        await scene.until(lambda: scene.status(second) and scene.status(second).refusal)
        await scene.pause(60)
        routes = [
            o["metadata"]["namespace"]
            for kind, o in scene.objects()
            if kind == "networking.k8s.io/v1/ingresses"
        ]
        return routes == [first.namespace], scene.status(second).refusal

    alone, refusal = play(story)

    assert alone
    assert "another owner" in refusal
