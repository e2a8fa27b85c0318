"""Every arm of every counter is moved by something that really happens; one story after the other."""

import attrs
import orjson
import pytest
import trio

from provider.app import Daemon
from provider.kubernetes.kinds import MANIFEST
from provider.market.closing import CloseRefused, CloseUnknown, Sent
from provider.telemetry.metrics import KUBE_RESULTS, Metrics
from provider.workload import labels
from simulator.wire.messages import Response
from tests.sim import tenants
from tests.sim.scene import SEED, play
from tests.sim.test_gateway import compiled, put, silence, until_ready, updated, won

LEASE = tenants.lease()


async def started(scene):
    """A daemon whose cluster is seen and whose market answers."""
    await scene.start()
    await until_ready(scene)


async def deployed(scene, *leases):
    for lease in leases:
        won(scene, lease, compiled(host=f"h{lease.dseq}.example.com"))
        await put(scene, lease, compiled(host=f"h{lease.dseq}.example.com"))
        await scene.until_complete(lease)


# ── stories ─────────────────────────────────────────────────────────────────────────────────────


async def a_life(scene):
    """Deployed, sent again, updated, torn down; and what nobody may send."""
    await started(scene)
    await put(scene, LEASE, compiled())
    await deployed(scene, LEASE)
    await put(scene, LEASE, compiled(host="h1000.example.com"))
    await put(scene, LEASE, compiled("nginx:1.28"))
    scene.close(LEASE)
    await scene.until(lambda: scene.status(LEASE).phase.startswith("teardown"), 60)
    await put(scene, LEASE, compiled(host="h1000.example.com"))
    await scene.until(lambda: scene.status(LEASE) is None, 300)
    bare = tenants.lease(3000)
    scene.win(bare)
    await scene.pause(10)
    scene.close(bare)
    await scene.until(lambda: scene.status(bare) is None, 300)


async def a_silent_market(scene):
    await started(scene)
    won(scene, LEASE, compiled())
    await scene.pause(10)
    silence(scene)
    await scene.pause(30)
    await put(scene, LEASE, compiled())


async def a_taken_hostname(scene):
    await started(scene)
    await deployed(scene, LEASE)
    other = tenants.lease(2000, owner=tenants.BOB)
    scene.win(other, tenants.manifest(tenants.web(host="h1000.example.com")))
    await scene.pause(30)


async def an_update_refused_half_way(scene):
    """The trial passes, the apply does not: what ran before is put back."""
    await started(scene)
    await deployed(scene, LEASE)

    async def refuse(_number, request, carry_out):
        trial = request.query_value("dryRun")
        newer = b"nginx:1.28" in request.body
        if request.method != "PATCH" or "/deployments/" not in request.path or trial or not newer:
            return await carry_out()
        await trio.lowlevel.checkpoint()
        return _refused()

    scene.watch_requests(refuse)
    newer = compiled("nginx:1.28", "h1000.example.com")
    updated(scene, LEASE, newer)
    await put(scene, LEASE, newer)
    await scene.pause(60)


async def a_rollback_refused_too(scene):
    await started(scene)
    await deployed(scene, LEASE)

    async def refuse(_number, request, carry_out):
        trial = request.query_value("dryRun")
        if request.method != "PATCH" or "/deployments/" not in request.path or trial:
            return await carry_out()
        await trio.lowlevel.checkpoint()
        return _refused()

    newer = compiled("nginx:1.28", "h1000.example.com")
    updated(scene, LEASE, newer)
    await _half_way(scene, newer, refuse)


async def _half_way(scene, newer, refuse):
    """The Deployment of the newer one lands, its Service's port does not, and nothing goes back."""
    seen = []

    async def hook(number, request, carry_out):
        trial = request.query_value("dryRun")
        if request.method == "PATCH" and "/deployments/" in request.path and not trial:
            if seen:
                return await refuse(number, request, carry_out)
            seen.append(number)
            await carry_out()
            return _refused()
        return await carry_out()

    scene.watch_requests(hook)
    await put(scene, LEASE, newer)
    await scene.pause(60)


async def a_teardown_that_meets_errors(scene):
    await started(scene)
    await deployed(scene, LEASE)
    count = []

    async def hook(_number, request, carry_out):
        if request.method == "DELETE" and len(count) < 3:
            count.append(request)
            await trio.lowlevel.checkpoint()
            return Response(500)
        return await carry_out()

    scene.watch_requests(hook)
    scene.close(LEASE)
    await scene.until(lambda: scene.status(LEASE) is None, 300)


async def no_room(scene):
    await started(scene)
    big = tenants.web()
    big = attrs.evolve(big, resources=attrs.evolve(big.resources, cpu=tenants.CPU(10**7)))
    scene.win(LEASE, tenants.manifest(big))
    await scene.pause(30)
    scene.close(LEASE)
    await scene.until(lambda: scene.status(LEASE) is None, 300)


