"""What random campaigns have found, each as the shortest story that showed it."""

import attrs
import orjson
import pytest
import trio

from provider.lease.manifest import CPU
from tests.sim import answers, checks, tenants
from tests.sim.scene import play
from tests.sim.test_leadership import start_second

LEASE = tenants.lease()
OTHER = tenants.lease(2000, owner=tenants.BOB)
HOLD = "leasekeeper.akash.network/hold"


def wanting(cores, *, count=1, host="web.example.com", image="nginx:1.27"):
    """A service that wants so many cores a replica; each of the three nodes has 16."""
    service = tenants.web(image=image, host=host, count=count)
    resources = attrs.evolve(service.resources, cpu=CPU(cores * 1000))
    return tenants.manifest(attrs.evolve(service, resources=resources))


def crashes(scene):
    return scene.daemon.metrics.crashes._value.get()


def there(scene, kind, lease=LEASE):
    return [
        o["metadata"]["name"]
        for path, o in scene.objects()
        if path == kind and o["metadata"].get("namespace") == lease.namespace
    ]


async def waiting_update(scene):
    """What runs has a newer manifest, for which there is no room on any node."""
    await scene.deployed(LEASE, tenants.manifest(tenants.web()))
    scene.send(LEASE, wanting(17))
    await scene.until(lambda: scene.status(LEASE).missing, 60, "no room")


# ── an update that waits for room ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", ["refused", "held back"])
def test_what_cannot_be_repaired_while_an_update_waits_for_room_is_tried_again(trouble):
    """The manager broke, again and again, on whatever a repair can meet."""

    async def note(scene, value):
        doc = {"metadata": {"annotations": {HOLD: value}}}
        path = f"/api/v1/namespaces/{LEASE.namespace}"
        await scene.meddle("PATCH", path, orjson.dumps(doc), "application/merge-patch+json")

    async def story(scene):
        await waiting_update(scene)

        async def hook(number, request, carry_out):
            if request.method == "PATCH" and trouble == "refused":
                return answers.invalid()
            answer = await carry_out()
            if "/networkpolicies/" in request.path:
                await note(scene, "maintenance")
                await scene.pause(1)
            return answer

        scene.watch_requests(hook)
        root = f"/apis/networking.k8s.io/v1/namespaces/{LEASE.namespace}/networkpolicies"
        await scene.meddle("DELETE", f"{root}/akash-deployment-restrictions")
        await scene.meddle("DELETE", f"/api/v1/namespaces/{LEASE.namespace}/services/web")
        await scene.pause(60)
        broken, sent = crashes(scene), len(scene.requests)
        scene.watch_requests()
        if trouble == "held back":
            await note(scene, None)
        await scene.until(lambda: there(scene, "v1/services") == ["web"], 60, "the repair")
        return broken, crashes(scene), sent, scene.status(LEASE).missing

    broken, after, sent, missing = play(story)

    assert (broken, after) == (0, 0)
    assert sent < 60
    assert "cpu" in missing


# ── what a refusal goes back to ─────────────────────────────────────────────────────────────────


def test_a_refusal_does_not_start_a_manifest_that_waits_for_room():
    """It was booked and deployed as if it had run before, on nodes that were full."""

    async def story(scene):
        await scene.start()
        scene.win(OTHER, wanting(12, count=3, host="other.example.com"))
        await scene.until_complete(OTHER)
        scene.win(LEASE, wanting(8))
        await scene.until(lambda: (s := scene.status(LEASE)) and s.missing, 60, "no room")
        scene.send(LEASE, wanting(8, host="other.example.com"))
        await scene.until(lambda: scene.status(LEASE).refusal, 60, "refused")
        await scene.pause(60)
        early = there(scene, checks.DEPLOYMENTS), scene.status(LEASE)
        full = [n.overfull for n in scene.daemon.capacity().nodes]
        scene.close(OTHER)
        await scene.until(lambda: there(scene, checks.DEPLOYMENTS) == ["web"], 120, "its turn")
        return early, full

    (early, status), full = play(story)

    assert early == []
    assert status.missing
    assert not any(full)


def test_an_update_that_waited_for_room_across_a_restart_has_still_never_run():
    """Its second generation passed for one that was accepted, and so ran after a refusal."""

    async def story(scene):
        await scene.start()
        scene.win(OTHER, wanting(12, count=3, host="other.example.com"))
        await scene.until_complete(OTHER)
        scene.win(LEASE, wanting(8))
        await scene.until(lambda: (s := scene.status(LEASE)) and s.missing, 60, "no room")
        scene.send(LEASE, wanting(9))
        await scene.until(lambda: scene.status(LEASE).generation == 2, 60, "on record")
        await scene.drain()
        await scene.start()
        await scene.until(lambda: (s := scene.status(LEASE)) and s.missing, 60, "no room still")
        scene.send(LEASE, wanting(9, host="other.example.com"))
        await scene.until(lambda: scene.status(LEASE).refusal, 60, "refused")
        await scene.pause(60)
        return there(scene, checks.DEPLOYMENTS), scene.status(LEASE).missing

    runs, missing = play(story)

    assert runs == []
    assert "cpu" in missing


