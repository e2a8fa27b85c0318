"""Leased addresses: declared by name for this lease, withheld, given up, and nobody else's touched."""

import attrs
import pytest
import trio

from provider.lease.manifest import Expose
from provider.workload.options import RenderOptions
from tests.sim import checks, tenants
from tests.sim.scene import play, sweep

LEASE = tenants.lease(1000)
SIBLING = tenants.lease(1001)
OTHER = tenants.lease(2000, owner=tenants.BOB)
IPS = "akash.network/v2beta2/providerleasedips"


def generation(number, *ports, endpoint="front", host="web.example.com"):
    """A web service that also serves each port at a leased address."""
    web = tenants.web(image=f"nginx:1.{number}", host=host)
    leased = tuple(
        Expose(
            port,
            global_=True,
            ip=endpoint,
            endpoint_sequence_number=1,
            http_options=tenants.OPTIONS,
        )
        for port in ports
    )
    return tenants.manifest(attrs.evolve(web, expose=(*web.expose, *leased)))


def declared(scene, lease=None):
    """(dseq, external port) of every ProviderLeasedIP."""
    found = [o["spec"] for k, o in scene.objects() if k == IPS]
    pairs = sorted((int(spec["lease_id"]["dseq"]), spec["external_port"]) for spec in found)
    return [port for dseq, port in pairs if dseq == lease.dseq] if lease else pairs


def offering(story):
    """Play where the operator offers addresses."""

    async def with_ips(scene, *args):
        scene.options = RenderOptions(leased_ips=True)
        return await story(scene, *args)

    return with_ips


def test_an_address_costs_one_request_more_and_comes_after_the_hostname():
    async def story(scene):
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests()
        scene.win(LEASE, generation(1, 5000))
        await scene.until_complete(LEASE)
        return [r.path.rsplit("/", 2)[1] for r in scene.requests], declared(scene)

    sent, ips = play(offering(story))

    assert sent[-2:] == ["providerhosts", "providerleasedips"]
    assert ips == [(1000, 5000)]


def test_one_of_two_ports_at_an_address_is_given_up_alone_and_no_other_lease_is_touched():
    """Q8: the reference's purge took every leased IP of the provider; and it never gave one port up."""

    async def story(scene):
        await scene.deployed(OTHER, generation(1, 5000, 5001, host="other.example.com"))
        await scene.deployed(LEASE, generation(1, 5000, 5001))
        before = declared(scene)
        scene.send(LEASE, generation(2, 5001))
        await scene.until(lambda: declared(scene, LEASE) == [5001], 60)
        await scene.until_complete(LEASE)
        quiet = scene.world.clock.now()
        await scene.pause(300)
        deletes = [
            w.target.rpartition("?")[0] or w.target
            for w in checks.daemon_writes(scene)
            if w.method == "DELETE"
        ]
        return before, declared(scene), deletes, checks.daemon_writes(scene, quiet)

    before, after, deletes, idle = play(offering(story))

    assert before == [(1000, 5000), (1000, 5001), (2000, 5000), (2000, 5001)]
    assert after == [(1000, 5001), (2000, 5000), (2000, 5001)]
    assert [path.rsplit("/", 1)[1].rsplit("-", 1)[1] for path in deletes] == ["5000"]
    assert idle == []


def test_a_teardown_removes_the_addresses_of_its_lease_and_leaves_the_others():
    async def story(scene):
        await scene.deployed(OTHER, generation(1, 5000, host="other.example.com"))
        await scene.deployed(LEASE, generation(1, 5000))
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 300)
        return declared(scene), checks.remains(scene, LEASE)

    assert play(offering(story)) == ([(2000, 5000)], [])


def test_an_address_of_another_lease_of_the_owner_is_withheld_until_that_one_gives_it_up():
    async def story(scene):
        await scene.deployed(LEASE, generation(1, 5000))
        await scene.deployed(SIBLING, generation(1, 5000, host="two.example.com"))
        before = declared(scene), scene.status(SIBLING).withheld
        scene.close(LEASE)
        await scene.until(lambda: declared(scene) == [(1001, 5000)], 120)
        await scene.until_complete(SIBLING)
        return before, scene.status(SIBLING).withheld

    (ips, withheld), after = play(offering(story))

    assert ips == [(1000, 5000)]
    assert [name.rsplit("-", 2)[1:] for name in withheld] == [["tcp", "5000"]]
    assert after == ()


def test_a_restart_keeps_the_addresses_and_writes_nothing():
    async def story(scene):
        await scene.deployed(LEASE, generation(1, 5000))
        await scene.deployed(SIBLING, generation(1, 5000, host="two.example.com"))
        await scene.drain()
        since = scene.world.clock.now()
        await scene.start()
        await scene.until_complete(LEASE)
        await scene.until_complete(SIBLING)
        await scene.pause(600)
        return declared(scene), checks.daemon_writes(scene, since)

    assert play(offering(story)) == ([(1000, 5000)], [])


@pytest.mark.sweep
def test_the_daemon_is_killed_at_every_request_of_an_update_of_addresses(record_property):
    async def story(scene, n):
        killed = trio.Event()

        async def hook(number, request, carry_out):
            if number != n:
                return await carry_out()
            await carry_out()
            scene.nursery.start_soon(kill_and_restart)
            await trio.sleep_forever()

        async def kill_and_restart():
            await scene.kill()
            scene.watch_requests()
            await scene.start()
            scene.send(LEASE, generation(2, 5001, 5002))
            killed.set()

        await scene.deployed(LEASE, generation(1, 5000, 5001))
        scene.watch_requests(hook)
        scene.send(LEASE, generation(2, 5001, 5002))
        with trio.move_on_after(30):
            await killed.wait()
        await scene.until(lambda: declared(scene) == [(1000, 5001), (1000, 5002)], 120)
        await scene.until_complete(LEASE)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 300)
        assert checks.remains(scene, LEASE) == []
        return killed.is_set()

    points = sweep(offering(story))
    record_property("sweep", f"daemon killed during an update of addresses: {points} points")
    assert points > 3
