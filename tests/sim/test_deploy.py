"""The deploy path: what it costs, in which order, and what an update touches."""

import orjson

from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from tests.sim import answers, checks, tenants
from tests.sim.scene import play


def test_a_new_lease_with_one_hostname_costs_seven_requests():
    async def story(scene):
        lease = tenants.lease()
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests()
        scene.win(lease, tenants.manifest(tenants.web()))
        await scene.until_complete(lease)
        return [(r.method, r.path.rsplit("/", 2)[1]) for r in scene.requests]

    sent = play(story)

    assert sorted(sent) == sorted(
        [
            ("PATCH", "manifests"),
            ("PATCH", "namespaces"),
            ("PATCH", "networkpolicies"),
            ("PATCH", "deployments"),
            ("PATCH", "services"),
            ("PATCH", "ingresses"),
            ("PATCH", "providerhosts"),
        ]
    )
    assert [kind for _, kind in sent[:3]] == ["manifests", "namespaces", "networkpolicies"]
    assert sent[-1][1] == "providerhosts"


def test_an_image_change_costs_one_trial_and_two_writes_and_restarts_nothing_else():
    async def story(scene):
        lease = tenants.lease()
        await scene.deployed(lease, tenants.manifest(tenants.web(), tenants.database()))
        before = {
            o["metadata"]["name"]: o["metadata"]["uid"]
            for k, o in scene.objects()
            if k == "v1/pods"
        }
        scene.watch_requests()
        scene.send(lease, tenants.manifest(tenants.web(image="nginx:1.28"), tenants.database()))
        await scene.until(lambda: checks.images(scene, lease)[-1] == "nginx:1.28")
        await scene.until_complete(lease)
        after = {
            o["metadata"]["name"]: o["metadata"]["uid"]
            for k, o in scene.objects()
            if k == "v1/pods"
        }
        sent = [(r.path.rsplit("/", 2)[1], r.query_value("dryRun")) for r in scene.requests]
        return (
            lease,
            sent,
            before,
            after,
            checks.goes_back(scene, lease, ["nginx:1.27", "nginx:1.28"]),
        )

    _, sent, before, after, back = play(story)

    assert sent == [("deployments", "All"), ("manifests", ""), ("deployments", "")]
    assert before["db-0"] == after["db-0"]
    assert back == []


def test_a_restart_with_nothing_changed_writes_nothing():
    async def story(scene):
        leases = [tenants.lease(1000 + n) for n in range(5)]
        await scene.start()
        for number, lease in enumerate(leases):
            web = tenants.web(host=f"{number}.example.com")
            scene.win(lease, tenants.manifest(web, tenants.database()))
        for lease in leases:
            await scene.until_complete(lease)
        await scene.drain()
        restarted = scene.world.clock.now()
        await scene.start()
        for lease in leases:
            await scene.until_complete(lease)
        await scene.pause(3600)
        return checks.daemon_writes(scene, restarted), [s.phase for s in scene.daemon.statuses()]

    writes, phases = play(story)

    assert writes == []
    assert phases == ["deploy-complete"] * 5


def test_a_hostname_that_another_owner_holds_refuses_the_manifest_and_changes_nothing():
    async def story(scene):
        first, second = tenants.lease(1000), tenants.lease(2000, owner=tenants.BOB)
        await scene.deployed(first, tenants.manifest(tenants.web()))
        scene.win(second, tenants.manifest(tenants.web()))
        await scene.until(lambda: scene.status(second) and scene.status(second).refusal)
        await scene.pause(60)
        return scene.status(second), checks.remains(scene, second)

    status, remains = play(story)

    assert "web.example.com" in status.refusal
    assert "another owner" in status.refusal
    assert remains == []


def test_an_update_that_renames_a_service_is_refused_and_the_old_one_runs_on():
    async def story(scene):
        lease = tenants.lease()
        await scene.deployed(lease, tenants.manifest(tenants.web()))
        scene.watch_requests()
        scene.send(lease, tenants.manifest(tenants.web(name="other")))
        await scene.until(lambda: scene.status(lease).refusal)
        await scene.pause(300)
        return scene.status(lease), scene.requests

    status, requests = play(story)

    assert "names of the services" in status.refusal
    assert status.phase == "deploy-complete"
    assert requests == []


def test_an_update_that_the_trial_refuses_changes_nothing():
    async def story(scene):
        lease = tenants.lease()
        await scene.deployed(lease, tenants.manifest(tenants.web()))

        async def policy(number, request, carry_out):
            return answers.invalid() if b"nginx:1.28" in request.body else await carry_out()

        scene.watch_requests(policy)
        scene.send(lease, tenants.manifest(tenants.web(image="nginx:1.28")))
        await scene.until(lambda: scene.status(lease).refusal)
        await scene.pause(300)
        writes = [r for r in scene.requests if not r.query_value("dryRun")]
        return scene.status(lease), writes, checks.images(scene, lease)

    status, writes, images = play(story)

    assert "not on this cluster" in status.refusal
    assert status.refusal_object == f"Deployment {tenants.lease().namespace}/web"
    assert status.refusal_field == "spec"
    assert (status.accepted_generation, status.newest_generation) == (1, 1)
    assert writes == []
    assert images == ["nginx:1.27"]


def test_what_somebody_else_changes_or_deletes_is_put_back():
    async def story(scene):
        lease = tenants.lease()
        await scene.deployed(lease, tenants.manifest(tenants.web()))
        scene.watch_requests()
        await scene.meddle("DELETE", f"/api/v1/namespaces/{lease.namespace}/services/web")
        await scene.meddle(
            "DELETE", f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{lease.namespace}"
        )
        await scene.pause(60)
        return {
            kind
            for kind, o in scene.objects()
            if lease.namespace in (o["metadata"].get("namespace"), o["metadata"]["name"])
        }, scene.requests

    kinds, requests = play(story)

    assert {"v1/services", "akash.network/v2beta2/manifests"} <= kinds
    assert len(requests) == 2


def test_a_host_record_that_names_another_lease_is_never_written_over():
    async def story(scene):
        lease, stranger = tenants.lease(), tenants.lease(77, owner=tenants.BOB)
        bundle = render(stranger, tenants.group(tenants.web()), RenderOptions())
        place = "/apis/akash.network/v2beta2/namespaces/lease/providerhosts"
        await scene.start()
        await scene.until(scene.ready)
        # It comes after the start, so the ledger knows nothing of it.
        await scene.meddle("POST", place, orjson.dumps(bundle.hosts[0]))
        scene.win(lease, tenants.manifest(tenants.web()))
        await scene.pause(120)
        owners = [o["spec"]["owner"] for k, o in scene.objects() if k == checks.HOSTS]
        waiting = scene.status(lease).event
        await scene.meddle("DELETE", f"{place}/web.example.com")
        await scene.until_complete(lease)
        after = [o["spec"]["owner"] for k, o in scene.objects() if k == checks.HOSTS]
        return owners, waiting, after

    owners, waiting, after = play(story)

    assert owners == [tenants.BOB]
    assert "belongs to somebody else" in waiting
    assert after == [tenants.ALICE]


def test_a_watch_that_lags_behind_our_own_writes_costs_no_request_more():
    async def story(scene):
        lease = tenants.lease()
        scene.delay_watches(3)
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests()
        scene.win(lease, tenants.manifest(tenants.web()))
        await scene.until_complete(lease)
        await scene.pause(60)
        return len(scene.requests)

    assert play(story) == 7