def test_a_refused_first_manifest_takes_no_room_from_others():
    async def story(scene):
        await scene.start()
        await scene.until(scene.ready)

        async def hook(number, request, carry_out):
            is_workload = "/deployments/" in request.path and LEASE.namespace in request.path
            return answers.invalid() if is_workload else await carry_out()

        scene.watch_requests(hook)
        scene.win(LEASE, wanting(10, count=3))
        await scene.until(lambda: (s := scene.status(LEASE)) and s.refusal, 60, "refused")
        scene.watch_requests()
        scene.win(OTHER, wanting(10, count=3, host="other.example.com"))
        await scene.until_complete(OTHER)
        scene.close(OTHER)
        await scene.until(lambda: scene.status(OTHER) is None, 300, "gone")
        scene.send(LEASE, wanting(10, count=3, image="nginx:1.28"))
        await scene.until_complete(LEASE)
        return [n.committed["cpu"] for n in scene.daemon.capacity().nodes]

    assert play(story) == [10_000] * 3


# ── a daemon that waits while another one writes ────────────────────────────────────────────────


async def standby(scene):
    """Another daemon of the provider, which has seen the cluster before anything was deployed."""
    await scene.start()
    await scene.until(scene.ready)
    second = await start_second(scene)
    await scene.pause(20)
    return second


def test_a_standby_knows_what_was_booked_while_it_waited():
    """It gave away a hostname that the daemon before it had let another tenant route."""

    async def story(scene):
        second = await standby(scene)
        scene.win(LEASE, tenants.manifest(tenants.web()))
        await scene.until_complete(LEASE)
        await scene.kill()
        scene.daemon = second.daemon
        scene.win(OTHER, tenants.manifest(tenants.web()))
        await scene.until(lambda: scene.status(OTHER).refusal, 60, "refused")
        await scene.until_complete(LEASE)
        routes = [
            o["metadata"]["namespace"] for k, o in scene.objects() if k.endswith("/ingresses")
        ]
        return routes, scene.daemon.capacity().leases

    routes, booked = play(story)

    assert routes == [LEASE.namespace]
    assert booked == 1


def test_a_standby_goes_on_from_the_newest_manifest():
    """It went back to what it had seen when it began to wait."""

    async def story(scene):
        await scene.deployed(LEASE, tenants.manifest(tenants.web(image="nginx:1.1")))
        second = await start_second(scene)
        await scene.pause(20)
        scene.send(LEASE, tenants.manifest(tenants.web(image="nginx:1.2")))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2", 60)
        await scene.until_complete(LEASE)
        await scene.drain()
        scene.daemon = second.daemon
        await scene.until_complete(LEASE)
        await scene.pause(60)
        return checks.images(scene, LEASE)

    assert play(story) == ["nginx:1.1", "nginx:1.2"]


def test_a_daemon_that_was_overtaken_ends_also_when_its_rival_has_left():
    """It took the Lease again, with books that knew nothing of what the rival had done."""

    async def story(scene):
        await scene.start()
        first = await start_second(scene, "first")
        await scene.drain()
        await scene.until(lambda: not first.daemon.readiness(), 60, "the first writes")
        first.link.cut(silent=True)
        second = await start_second(scene)
        await scene.until(lambda: not second.daemon.readiness(), 60, "the second writes")
        second.daemon.drain()
        await second.ended.wait()
        first.link.restore()
        with trio.fail_after(60):
            await first.ended.wait()
        return first.raised

    assert ["one that has left" in why for why in play(story)] == [True]


# ── a hostname on its way to another lease ──────────────────────────────────────────────────────

HEIR = tenants.lease(1001)


@pytest.mark.parametrize("landed", [False, True], ids=["never sent", "answer lost"])
def test_a_transfer_that_its_heir_gives_up_leaves_the_hostname_with_its_holder(landed):
    """It stayed destined for the heir for ever, and the holder never repaired its ProviderHost."""

    async def story(scene):
        await scene.deployed(LEASE, tenants.manifest(tenants.web(image="nginx:1.1")))
        await scene.deployed(HEIR, tenants.manifest(tenants.web(image="nginx:1.2")))

        async def hook(number, request, carry_out):
            if request.method == "PATCH" and "/providerhosts/" in request.path:
                if landed:
                    await carry_out()
                await trio.sleep_forever()
            return await carry_out()

        scene.watch_requests(hook)
        outcomes = []

        async def ask():
            outcomes.append(await scene.daemon.service.manager(HEIR).take_over("web.example.com"))

        scene.nursery.start_soon(ask)
        await scene.pause(1)
        scene.watch_requests()
        newer = tenants.web(image="nginx:1.3", host="other.example.com")
        scene.send(HEIR, tenants.manifest(newer))
        await scene.until(lambda: outcomes, 120, "an outcome")
        await scene.pause(60)
        if not landed:
            hosts = "/apis/akash.network/v2beta2/namespaces/lease/providerhosts"
            await scene.meddle("DELETE", f"{hosts}/web.example.com")
            await scene.pause(60)
        declared = {
            o["metadata"]["name"]: o["spec"]["dseq"]
            for k, o in scene.objects()
            if k == checks.HOSTS
        }
        return outcomes, declared

    outcomes, declared = play(story)

    assert [type(outcome).__name__ for outcome in outcomes] == ["TransferRefused"]
    assert declared == {"web.example.com": LEASE.dseq, "other.example.com": HEIR.dseq}