@attrs.define
class Outcomes:
    """A closer that answers with one outcome after the other."""

    left: list
    note: str = "for a test"

    async def close(self, _lease, _reason):
        await trio.lowlevel.checkpoint()
        return self.left.pop(0) if self.left else Sent()


async def an_image_that_never_pulls(scene):
    """Its budget is spent, so the lease is to be closed; the market refuses, is silent, then does it."""
    await scene.start()
    settings = scene.daemon.settings
    short = attrs.evolve(settings.deployment, budget_image_seconds=30.0)
    await scene.drain()
    closer = Outcomes([CloseRefused("not yet"), CloseUnknown("silence"), Sent()])
    await start_with(scene, settings=attrs.evolve(settings, deployment=short), closer=closer)
    await until_ready(scene)
    scene.win(LEASE, tenants.manifest(tenants.web("fail:1")))
    await scene.until(lambda: not closer.left, 3600, "closed")
    await scene.pause(10)


async def start_with(scene, **changes):
    """A daemon as `scene.start` makes it, but for some of its parts."""
    old = scene.daemon
    parts = {
        field.name: getattr(old, field.name)
        for field in attrs.fields(Daemon)
        if field.init and field.name not in ("metrics", "rng")
    }
    scene._link = scene.world.network.link("daemon-changed")
    parts |= {"kubernetes_network": scene._link.backend, "market_network": scene._link.backend}
    scene.daemon = Daemon(**{**parts, "rng": old.rng, **changes})
    scene._ended = trio.Event()
    await scene.nursery.start(scene._run, scene.daemon, scene._ended)


async def a_dark_node(scene):
    """What cannot be seen is unknown, which is neither up nor down."""
    await started(scene)
    await deployed(scene, LEASE)
    scene._link.cut(silent=True)
    await scene.pause(300)


async def a_bug_in_a_manager(scene):
    await started(scene)
    await deployed(scene, LEASE)

    def broken(*_args, **_kwargs):
        raise RuntimeError("a bug")

    object.__setattr__(scene.daemon.service.manager(LEASE)._converging, "permitted", broken)
    scene.daemon.submit(
        LEASE, tenants.manifest(tenants.web("nginx:1.30", host="h1000.example.com")), "dc1"
    )
    await scene.pause(30)


async def a_mark_on_a_held_lease(scene):
    """Somebody says that it closes, the chain says that it is held: only a human can tell."""
    await started(scene)
    await deployed(scene, LEASE)
    await scene.kill()
    note = {"metadata": {"annotations": {labels.CLOSING: '{"reason": "closed", "height": 5}'}}}
    record = f"/apis/{MANIFEST.api_version}/namespaces/lease/manifests/{LEASE.namespace}"
    await scene.meddle("PATCH", record, orjson.dumps(note), "application/merge-patch+json")
    await scene.start()
    await scene.pause(60)


STORIES = (
    a_life,
    a_silent_market,
    a_taken_hostname,
    an_update_refused_half_way,
    a_rollback_refused_too,
    a_teardown_that_meets_errors,
    no_room,
    an_image_that_never_pulls,
    a_dark_node,
    a_bug_in_a_manager,
    a_mark_on_a_held_lease,
)


def _refused():
    body = {
        "kind": "Status",
        "code": 422,
        "reason": "Invalid",
        "status": "Failure",
        "message": "Deployment.apps is invalid: spec: Invalid value",
        "details": {"causes": [{"reason": "FieldValueInvalid", "message": "no", "field": "spec"}]},
    }
    return Response(422, (("content-type", "application/json"),), orjson.dumps(body))


def moved(story, seed=SEED):
    """What a story moved: name and labels of each counter that is not 0."""

    async def told(scene):
        await story(scene)
        return {
            (metric.name, *sample.labels.values())
            for metric in scene.daemon.metrics.registry.collect()
            for sample in metric.samples
            if metric.type == "counter" and sample.name.endswith("_total") and sample.value > 0
        }

    return play(told, seed=seed)


@pytest.fixture(scope="module")
def seen():
    return set().union(*(moved(story) for story in STORIES))


ARMS = [
    (family.name, *arm)
    for family in Metrics().families
    if family.kind == "counter"
    for arm in (family.arms or ((),))
    if family.arms or not family.labels
]


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: " ".join(arm))
def test_something_that_really_happens_moves_it(seen, arm):
    assert arm in seen


def test_every_request_is_counted_with_its_resource_verb_and_outcome(seen):
    calls = {arm[1:] for arm in seen if arm[0] == "provider_kube_calls"}

    assert {result for _, result in calls} == set(KUBE_RESULTS)
    for action in (
        *("namespaces-create", "namespaces-delete", "namespaces-get", "namespaces-list"),
        *("manifests-create", "manifests-apply", "manifests-watch", "providerhosts-create"),
        *("deployments-create", "deployments-try", "deployments-apply", "pods-list"),
        *("services-create", "networkpolicies-create", "ingresses-create", "ingresses-delete"),
        "leases-create",
    ):
        assert (action, "success") in calls
