"""A hostname goes from one lease of an owner to another: committed by one write, never routed twice."""

import pytest
import trio

from provider.deployment.transfer import Transferred, TransferRefused
from provider.workload.options import RenderOptions
from tests.sim import checks, tenants
from tests.sim.scene import play, sweep

HOST = "web.example.com"
HOLDER = tenants.lease(1000)
HEIR = tenants.lease(1001)
STRANGER = tenants.lease(2000, owner=tenants.BOB)


def generation(number, host=HOST):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", host=host))


async def both(scene):
    """The holder routes the hostname, the heir wants it too."""
    await scene.deployed(HOLDER, generation(1))
    await scene.deployed(HEIR, generation(2))


async def take_over(scene, lease=HEIR, host=HOST):
    with trio.fail_after(120):
        return await scene.daemon.service.manager(lease).take_over(host)


def routes(scene):
    return [o["metadata"]["namespace"] for k, o in scene.objects() if k.endswith("/ingresses")]


def declared(scene):
    return [o["spec"]["dseq"] for k, o in scene.objects() if k == checks.HOSTS]


def test_the_heir_routes_it_once_the_holders_route_is_gone():
    async def story(scene):
        await both(scene)
        outcome = await take_over(scene)
        # A process that has just begun waits for what the one before it may have sent.
        await scene.until(lambda: routes(scene) == [HEIR.namespace], 80)
        await scene.pause(60)
        quiet = scene.world.clock.now()
        await scene.pause(300)
        return (
            outcome,
            declared(scene),
            scene.status(HEIR),
            scene.status(HOLDER),
            checks.owned_twice(scene),
            checks.daemon_writes(scene, quiet),
            [checks.images(scene, lease) for lease in (HOLDER, HEIR)],
        )

    outcome, hosts, heir, holder, twice, idle, images = play(story)

    assert outcome == Transferred(HOST)
    assert hosts == [1001]
    assert (heir.hostnames, heir.withheld) == ((HOST,), ())
    assert (holder.hostnames, holder.withheld) == ((), (HOST,))
    assert twice == []
    assert idle == []
    assert images == [["nginx:1.1"], ["nginx:1.2"]]


def test_a_holder_whose_route_cannot_be_deleted_keeps_the_heir_from_routing():
    async def story(scene):
        stuck = True

        async def hook(number, request, carry_out):
            if stuck and request.method == "DELETE" and "/ingresses/" in request.path:
                await trio.sleep_forever()
            return await carry_out()

        await both(scene)
        scene.watch_requests(hook)
        outcome = await take_over(scene)
        await scene.pause(120)
        meanwhile = routes(scene), declared(scene), scene.status(HEIR).withheld
        stuck = False
        await scene.until(lambda: routes(scene) == [HEIR.namespace], 120)
        return outcome, meanwhile, checks.owned_twice(scene)

    outcome, (routed, hosts, waiting), twice = play(story)

    assert outcome == Transferred(HOST)
    assert routed == [HOLDER.namespace]
    assert hosts == [1001]
    assert waiting == (HOST,)
    assert twice == []


@pytest.mark.parametrize(
    ("lease", "wanted", "asked", "why"),
    [
        (HEIR, "mine.example.com", HOST, "does not ask for it"),
        (STRANGER, HOST, HOST, "another owner"),
        (HEIR, "blocked.example.com", "blocked.example.com", "blocked"),
    ],
    ids=["not wanted", "another owner's", "blocked"],
)
def test_what_may_not_be_taken_over_is_refused_and_changes_nothing(lease, wanted, asked, why):
    async def story(scene):
        scene.options = RenderOptions(blocked_hostnames=("blocked.example.com",))
        await scene.deployed(HOLDER, generation(1))
        scene.win(lease, generation(2, wanted))
        await scene.pause(30)
        since = scene.world.clock.now()
        outcome = await take_over(scene, lease, asked)
        await scene.pause(30)
        return outcome, checks.daemon_writes(scene, since), routes(scene), declared(scene)

    outcome, writes, routed, hosts = play(story)

    assert isinstance(outcome, TransferRefused)
    assert why in outcome.why
    assert writes == []
    assert HOLDER.namespace in routed
    assert 1000 in hosts


@pytest.mark.sweep
@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_the_daemon_is_killed_at_every_request_of_a_transfer(record_property, applied):
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
            scene.watch_requests()
            await scene.start()
            killed.set()

        await both(scene)
        scene.watch_requests(hook)
        with trio.move_on_after(30):
            await take_over(scene)
        with trio.move_on_after(30):
            await killed.wait()
        await scene.until_complete(HOLDER, 300)
        await scene.until_complete(HEIR, 300)
        await scene.until(
            lambda: (
                routes(scene)
                == [lease.namespace for lease in (HOLDER, HEIR) if lease.dseq in declared(scene)]
            ),
            120,
            "the route where the hostname is declared",
        )
        assert len(declared(scene)) == 1
        assert checks.owned_twice(scene) == []
        await scene.pause(10)
        quiet = scene.world.clock.now()
        await scene.pause(300)
        assert checks.daemon_writes(scene, quiet) == []
        return killed.is_set()

    points = sweep(story)
    record_property("sweep", f"daemon killed during a transfer: {points} points")
    assert points > 1
