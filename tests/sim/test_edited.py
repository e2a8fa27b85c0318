"""
Records that somebody edited while no daemon ran: drift, written back, and no tenant's pod is touched.

Only a manifest that the Go provider took meanwhile, after a switch back, is a newer wish.
"""

import orjson
import pytest

from provider.lease.version import version_hash
from provider.workload.options import RenderOptions
from provider.workload.record import record as rendered_record
from simulator.market.leases import DeploymentName
from simulator.world import MARKET
from tests.sim import checks, tenants
from tests.sim.scene import play
from tests.sim.test_hold import hold

LEASE = tenants.lease()
RECORD = f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{LEASE.namespace}"
MERGE = "application/merge-patch+json"
GO = "provider-services/v0.10"


def generation(number, **more):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", **more), tenants.database())


def record(scene):
    [found] = [
        o
        for kind, o in scene.objects()
        if kind == checks.RECORDS and o["metadata"]["name"] == LEASE.namespace
    ]
    return found


def recorded(scene):
    """The record's services as plain data, to be changed."""
    return orjson.loads(orjson.dumps(record(scene)["spec"]["group"]["services"]))


async def left(scene, manifest=None):
    """A lease that runs, and no daemon."""
    await scene.deployed(LEASE, manifest or generation(1))
    await scene.drain()


async def patch_services(scene, services, agent="kubectl/v1.33"):
    body = {"spec": {"group": {"services": services}}}
    await scene.meddle("PATCH", RECORD, orjson.dumps(body), MERGE, agent=agent)


async def put(scene, group, agent):
    """Somebody replaces the spec of the record as read, as a client does that knows no patch."""
    whole = orjson.loads(orjson.dumps(record(scene)))
    whole["spec"] = rendered_record(LEASE, group, RenderOptions())["spec"]
    await scene.meddle("PUT", RECORD, orjson.dumps(whole), agent=agent)


async def come_back(scene, seconds=300):
    """A daemon starts, and everything comes to rest; what it wrote."""
    since = scene.world.clock.now()
    await scene.start()
    await scene.until_complete(LEASE)
    await scene.pause(seconds)
    return [(w.method, w.target.partition("?")[0]) for w in checks.daemon_writes(scene, since)]


def _image(services):
    services[-1]["image"] = "evil:1"


def _count(services):
    services[-1]["count"] = 5


def _hostname(services):
    services[-1]["expose"][0]["hosts"] = ["evil.example.com"]


def _variable(services):
    services[-1]["env"] = ["LD_PRELOAD=evil.so"]


def _fewer(services):
    del services[0]


def _more(services):
    services.append({**services[-1], "name": "worm"})


def _memory(services):
    services[-1]["resources"]["memory"]["size"] = str(2**40)


EDITS = (_image, _count, _hostname, _variable, _fewer, _more, _memory)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_record_is_written_back_and_nothing_else_is(edit):
    async def story(scene):
        await left(scene)
        before = recorded(scene)
        services = recorded(scene)
        edit(services)
        await patch_services(scene, services)
        assert recorded(scene) != before
        running = [o["metadata"]["uid"] for kind, o in scene.objects() if kind == checks.PODS]
        written = await come_back(scene)
        after = [o["metadata"]["uid"] for kind, o in scene.objects() if kind == checks.PODS]
        return written, recorded(scene) == before, after == running, checks.images(scene, LEASE)

    written, same, untouched, images = play(story)

    assert written == [("PATCH", RECORD)]
    assert same
    assert untouched
    assert images == ["nginx:1.1"]


def test_it_is_told_that_the_record_was_edited():
    async def story(scene):
        await left(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        await come_back(scene)
        return [r for r in scene.logs if "edited" in str(r)]

    assert play(story)


def test_a_replacement_by_anybody_but_the_go_provider_is_an_edit_as_well():
    async def story(scene):
        await left(scene)
        await put(scene, generation(2)[0], "kubectl-replace")
        return await come_back(scene), checks.images(scene, LEASE)

    assert play(story) == ([("PATCH", RECORD)], ["nginx:1.1"])


def test_what_was_written_back_is_no_edit_at_the_next_start():
    async def story(scene):
        await left(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        await come_back(scene)
        await scene.drain()
        return await come_back(scene)

    assert play(story) == []


def test_nothing_is_written_back_before_the_market_says_that_the_lease_is_held():
    async def story(scene):
        await left(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        scene.world.network.down(MARKET)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(900)
        early = checks.daemon_writes(scene, since)
        scene.world.network.up(MARKET)
        await scene.until_complete(LEASE)
        return early, recorded(scene)[-1]["image"], checks.images(scene, LEASE)

    assert play(story) == ([], "nginx:1.1", ["nginx:1.1"])


def test_nothing_is_written_back_while_an_operator_holds_the_lease():
    async def story(scene):
        await left(scene)
        await hold(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(300)
        early = checks.daemon_writes(scene, since)
        await hold(scene, None)
        await scene.until(lambda: recorded(scene)[-1]["image"] == "nginx:1.1", 60)
        return early, checks.images(scene, LEASE)

    assert play(story) == ([], ["nginx:1.1"])


def test_an_edit_does_not_stand_in_the_way_of_a_newer_manifest():
    async def story(scene):
        await left(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        await scene.start()
        scene.send(LEASE, generation(2))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2")
        await scene.until_complete(LEASE)
        return recorded(scene)[-1]["image"], checks.images(scene, LEASE)

    assert play(story) == ("nginx:1.2", ["nginx:1.1", "nginx:1.2"])


def test_an_edit_does_not_save_a_lost_lease():
    async def story(scene):
        await left(scene)
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        scene.close(LEASE)
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return checks.images(scene, LEASE)

    assert play(story) == ["nginx:1.1"]


def test_an_edit_while_the_daemon_runs_is_written_back_as_well():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        await scene.until(lambda: recorded(scene)[-1]["image"] == "nginx:1.1", 60)
        await scene.pause(60)
        return checks.images(scene, LEASE)

    assert play(story) == ["nginx:1.1"]


# ── the Go provider ─────────────────────────────────────────────────────────────────────────────


async def taken_by_go(scene, manifest):
    """The operator switched back; there the tenant sent a newer manifest."""
    scene.world.chain.update(DeploymentName(LEASE.owner, LEASE.dseq), version_hash(manifest))
    await put(scene, manifest[0], GO)


def test_a_manifest_that_the_go_provider_took_meanwhile_is_the_newer_wish():
    async def story(scene):
        await left(scene)
        await taken_by_go(scene, generation(2))
        await scene.start()
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2", 60)
        await scene.until_complete(LEASE)
        await scene.pause(60)
        services = recorded(scene)[-1]["image"]
        await scene.drain()
        return services, await come_back(scene), checks.images(scene, LEASE)

    assert play(story) == ("nginx:1.2", [], ["nginx:1.1", "nginx:1.2"])


def test_what_the_go_provider_took_is_guarded_again_from_the_next_manifest_on():
    async def story(scene):
        await left(scene)
        await taken_by_go(scene, generation(2))
        await scene.start()
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2", 60)
        scene.send(LEASE, generation(3))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.3", 60)
        await scene.until_complete(LEASE)
        await scene.drain()
        services = recorded(scene)
        _image(services)
        await patch_services(scene, services)
        written = await come_back(scene)
        return written, recorded(scene)[-1]["image"], checks.images(scene, LEASE)[-1]

    assert play(story) == ([("PATCH", RECORD)], "nginx:1.3", "nginx:1.3")
