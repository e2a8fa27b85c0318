import attrs
import pytest

from provider.lease.manifest import GPU, Attribute
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.workload import controllers, graphics
from provider.workload.container import container
from tests.unit.workload.samples import LEASE, OPTIONS, persistent, resources, service

KEY = "akash.network/capabilities.gpu.vendor"


def gpu(*keys, units=1, storage=()):
    attributes = tuple(Attribute(key, "true") for key in keys)
    return service(resources=attrs.evolve(resources(*storage), gpu=GPU(units, attributes)))


def placed(vendor="nvidia", model="a100", *more, runtime_class="nvidia"):
    return SchedulerParams(runtime_class, GPUParams(vendor, model, *more))


def terms(one, scheduling=None):
    affinity = controllers.pod_spec(LEASE, one, OPTIONS, scheduling)["affinity"]
    required = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return [
        [expression["key"] for expression in term["matchExpressions"]]
        for term in required["nodeSelectorTerms"]
    ]


def test_the_label_of_an_interface_is_named_by_the_interface():
    """In the reference it is named by the size of the memory, and no node has such a label."""
    found = graphics.node_labels(gpu("x"), placed("nvidia", "a100", "80Gi", "sxm"))

    assert found == (
        (
            f"{KEY}.nvidia.model.a100",
            f"{KEY}.nvidia.model.a100.ram.80Gi",
            f"{KEY}.nvidia.model.a100.interface.sxm",
        ),
    )


def test_what_placement_found_decides_and_not_what_the_tenant_accepts():
    one = gpu("vendor/nvidia/model/a100", "vendor/nvidia/model/h100")

    assert terms(one, placed(model="h100")) == [["akash.network", f"{KEY}.nvidia.model.h100"]]


def test_without_placement_any_of_the_accepted_models_will_do():
    one = gpu(
        "vendor/nvidia/model/a100/ram/80Gi", "vendor/nvidia/model/h100", storage=(persistent(),)
    )

    beta3 = "akash.network/capabilities.storage.class.beta3"
    assert terms(one) == [
        [
            "akash.network",
            f"{KEY}.nvidia.model.a100",
            f"{KEY}.nvidia.model.a100.ram.80Gi",
            beta3,
        ],
        ["akash.network", f"{KEY}.nvidia.model.h100", beta3],
    ]


@pytest.mark.parametrize(
    "keys", [("vendor/nvidia/model/*",), ("vendor/nvidia/model/*", "vendor/nvidia/model/a100")]
)
def test_an_open_model_asks_no_label_of_a_node(keys):
    assert terms(gpu(*keys)) == [["akash.network"]]


def test_a_service_without_a_gpu_asks_for_none_whatever_placement_says():
    one = gpu("vendor/nvidia/model/a100", units=0)

    assert terms(one, placed()) == [["akash.network"]]
    assert "nvidia.com/gpu" not in container(LEASE, one, OPTIONS, placed())["resources"]["limits"]


@pytest.mark.parametrize(
    ("vendor", "resource"), [("nvidia", "nvidia.com/gpu"), ("amd", "amd.com/gpu")]
)
def test_cards_are_asked_for_by_vendor_and_never_shared(vendor, resource):
    one = gpu("vendor/nvidia/model/*", units=3)
    options = attrs.evolve(OPTIONS, overcommit_cpu_pct=100)

    rendered = container(LEASE, one, options, placed(vendor))["resources"]
    assert rendered["requests"][resource] == rendered["limits"][resource] == "3"


@pytest.mark.parametrize(
    ("scheduling", "runtime_class"),
    [
        (placed(), "nvidia"),
        (placed(runtime_class="none"), None),
        (placed(runtime_class=""), None),
        (placed(runtime_class="kata"), "kata"),
        (None, "nvidia"),
    ],
)
def test_runtime_class_is_the_one_that_placement_chose(scheduling, runtime_class):
    one = gpu("vendor/nvidia/model/a100")

    spec = controllers.pod_spec(LEASE, one, OPTIONS, scheduling)
    assert spec.get("runtimeClassName") == runtime_class


def test_other_vendors_and_services_without_a_gpu_run_in_the_default_class():
    assert "runtimeClassName" not in controllers.pod_spec(
        LEASE, gpu("vendor/amd/model/mi100"), OPTIONS
    )
    assert "runtimeClassName" not in controllers.pod_spec(LEASE, service(), OPTIONS)


def test_of_several_vendors_the_first_that_there_is_counts_until_placement_decides():
    one = gpu("vendor/intel/model/arc", "vendor/amd/model/mi100", "vendor/nvidia/model/a100")

    assert terms(one) == [["akash.network", f"{KEY}.amd.model.mi100"]]
    assert "amd.com/gpu" in container(LEASE, one, OPTIONS)["resources"]["limits"]
    assert "nvidia.com/gpu" in container(LEASE, one, OPTIONS, placed())["resources"]["limits"]
