import pytest
from hypothesis import given

from provider.lease.manifest import Expose
from provider.workload.addresses import leased_ips, provider_leased_ip
from provider.workload.crds import (
    definitions,
    manifest_crd,
    provider_host_crd,
    provider_leased_ip_crd,
)
from provider.workload.hosts import provider_host
from provider.workload.ingress import routes
from provider.workload.record import record
from tests.unit.workload.samples import GROUPS, LEASE, OPTIONS, group, service
from tests.unit.workload.test_record import FULL

TYPES = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def schema_of(crd):
    (version,) = (v for v in crd["spec"]["versions"] if v["served"])
    return version["schema"]["openAPIV3Schema"]["properties"]["spec"]


def misfits(value, schema, path="spec"):
    """Paths that an API server would prune or refuse."""
    if schema["type"] == "object":
        known = schema["properties"]
        return [f"{path}.{key}" for key in value if key not in known] + [
            misfit
            for key in value.keys() & known
            for misfit in misfits(value[key], known[key], f"{path}.{key}")
        ]
    if schema["type"] == "array":
        return [m for item in value for m in misfits(item, schema["items"], f"{path}[]")]
    return [] if TYPES[schema["type"]](value) else [path]


@pytest.mark.parametrize("whole", [group(), FULL])
def test_no_member_of_a_record_is_pruned(whole):
    assert misfits(record(LEASE, whole, OPTIONS)["spec"], schema_of(manifest_crd())) == []


@given(GROUPS)
def test_no_member_of_any_record_is_pruned(whole):
    assert misfits(record(LEASE, whole, OPTIONS)["spec"], schema_of(manifest_crd())) == []


def test_no_member_of_a_provider_host_is_pruned():
    (route,) = routes(LEASE, group(), OPTIONS)

    spec = provider_host(LEASE, route, OPTIONS)["spec"]
    assert misfits(spec, schema_of(provider_host_crd())) == []
    assert spec.keys() == schema_of(provider_host_crd())["properties"].keys()


def test_no_member_of_a_provider_leased_ip_is_pruned():
    whole = group(service("web", Expose(port=7000, global_=True, ip="one")))
    (address,) = leased_ips(LEASE, whole, OPTIONS)

    spec = provider_leased_ip(LEASE, address, OPTIONS)["spec"]
    assert misfits(spec, schema_of(provider_leased_ip_crd())) == []
    assert spec.keys() == schema_of(provider_leased_ip_crd())["properties"].keys()


@pytest.mark.parametrize("crd", definitions(), ids=lambda crd: crd["metadata"]["name"])
def test_definition_is_named_after_its_plural_and_survives_helm(crd):
    spec = crd["spec"]

    assert crd["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert [(v["name"], v["served"], v["storage"]) for v in spec["versions"]] == [
        ("v2beta1", False, False),
        ("v2beta2", True, True),
    ]
