"""What a start makes of what it finds: chain × mark × namespace, records that cannot be read, crashes."""

import orjson
import pytest
import trio

from provider.kubernetes.client import KubernetesClient
from provider.lease.manifest import ManifestError
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from simulator.wire.messages import Response
from simulator.world import KUBERNETES, MARKET
from tests.sim import checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
MANIFEST = tenants.manifest(tenants.web(), tenants.database())
RECORD = f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{LEASE.namespace}"
MERGE = "application/merge-patch+json"


def deletes(scene, since=0.0):
    return [w.target for w in checks.daemon_writes(scene, since) if w.method == "DELETE"]


async def mark(scene):
    note = {
        "metadata": {
            "annotations": {
                "leasekeeper.akash.network/closing": '{"reason": "closed", "height": 5}'
            }
        }
    }
    await scene.meddle("PATCH", RECORD, orjson.dumps(note), MERGE)


def test_held_and_marked_touches_nothing_and_raises_an_alarm():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        await mark(scene)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(600)
        alarms = scene.daemon.metrics.alarms._value.get()
        return scene.status(LEASE), checks.daemon_writes(scene, since), alarms

    status, writes, alarms = play(story)

    assert status.event.startswith("ALARM")
    assert alarms == 1
    assert writes == []


def test_unknown_and_marked_goes_on_tearing_down():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        await mark(scene)
        scene.world.network.down(MARKET)
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return True

    assert play(story)


def test_unknown_and_not_marked_touches_nothing_however_long():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        scene.world.network.down(MARKET)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(6 * 3600)
        quiet = checks.daemon_writes(scene, since)
        status = scene.status(LEASE)
        scene.world.network.up(MARKET)
        await scene.until_complete(LEASE)
        return quiet, status, checks.daemon_writes(scene, since)

    quiet, status, later = play(story)

    assert quiet == []
    assert status.phase == "deploy-pending"
    assert later == []


def test_a_lease_that_was_closed_while_the_daemon_was_down_is_torn_down():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.drain()
        scene.close(LEASE)
        await scene.pause(6 * 3600)
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return checks.murders(scene, LEASE)

    assert play(story) == []


def test_a_namespace_that_somebody_else_deletes_is_awaited_and_then_the_lease_is_deployed_again():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.meddle("DELETE", f"/api/v1/namespaces/{LEASE.namespace}")
        await scene.pause(3)
        waiting = scene.status(LEASE)
        await scene.pause(30)
        await scene.until_complete(LEASE)
        return waiting, deletes(scene)

    waiting, deleted = play(story)

    assert waiting.phase != "teardown-active"
    assert deleted == []


def test_a_record_that_cannot_be_read_never_touches_another_lease():
    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.deployed(LEASE, MANIFEST)
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        await scene.until_complete(other)
        await scene.drain()
        poison = {
            "spec": {"group": {"services": [{"name": "web", "count": -1, "resources": {"id": 1}}]}}
        }
        await scene.meddle("PATCH", RECORD, orjson.dumps(poison), MERGE)
        since = scene.world.clock.now()
        await scene.start()
        await scene.until_complete(other)
        await scene.pause(600)
        status = scene.status(LEASE)
        written = checks.daemon_writes(scene, since)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return status, written, scene.status(other).phase

    status, written, other = play(story)

    assert "services[0]" in status.refusal
    assert written == []
    assert other == "deploy-complete"


def test_an_unexpected_error_in_one_manager_leaves_the_others_and_is_survived(monkeypatch):
    """A bug that a tenant's input sets off: planted in the renderer, for one image only."""
    from provider.deployment import lease_view

    honest = lease_view.render

    def poisoned(lease, group, options, **more):
        if any(service.image == "poison" for service in group.services):
            raise ZeroDivisionError("poison")
        return honest(lease, group, options, **more)

    monkeypatch.setattr(lease_view, "render", poisoned)

    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.start()
        scene.win(LEASE, tenants.manifest(tenants.web(image="poison")))
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        await scene.until_complete(other)
        await scene.pause(300)
        broken = scene.status(LEASE).event
        scene.send(LEASE, MANIFEST)
        await scene.until_complete(LEASE)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return broken, scene.daemon.metrics.crashes._value.get()

    broken, crashes = play(story)

    assert "poison" in broken
    assert crashes >= 2


