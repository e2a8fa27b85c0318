"""What a daemon would do, said by one that writes nothing."""

import attrs
import orjson

from provider.cluster.observe import Onlooker
from provider.http.client import open_http
from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from provider.kubernetes.outcomes import CreateOnly, Unknown
from simulator.world import KUBERNETES, MARKET
from tests.sim import tenants
from tests.sim.checks import is_daemon, is_write
from tests.sim.scene import name_of, play

LEASE = tenants.lease()
OTHER = tenants.lease(dseq=2000)
WEB = tenants.manifest(tenants.web())


async def left_behind(scene, *leases):
    """Leases that a daemon deployed before it left."""
    await scene.start()
    for lease in leases or (LEASE,):
        scene.win(lease, tenants.manifest(tenants.web(host=f"web-{lease.dseq}.example.com")))
    for lease in leases or (LEASE,):
        await scene.until_complete(lease)
    await scene.drain()


async def look(scene):
    """One look; with it, that nothing was written."""
    before = len(scene.world.journal.requests)
    observation = await attrs.evolve(scene.daemon).observe()
    asked = scene.world.journal.requests[before:]
    assert [e for e in asked if is_daemon(e) and is_write(e)] == []
    assert observation.unseen == ()
    return observation


def test_what_is_as_it_should_be_is_adopted_with_no_write():
    async def story(scene):
        await left_behind(scene)
        seen = await look(scene)
        assert [(o.lease, o.action) for o in seen.leases] == [(LEASE, "adopt")]
        assert seen.leases[0].proof.startswith("active at block")
        assert seen.writes == 0
        assert seen.capacity.leases == 1

    play(story)


def test_what_differs_is_named_with_its_paths():
    async def story(scene):
        await left_behind(scene)
        place = f"/apis/apps/v1/namespaces/{LEASE.namespace}/deployments/web"
        patch = orjson.dumps({"spec": {"replicas": 3}})
        await scene.meddle("PATCH", place, patch, "application/merge-patch+json")
        observed = (await look(scene)).leases[0]
        assert [(c.object, c.paths) for c in observed.applied] == [
            (f"Deployment {LEASE.namespace}/web", ("spec.replicas",))
        ]

    play(story)


def test_a_lost_lease_is_torn_down_and_the_proof_is_told():
    async def story(scene):
        await left_behind(scene)
        scene.close(LEASE)
        observed = (await look(scene)).leases[0]
        assert observed.action == "tear down"
        assert observed.proof.startswith("closed at block")
        assert MARKET in observed.proof
        assert f"Namespace {LEASE.namespace}" in observed.torn_down
        assert f"Manifest lease/{LEASE.namespace}" in observed.torn_down
        assert "ProviderHost lease/web-1000.example.com" in observed.torn_down

    play(story)


def test_of_many_lost_leases_some_wait_for_the_brake():
    leases = [tenants.lease(dseq=1000 + n) for n in range(5)]

    async def story(scene):
        await left_behind(scene, *leases)
        for lease in leases:
            scene.close(lease)
        actions = [o.action for o in (await look(scene)).leases]
        assert actions == ["tear down"] * 3 + ["wait for the brake"] * 2

    play(story)


def test_while_the_market_is_away_nothing_would_be_done():
    async def story(scene):
        await left_behind(scene)
        scene.close(LEASE)
        scene.world.network.down(MARKET)
        seen = await look(scene)
        assert seen.market
        assert [o.action for o in seen.leases] == ["ask again"]
        assert seen.writes == 0

    play(story)


def test_a_won_lease_without_a_record_waits_for_its_manifest():
    async def story(scene):
        await left_behind(scene)
        scene.world.chain.open(name_of(OTHER))
        seen = {o.lease: o.action for o in (await look(scene)).leases}
        assert seen == {LEASE: "adopt", OTHER: "wait for a manifest"}

    play(story)


def test_an_obligation_that_is_on_record_is_told():
    async def story(scene):
        await left_behind(scene)
        note = orjson.dumps({"cause": "image", "since": 1.0, "sent": False}).decode()
        patch = {"metadata": {"annotations": {"leasekeeper.akash.network/close-owed": note}}}
        await scene.meddle(
            "PATCH",
            f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{LEASE.namespace}",
            orjson.dumps(patch),
            "application/merge-patch+json",
        )
        assert (await look(scene)).leases[0].closed == "image, owed since 1"

    play(story)


def test_a_record_that_cannot_be_read_is_told_and_the_others_are_judged():
    async def story(scene):
        await left_behind(scene, LEASE, OTHER)
        patch = {"metadata": {"annotations": None}, "spec": {"lease_id": {"dseq": "none"}}}
        await scene.meddle(
            "PATCH",
            f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{OTHER.namespace}",
            orjson.dumps(patch),
            "application/merge-patch+json",
        )
        seen = await look(scene)
        assert [name for name, _ in seen.quarantined] == [OTHER.namespace]
        assert next(o for o in seen.leases if o.lease == LEASE).action == "adopt"
        assert next(o for o in seen.leases if o.lease == OTHER).refused

    play(story)


def test_what_cannot_be_listed_is_told_and_nothing_is_said_of_leases():
    async def story(scene):
        await left_behind(scene)
        scene.world.network.down(KUBERNETES)
        seen = await attrs.evolve(scene.daemon).observe()
        assert seen.unseen
        assert seen.leases == ()

    play(story)


def test_an_onlooker_sends_no_write_whatever_it_is_asked_for():
    async def story(scene):
        link = scene.world.network.link("onlooker")
        key = ObjectKey(NAMESPACE, "", "lease")
        obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}}
        async with open_http(f"http://{KUBERNETES}", network_backend=link.backend) as http:
            client = Onlooker(http)
            before = len(scene.world.journal.requests)
            for outcome in (
                await client.apply(obj, fence=CreateOnly()),
                await client.merge_patch(key, {}, field_manager="x"),
                await client.json_patch(key, []),
                await client.delete(key),
            ):
                assert outcome == Unknown("only looking: nothing is sent", sent=False)
            assert len(scene.world.journal.requests) == before

    play(story)
