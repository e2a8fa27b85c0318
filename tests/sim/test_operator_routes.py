"""Where the hostname operator makes the routes, we declare hostnames and touch no route."""

import orjson

from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from tests.sim import checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
OTHER = tenants.lease(2000, owner=tenants.BOB)
PATH = f"/apis/networking.k8s.io/v1/namespaces/{LEASE.namespace}/ingresses"


def generation(number, host="web.example.com"):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", host=host))


async def routed_by_the_operator(scene):
    """It answers our ProviderHost with an Ingress of its own."""
    scene.options = RenderOptions(routes="operator")
    await scene.deployed(LEASE, generation(1))
    route = render(LEASE, generation(1)[0], RenderOptions()).routes[0]
    await scene.meddle("POST", PATH, orjson.dumps(route), agent="provider-services/v0.10")


def routes(scene):
    return [o["metadata"]["name"] for k, o in scene.objects() if k.endswith("/ingresses")]


def touched(scene):
    writes = checks.daemon_writes(scene)
    return [w.target for w in writes if "/ingresses/" in w.target]


def test_a_route_is_never_created_corrected_or_pruned():
    async def story(scene):
        await routed_by_the_operator(scene)
        scene.send(LEASE, generation(2, "two.example.com"))
        await scene.until(lambda: scene.status(LEASE).hostnames == ("two.example.com",))
        body = b'{"metadata": {"annotations": {"x": "y"}}}'
        await scene.meddle("PATCH", f"{PATH}/web.example.com", body, "application/merge-patch+json")
        await scene.pause(300)
        return routes(scene), touched(scene)

    assert play(story) == (["web.example.com"], [])


def test_a_teardown_leaves_the_route_to_the_operator_and_keeps_its_name_until_it_is_gone():
    async def story(scene):
        await routed_by_the_operator(scene)
        body = b'{"metadata": {"finalizers": ["example.com/operator"]}}'
        await scene.meddle("PATCH", f"{PATH}/web.example.com", body, "application/merge-patch+json")
        scene.close(LEASE)
        await scene.pause(60)
        scene.win(OTHER, generation(2))
        await scene.pause(30)
        refusal = scene.status(OTHER).refusal
        body = b'{"metadata": {"finalizers": null}}'
        await scene.meddle("PATCH", f"{PATH}/web.example.com", body, "application/merge-patch+json")
        await scene.until(lambda: not checks.remains(scene, LEASE), 200)
        await scene.until_complete(OTHER)
        return refusal, touched(scene)

    refusal, writes = play(story)

    assert "another owner" in refusal
    assert writes == []