def test_a_lease_is_torn_down_although_its_manager_keeps_breaking(monkeypatch):
    from provider.deployment import lease_view

    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)

        def broken(*args, **more):
            raise ZeroDivisionError

        monkeypatch.setattr(lease_view, "render", broken)
        await scene.meddle("DELETE", f"/api/v1/namespaces/{LEASE.namespace}/services/web")
        await scene.pause(60)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return checks.murders(scene, LEASE)

    assert play(story) == []


def test_a_drain_in_the_middle_of_a_deploy_settles_what_is_on_the_wire_and_starts_nothing():
    async def story(scene):
        on_wire = trio.Event()

        async def slow(number, request, carry_out):
            if number == 3:
                on_wire.set()
                await trio.sleep(5)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(slow)
        scene.win(LEASE, MANIFEST)
        await on_wire.wait()
        sent, began = len(scene.requests), trio.current_time()
        await scene.drain()
        took, later = trio.current_time() - began, len(scene.requests)
        settled = any(kind == checks.POLICIES for kind, _ in scene.objects())
        scene.watch_requests()
        await scene.start()
        await scene.until_complete(LEASE)
        return sent, later, took, settled, deletes(scene)

    sent, later, took, settled, deleted = play(story)

    assert later == sent
    assert settled
    assert 4 < took < 6
    assert deleted == []


def test_a_drain_in_the_middle_of_a_teardown_starts_no_new_delete_and_the_next_start_goes_on():
    async def story(scene):
        on_wire = trio.Event()

        async def slow(number, request, carry_out):
            if request.method == "DELETE" and request.path.endswith(LEASE.namespace):
                on_wire.set()
                await trio.sleep(5)
            return await carry_out()

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(slow)
        scene.close(LEASE)
        await on_wire.wait()
        await scene.pause(1)
        since = scene.world.clock.now()
        await scene.drain()
        late = [t for t in deletes(scene, since + 4.9) if "namespaces/" + LEASE.namespace not in t]
        left = bool(checks.remains(scene, LEASE))
        scene.watch_requests()
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return late, left

    late, left = play(story)

    assert late == []
    assert left


def test_a_drain_ends_although_the_api_server_never_answers():
    async def story(scene):
        async def hang(number, request, carry_out):
            await trio.sleep_forever()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hang)
        scene.win(LEASE, MANIFEST)
        await scene.pause(2)
        began = trio.current_time()
        await scene.drain()
        return trio.current_time() - began

    assert play(story) <= 15


def test_what_the_go_provider_made_is_adopted_in_zero_writes_and_taken_over_by_the_first_update():
    async def story(scene):
        await by_the_go_provider(scene)
        # Its operator was stopped a while ago.
        await scene.pause(2 * 3600)
        scene.win(LEASE)
        await scene.start()
        await scene.until_complete(LEASE)
        await scene.pause(600)
        adopted = checks.daemon_writes(scene)
        scene.send(LEASE, tenants.manifest(tenants.web(image="nginx:1.28"), tenants.database()))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.28")
        await scene.until_complete(LEASE)
        since = scene.world.clock.now()
        await scene.pause(600)
        managers = {
            entry["manager"]
            for kind, obj in scene.objects()
            if kind == checks.DEPLOYMENTS
            for entry in obj["metadata"]["managedFields"]
            if "subresource" not in entry
        }
        idle = checks.daemon_writes(scene, since)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return adopted, managers, idle

    adopted, managers, idle = play(story)

    assert adopted == []
    assert "provider-services" not in managers
    assert "leasekeeper" in managers
    assert idle == []


