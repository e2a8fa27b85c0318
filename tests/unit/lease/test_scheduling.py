import pytest

from provider.lease.manifest import GPU, Attribute
from provider.lease.scheduling import GPUParams, gpu_choices


def choices(*keys, units=1, value="true"):
    return gpu_choices(GPU(units, tuple(Attribute(key, value) for key in keys)))


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        ("vendor/nvidia/model/a100", GPUParams("nvidia", "a100")),
        ("vendor/NVIDIA/model/*", GPUParams("nvidia", "*")),
        ("vendor/amd", GPUParams("amd", "*")),
        ("vendor/nvidia/model/a100/ram/80Gi", GPUParams("nvidia", "a100", "80Gi")),
        ("vendor/nvidia/model/a100/interface/sxm", GPUParams("nvidia", "a100", "", "sxm")),
        (
            "vendor/nvidia/model/a100/ram/80Gi/interface/pcie",
            GPUParams("nvidia", "a100", "80Gi", "pcie"),
        ),
    ],
)
def test_an_attribute_names_a_card(key, choice):
    assert choices(key) == (choice,)


def test_all_cards_that_are_accepted_come_in_the_order_of_the_attributes():
    found = choices("vendor/nvidia/model/h100", "vendor/nvidia/model/a100")

    assert [choice.model for choice in found] == ["h100", "a100"]


def test_no_gpu_no_vendor_and_an_attribute_that_is_not_true_name_none():
    assert gpu_choices(None) == ()
    assert choices("vendor/nvidia/model/a100", units=0) == ()
    assert choices("vendor/nvidia/model/a100", value="false") == ()
    assert choices("ram/80Gi", "vendor", "") == ()
