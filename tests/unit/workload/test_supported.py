import attrs
import pytest

from provider.lease.manifest import TEE, Credentials, ManifestError, Params
from provider.workload.bundle import render
from tests.unit.workload.samples import LEASE, OPTIONS, group, resources, service


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"resources": resources(gpu=1)}, "services[1].resources.gpu.units"),
        ({"credentials": Credentials("host", "", "user", "x")}, "services[1].credentials"),
        ({"params": Params(tee=TEE("cpu"))}, "services[1].params.tee"),
        ({"params": Params(permissions_read=("logs",))}, "services[1].params.permissions.read"),
    ],
)
def test_what_has_no_object_is_refused_and_never_run_without_it(fields, path):
    whole = group(service("api"), attrs.evolve(service("web"), **fields))

    with pytest.raises(ManifestError) as refusal:
        render(LEASE, whole, OPTIONS)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    "params", [None, Params(), Params(permissions_read=()), Params(permissions_read=None)]
)
def test_empty_extras_are_no_reason_to_refuse(params):
    assert render(LEASE, group(service(params=params)), OPTIONS).workloads