def test_a_start_beside_the_hostname_operator_stops_and_names_the_setting():
    async def story(scene):
        scene.may_fail = True
        await by_the_go_provider(scene)
        scene.win(LEASE)
        await scene.start()
        await scene.ended(60)
        return str(scene.failure), checks.daemon_writes(scene)

    failure, writes = play(story)

    assert 'routes = "operator"' in failure
    assert writes == []


async def by_the_go_provider(scene):
    """The lease as the Go provider would have posted it."""
    bundle = render(LEASE, MANIFEST[0], RenderOptions())
    for obj in bundle.objects:
        group, _, version = obj["apiVersion"].rpartition("/")
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        plural = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}.get(obj["kind"])
        place = obj["metadata"].get("namespace")
        path = f"{root}/namespaces/{place}" if place else root
        await scene.meddle(
            "POST",
            f"{path}/{plural or obj['kind'].lower() + 's'}",
            orjson.dumps(obj),
            agent="provider-services/v0.10",
        )


def test_sixty_leases_come_through_a_restart_with_a_quarter_of_them_closed():
    async def story(scene):
        leases = [tenants.lease(5000 + n) for n in range(60)]
        await scene.start()
        for number, lease in enumerate(leases):
            scene.win(
                lease, tenants.manifest(tenants.web(host=f"h{number}.example.com", name="web"))
            )
        for lease in leases:
            await scene.until_complete(lease, 900)
        await scene.kill()
        closed = leases[::4]
        for lease in closed:
            scene.close(lease)
        since = scene.world.clock.now()
        await scene.start()
        await scene.until(lambda: not any(checks.remains(scene, lease) for lease in closed), 300)
        held = [lease for lease in leases if lease not in closed]
        for lease in held:
            await scene.until_complete(lease)
        touched = [
            w.target
            for w in checks.daemon_writes(scene, since)
            if any(lease.namespace in w.target for lease in held)
        ]
        return touched, checks.murders(scene, *leases)

    # So many losses at once wait for a second endpoint's word.
    assert play(story, market_nodes=2) == ([], [])


def test_the_api_server_may_be_away_at_the_start():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        scene.world.network.down(KUBERNETES)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(900)
        scene.world.network.up(KUBERNETES)
        await scene.until_complete(LEASE)
        return checks.daemon_writes(scene, since)

    assert play(story) == []


def test_a_lagging_node_does_not_stop_the_teardown_that_a_mark_tells_of():
    """Held at a block older than the mark is no word against it."""

    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        note = {"height": 10**9, "reason": "closed", "endpoint": "elsewhere"}
        body = {
            "metadata": {
                "annotations": {"leasekeeper.akash.network/closing": orjson.dumps(note).decode()}
            }
        }
        await scene.meddle("PATCH", RECORD, orjson.dumps(body), MERGE)
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return True

    assert play(story)


def test_an_adopted_lease_shows_its_replicas_at_once():
    async def story(scene):
        await scene.deployed(LEASE, MANIFEST)
        await scene.kill()
        await scene.start()
        await scene.pause(10)
        status = scene.status(LEASE)
        return status.ready, status.wanted, status.health

    assert play(story) == (2, 2, "healthy")


def test_an_unexpected_error_inside_one_request_leaves_the_others_and_is_survived(monkeypatch):
    """A bug on the way to the wire, where no manager waits: planted for one image only."""
    honest = KubernetesClient.apply

    async def poisoned(self, obj, **more):
        if obj["kind"] == "Deployment" and b"poison" in orjson.dumps(obj):
            raise ZeroDivisionError("poison")
        return await honest(self, obj, **more)

    monkeypatch.setattr(KubernetesClient, "apply", poisoned)

    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.start()
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        scene.win(LEASE, tenants.manifest(tenants.web(image="poison")))
        await scene.until_complete(other)
        await scene.pause(120)
        broken = scene.status(LEASE).event
        scene.send(other, tenants.manifest(tenants.web("nginx:1.28", host="other.example.com")))
        await scene.until(lambda: checks.images(scene, other)[-1] == "nginx:1.28")
        scene.send(LEASE, MANIFEST)
        await scene.until_complete(LEASE)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return broken, scene.daemon.metrics.crashes._value.get()

    broken, crashes = play(story)

    assert "poison" in broken
    assert crashes >= 2


