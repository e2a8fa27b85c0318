"""A whole generation: the recorded shapes, and the laws of rendering."""

import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given

from provider.kubernetes.kinds import key_of
from provider.lease.manifest import Credentials, Expose, Params
from provider.workload import labels
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import (
    GROUPS,
    LEASE,
    OPTIONS,
    group,
    http,
    mounted,
    persistent,
    ram,
    recorded,
    resources,
    service,
    volume,
)

LIVE = Path(__file__).parents[2] / "data" / "live" / "equal.json"


RECORDED = group(
    service(
        "cache",
        Expose(port=6379, service="web"),
        command=("redis-server",),
        args=("--save", ""),
        resources=resources(ram(), cpu=2000, memory=2**30),
        params=mounted(("shm", "/dev/shm")),
    ),
    service(
        "db",
        Expose(port=5432, service="web"),
        resources=resources(persistent(), cpu=2000, memory=2**30),
        params=mounted(("data", "/var/lib/postgresql")),
    ),
    attrs.evolve(service("logger"), expose=None, params=Params(permissions_read=("logs",))),
    service(
        "web",
        attrs.evolve(http("app.example.com"), ip="one"),
        Expose(port=12345, proto="UDP", global_=True),
        env=("A=1", "BARE"),
        count=2,
        storage=(volume(),),
        credentials=Credentials("registry.example", "", "me", "secret"),
    ),
)
"""The group behind the recorded objects."""

AFFINITY = "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
ALLOWED = {
    "networkpolicy-base": {"spec.egress[2].to[0].ipBlock.except"},
    # Recorded from a provider with overcommit; the limit of the second was copied from the first.
    "deployment-ram-gpu-shaped": {"spec.template.spec.containers[0].resources.requests.cpu"},
    "statefulset": {
        "spec.template.spec.containers[0].resources.requests.cpu",
        "spec.template.spec.containers[0].resources.limits.memory",
        # Recorded before storage classes were asked of the node.
        f"{AFFINITY}.nodeSelectorTerms[0].matchExpressions",
    },
    # Recorded with no login in it.
    "secret-pull": {"data..dockerconfigjson"},
    # The server's mirror of the account's name, written so that it can be taken back.
    "deployment-permissions": {"spec.template.spec.serviceAccount"},
    # Recorded with three of the six options.
    "ingress": {
        "metadata.annotations.nginx.ingress.kubernetes.io/proxy-next-upstream-timeout",
        "metadata.annotations.nginx.ingress.kubernetes.io/proxy-next-upstream-tries",
        "metadata.annotations.nginx.ingress.kubernetes.io/proxy-send-timeout",
    },
}
"""Where we differ from the recorded shape, and nowhere else."""


