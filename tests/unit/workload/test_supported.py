import random

import attrs
import pytest

from provider.lease.manifest import GPU, TEE, Attribute, Credentials, Expose, ManifestError, Params
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.workload.accepted import encode_accepted
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from provider.workload.supported import refuse_unsupported
from tests.unit.workload.samples import LEASE, OPTIONS, group, resources, service


def gpu(*keys, units=1):
    attributes = tuple(Attribute(key, "true") for key in keys)
    return {"resources": attrs.evolve(resources(), gpu=GPU(units, attributes))}


LEASED = {"expose": (Expose(port=7000, global_=True, ip="one"),)}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (gpu(), "services[1].resources.gpu.attributes"),
        (gpu("vendor/intel/model/arc"), "services[1].resources.gpu.attributes"),
        (gpu("vendor/nvidia/model/" + "a" * 27), "services[1].resources.gpu.attributes"),
        (gpu("vendor/nvidia/model/a100/ram/80 Gi"), "services[1].resources.gpu.attributes"),
        ({"params": Params(tee=TEE("cpu"))}, "services[1].params.tee"),
        (LEASED, "services[1].expose[0].ip"),
    ],
)
def test_what_cannot_be_given_is_refused_and_never_run_without_it(fields, path):
    whole = group(service("api"), attrs.evolve(service("web"), **fields))

    with pytest.raises(ManifestError) as refusal:
        render(LEASE, whole, RenderOptions())

    assert refusal.value.path == path


@pytest.mark.parametrize(
    "fields",
    [
        gpu("vendor/nvidia/model/*"),
        gpu("vendor/amd/model/mi100"),
        gpu("vendor/intel/model/arc", "vendor/nvidia/model/a100", "vendor/amd/model/mi100"),
        gpu("vendor/nvidia/model/" + "a" * 26),
        gpu(units=0),
        {"credentials": Credentials("host", "", "user", "x")},
        {"params": Params(permissions_read=("logs",))},
        LEASED,
    ],
)
def test_what_can_be_given_is_rendered(fields):
    assert render(LEASE, group(attrs.evolve(service(), **fields)), OPTIONS).workloads


def test_a_group_that_its_record_could_not_keep_is_refused():
    """Twice the annotation would be more than the API server takes, at the second update."""
    noise = random.Random(1).randbytes(100_000).hex()
    large = group(service(env=(f"A={noise}",)))
    assert 2 * len(encode_accepted(large)) > 256 * 1024

    with pytest.raises(ManifestError) as refusal:
        render(LEASE, large, OPTIONS)

    assert refusal.value.path == "services"
    assert render(LEASE, group(service(env=("A=" + "a" * 1_000_000,))), OPTIONS)


def test_a_service_that_was_placed_on_an_unknown_vendors_card_is_refused():
    one = attrs.evolve(service(), **gpu("vendor/nvidia/model/a100"))
    placed = {"web": SchedulerParams(gpu=GPUParams("intel", "arc"))}

    with pytest.raises(ManifestError):
        render(LEASE, group(one), OPTIONS, scheduling=placed)


@pytest.mark.parametrize(
    "params", [None, Params(), Params(permissions_read=()), Params(permissions_read=None)]
)
def test_empty_extras_are_no_reason_to_refuse(params):
    assert render(LEASE, group(service(params=params)), OPTIONS).workloads


def test_in_a_manifest_the_path_begins_with_the_group():
    whole = group(service("api"), attrs.evolve(service("web"), **gpu()))

    with pytest.raises(ManifestError) as refusal:
        refuse_unsupported(whole, OPTIONS, path="[1]")

    assert refusal.value.path == "[1].services[1].resources.gpu.attributes"
