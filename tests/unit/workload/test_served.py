"""What is rendered is what an API server takes, and what it gives back is no difference."""

import copy
from collections.abc import Iterable

import orjson
import pytest
import yaml

from provider.http.client import HttpClient, open_http
from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import ObjectKey, key_of
from provider.kubernetes.paths import object_path
from provider.lease.manifest import Expose, Params
from provider.reconcile.differs import differs
from provider.reconcile.prune import leftovers
from provider.workload import crds
from provider.workload.bundle import Bundle, render
from simulator import deterministic
from simulator.world import KUBERNETES, World, open_world
from tests.unit.workload.samples import LEASE, OPTIONS, group, http, service
from tests.unit.workload.test_golden import CASES


async def applied(cluster: HttpClient, obj: JSONObject) -> JSONObject:
    answer = await cluster.request(
        "PATCH",
        object_path(key_of(obj)),
        query=(("fieldManager", "leasekeeper"), ("force", "true")),
        body=orjson.dumps(obj),
        content_type="application/apply-patch+yaml",
    )
    found: JSONObject = orjson.loads(answer.body)
    assert answer.status in (200, 201), found
    return found


async def all_applied(
    cluster: HttpClient, objects: Iterable[JSONObject]
) -> dict[ObjectKey, JSONObject]:
    ordered = sorted(objects, key=lambda obj: obj["kind"] != "Namespace")
    return {key_of(obj): await applied(cluster, obj) for obj in ordered}


async def ready(world: World) -> None:
    await world.install(crds.definitions())
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "records"}}
    await world.install([place])


@pytest.mark.parametrize("source", CASES, ids=lambda path: path.stem)
def test_every_golden_generation_is_taken_and_comes_back_equal(source):
    objects = list(yaml.safe_load_all(source.with_suffix(".yaml").read_text()))

    async def serve() -> None:
        async with (
            open_world() as world,
            open_http(
                f"http://{KUBERNETES}", network_backend=world.network.link("test").backend
            ) as cluster,
        ):
            await ready(world)
            for _ in range(2):
                found = await all_applied(cluster, objects)
                assert {
                    str(key_of(obj)): paths
                    for obj in objects
                    if (paths := differs(obj, found[key_of(obj)]))
                } == {}

    deterministic.run(0, serve)


def updated(older: Bundle, newer: Bundle) -> dict[ObjectKey, JSONObject]:
    """What is in the cluster after one generation and then another; nothing is pruned."""
    found: dict[ObjectKey, JSONObject] = {}

    async def serve() -> None:
        async with (
            open_world() as world,
            open_http(
                f"http://{KUBERNETES}", network_backend=world.network.link("test").backend
            ) as cluster,
        ):
            await ready(world)
            found.update(await all_applied(cluster, older.objects))
            found.update(await all_applied(cluster, newer.objects))

    deterministic.run(0, serve)
    return copy.deepcopy(found)


def node_ports(obj: JSONObject) -> dict[str, int]:
    return {f"{p['port']}/{p['protocol']}": p["nodePort"] for p in obj["spec"]["ports"]}


def test_a_port_of_the_nodes_stays_as_long_as_number_and_protocol_do():
    def of(*exposes):
        bundle = render(LEASE, group(service("web", *exposes)), OPTIONS)
        return bundle, next(o for o in bundle.workloads if o["metadata"]["name"] == "web-np")

    game = Expose(port=7000, global_=True)
    older, before = of(game, Expose(port=53, global_=True))
    newer, after = of(
        http("a.example.com"),
        Expose(port=53, proto="UDP", global_=True),
        Expose(port=7777, external_port=7000, global_=True),
    )

    was = node_ports(updated(older, older)[key_of(before)])
    now = node_ports(updated(older, newer)[key_of(after)])
    assert now["7000/TCP"] == was["7000/TCP"]
    assert now.keys() == {"53/UDP", "7000/TCP"}


def test_a_permission_that_is_taken_back_leaves_no_account_behind():
    older, newer = (
        render(LEASE, group(service("web", params=Params(permissions_read=read))), OPTIONS)
        for read in (("logs",), None)
    )

    found = updated(older, newer)
    (pod,) = (
        obj["spec"]["template"]["spec"]
        for key, obj in found.items()
        if key.kind.kind == "Deployment"
    )
    assert pod.keys().isdisjoint({"serviceAccount", "serviceAccountName"})
    assert [key.kind.kind for key in leftovers(newer, found.values())] == [
        "ServiceAccount",
        "Role",
        "RoleBinding",
    ]