def mismatches(one, other, path=""):
    """Paths at which two documents are not equal."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = set()
        for key in one.keys() | other.keys():
            where = f"{path}.{key}" if path else key
            if key not in one or key not in other:
                found.add(where)
            elif key != labels.RESOURCE_VERSION:
                found |= mismatches(one[key], other[key], where)
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return {found for n, (a, b) in pairs for found in mismatches(a, b, f"{path}[{n}]")}
    return set() if one == other and type(one) is type(other) else {path}


@pytest.mark.parametrize(
    "name",
    [
        "namespace",
        "networkpolicy-base",
        "networkpolicy-nodeport",
        "networkpolicy-ip",
        "secret-pull",
        "serviceaccount",
        "role",
        "rolebinding",
        "deployment-plain",
        "deployment-ram-gpu-shaped",
        "deployment-permissions",
        "statefulset",
        "service-cluster",
        "service-nodeport",
        "ingress",
    ],
)
def test_rendered_objects_have_the_recorded_shape(name):
    pairs = {pair["name"]: pair["desired"] for pair in json.loads(LIVE.read_text())}
    rendered = {key_of(obj): obj for obj in render(LEASE, RECORDED, OPTIONS).objects}

    wanted = pairs[name]
    assert mismatches(wanted, rendered[key_of(wanted)]) == ALLOWED.get(name, set())


def test_waves_put_isolation_before_anything_that_runs():
    bundle = render(LEASE, RECORDED, OPTIONS)

    kinds = [{obj["kind"] for obj in wave} for wave in bundle.waves]
    assert kinds == [
        {"Namespace"},
        {"NetworkPolicy", "Secret", "ServiceAccount", "Role", "RoleBinding"},
        {"Deployment", "StatefulSet", "Service", "Ingress"},
    ]


def test_a_service_that_exposes_nothing_just_runs():
    bundle = render(LEASE, group(attrs.evolve(service("web"), expose=None)), OPTIONS)

    assert [obj["kind"] for obj in bundle.workloads] == ["Deployment"]
    assert bundle.routes == bundle.hosts == ()


def test_without_network_policies_the_second_wave_is_empty():
    assert render(LEASE, group(), RenderOptions(network_policies=False)).waves[1] == ()


def test_a_withheld_hostname_has_neither_route_nor_declaration():
    whole = group(service("web", http("a.example.com", "b.example.com")))

    bundle = render(LEASE, whole, OPTIONS, withheld=frozenset({"a.example.com"}))

    assert [obj["metadata"]["name"] for obj in bundle.routes] == ["b.example.com"]
    assert [obj["metadata"]["name"] for obj in bundle.hosts] == ["b.example.com"]


def test_a_withheld_address_is_not_declared():
    exposes = (Expose(port=1, global_=True, ip="a"), Expose(port=2, global_=True, ip="a"))
    whole = group(service("web", *exposes))
    first, second = (obj["metadata"]["name"] for obj in render(LEASE, whole, OPTIONS).leased_ips)

    bundle = render(LEASE, whole, OPTIONS, withheld_ips=frozenset({first}))
    assert [obj["metadata"]["name"] for obj in bundle.leased_ips] == [second]
    assert bundle.objects[-1] == bundle.leased_ips[0]


def test_where_an_operator_makes_the_routes_only_declarations_are_rendered():
    bundle = render(LEASE, group(), attrs.evolve(OPTIONS, routes="operator"))

    assert bundle.routes == ()
    assert [obj["metadata"]["name"] for obj in bundle.hosts] == ["app.example.com"]


def test_a_new_password_restarts_nothing():
    before, after = (
        group(service(credentials=Credentials("ghcr.io", "", "me", password)))
        for password in ("old", "new")
    )

    assert changed(before, after) == {("Secret", "docker-creds-web"), ("Manifest", LEASE.namespace)}


def test_records_live_in_the_records_namespace_and_all_else_in_the_tenants():
    bundle = render(LEASE, group(), RenderOptions(records_namespace="records"))

    places = {obj["kind"]: obj["metadata"].get("namespace", "") for obj in bundle.objects}
    tenants = {kind for kind, place in places.items() if place == LEASE.namespace}
    assert {kind for kind, place in places.items() if place == "records"} == {
        "Manifest",
        "ProviderHost",
    }
    assert places.keys() - tenants - {"Manifest", "ProviderHost"} == {"Namespace"}


def changed(before, after):
    """Kinds and names of the objects that differ in anything but the opaque version."""
    older = {key_of(obj): obj for obj in render(LEASE, before, OPTIONS).objects}
    newer = {key_of(obj): obj for obj in render(LEASE, after, OPTIONS).objects}
    assert older.keys() == newer.keys()
    return {(key.kind.kind, key.name) for key in older if mismatches(older[key], newer[key])}


def test_a_new_image_changes_one_workload_and_the_record():
    before = group(service("api", Expose(port=1)), service("web"))
    after = group(service("api", Expose(port=1)), service("web", image="nginx:2"))

    assert changed(before, after) == {("Deployment", "web"), ("Manifest", LEASE.namespace)}


def test_a_new_image_rolls_only_its_own_service():
    versions = [
        {
            obj["metadata"]["name"]: obj["spec"]["template"]["metadata"]["labels"]
            for obj in render(LEASE, whole, OPTIONS).workloads
            if obj["kind"] == "Deployment"
        }
        for whole in (
            group(service("api"), service("web")),
            group(service("api"), service("web", image="nginx:2")),
        )
    ]

    assert versions[0]["api"] == versions[1]["api"]
    assert versions[0]["web"] != versions[1]["web"]


@given(GROUPS)
def test_rendering_twice_gives_the_same_bytes(whole):
    first, second = (json.dumps(render(LEASE, whole, OPTIONS).objects) for _ in range(2))

    assert first == second


@given(GROUPS)
def test_a_group_read_back_from_its_record_renders_the_same_bytes(whole):
    bundle, again = render(LEASE, whole, OPTIONS), render(LEASE, recorded(whole), OPTIONS)

    assert json.dumps(bundle.objects) == json.dumps(again.objects)


@given(GROUPS)
def test_no_object_and_no_keyed_item_is_rendered_twice(whole):
    bundle = render(LEASE, whole, attrs.evolve(OPTIONS, static_hosts_domain="ingress.example.net"))

    keys = [key_of(obj) for obj in bundle.objects]
    assert len(keys) == len(set(keys))
    for obj in bundle.workloads:
        if obj["kind"] == "Service":
            ports = obj["spec"]["ports"]
            assert len({(p["port"], p["protocol"]) for p in ports}) == len(ports)
            assert len({p["name"] for p in ports}) == len(ports)
        else:
            (container,) = obj["spec"]["template"]["spec"]["containers"]
            assert len({e["name"] for e in container["env"]}) == len(container["env"])
            ports = container["ports"]
            assert len({(p["containerPort"], p["protocol"]) for p in ports}) == len(ports)
            paths = [m["mountPath"] for m in container.get("volumeMounts", ())]
            assert len(set(paths)) == len(paths)