def test_a_count_that_no_server_can_store_is_turned_away_and_harms_nobody():
    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)
        await scene.deployed(LEASE, MANIFEST)
        scene.win(other)
        with pytest.raises(ManifestError, match="count"):
            scene.send(other, tenants.manifest(tenants.web(count=2**64, host="b.example.com")))
        await scene.pause(60)
        return scene.status(LEASE), checks.remains(scene, other)

    status, made = play(story)

    assert status.phase == "deploy-complete"
    assert made == []


def test_a_refusal_that_makes_no_sense_stays_with_its_lease():
    """A proxy's 422 whose causes are a number, for every write of one tenant."""

    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)

        async def odd(number, request, carry_out):
            if request.method == "PATCH" and LEASE.namespace in request.path:
                body = b'{"kind": "Status", "reason": "Invalid", "details": {"causes": 5}}'
                return Response(422, (("content-type", "application/json"),), body)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(odd)
        scene.win(LEASE, MANIFEST)
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        await scene.until_complete(other)
        refusal = scene.status(LEASE).refusal
        scene.watch_requests()
        scene.send(LEASE, MANIFEST)
        await scene.until_complete(LEASE)
        return refusal, scene.daemon.metrics.crashes._value.get()

    refusal, crashes = play(story)

    assert "Invalid" in refusal
    assert crashes == 0


def test_a_first_deploy_that_a_crash_cut_short_is_finished_when_its_successor_is_refused():
    async def story(scene):
        other = tenants.lease(3000, owner=tenants.BOB)

        async def hang(number, request, carry_out):
            if "/ingresses/" in request.path:
                await trio.sleep_forever()
            return await carry_out()

        await scene.deployed(LEASE, MANIFEST)
        scene.watch_requests(hang)
        scene.win(other, tenants.manifest(tenants.web(host="other.example.com")))
        await scene.until(lambda: checks.images(scene, other))
        await scene.kill()
        scene.watch_requests()
        await scene.start()
        # The successor wants a hostname that somebody else has.
        scene.send(other, tenants.manifest(tenants.web("nginx:1.28")))
        await scene.until(lambda: scene.status(other).refusal)
        await scene.pause(300)
        return scene.status(other), {line.split()[0] for line in checks.remains(scene, other)}

    status, kinds = play(story)

    assert "another owner" in status.refusal
    assert status.phase == "deploy-complete"
    assert status.hostnames == ("other.example.com",)
    assert {checks.DEPLOYMENTS, checks.PODS, "v1/services"} <= kinds


def test_a_first_deploy_that_a_crash_cut_short_leaves_no_workload_when_it_is_refused_later():
    """What the killed process had made goes too, although the next one did not make it."""

    async def story(scene):
        async def hang(number, request, carry_out):
            if "/ingresses/" in request.path:
                await trio.sleep_forever()
            return await carry_out()

        async def refuse(number, request, carry_out):
            if request.method == "PATCH" and "/ingresses/" in request.path:
                body = b'{"kind": "Status", "reason": "Invalid", "message": "no such route here"}'
                return Response(422, (("content-type", "application/json"),), body)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hang)
        scene.win(LEASE, tenants.manifest(tenants.web()))
        await scene.until(lambda: checks.images(scene, LEASE))
        await scene.kill()
        scene.watch_requests(refuse)
        await scene.start()
        await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).refusal)
        await scene.pause(120)
        return (
            scene.status(LEASE),
            {line.split()[0] for line in checks.remains(scene, LEASE)},
            scene.daemon.service.around.ledger.held_by(LEASE),
        )

    status, kinds, held = play(story)

    assert "no such route" in status.refusal
    assert not kinds & {checks.DEPLOYMENTS, checks.PODS, "v1/services"}
    assert {"v1/namespaces", checks.RECORDS} <= kinds
    assert held == set()
