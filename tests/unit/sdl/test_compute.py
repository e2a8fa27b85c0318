import pytest

from provider.lease.manifest import CPU, GPU, Attribute, Memory
from tests.unit.sdl.definitions import DROP, RESOURCES, compiled, refusal, service


def gpu(models, units=1):
    attributes = {"vendor": {"nvidia": models}}
    return {f"{RESOURCES}.gpu": {"units": units, "attributes": attributes}}


def keys(models):
    return [
        a.key.removeprefix("vendor/nvidia/model/")
        for a in service(gpu(models)).resources.gpu.attributes
    ]


def test_sizes_of_a_replica():
    resources = service().resources

    assert resources.cpu == CPU(500)
    assert resources.memory == Memory(128 * 2**20)
    assert resources.gpu == GPU(0)
    assert [(v.name, v.size, v.attributes) for v in resources.storage] == [("default", 2**30, ())]


def test_architecture_is_the_only_attribute_of_a_cpu():
    changes = {f"{RESOURCES}.cpu.attributes": {"arch": "arm64"}}

    assert service(changes).resources.cpu.attributes == (Attribute("arch", "arm64"),)
    error = refusal({f"{RESOURCES}.cpu.attributes": {"cores": 2}})
    assert error.path == "profiles.compute.small.resources.cpu.attributes.cores"


def test_attributes_of_memory_are_dropped_with_a_warning():
    result = compiled({f"{RESOURCES}.memory.attributes": {"ecc": True}})

    assert result.groups[0].resources[0].resources.memory.attributes == ()
    assert [w.path for w in result.warnings] == [
        "profiles.compute.small.resources.memory.attributes"
    ]


def test_models_of_gpus_are_sorted_keys():
    assert keys([{"model": "t4"}, {"model": "a100", "ram": "80Gi", "interface": "sxm"}]) == [
        "a100/ram/80Gi/interface/sxm",
        "t4",
    ]
    assert keys([{"model": "a100", "ram": "1Ti"}, {"model": "*"}]) == ["*", "a100/ram/1024Gi"]


@pytest.mark.parametrize("models", [None, []])
def test_no_model_means_any(models):
    assert keys(models) == ["*"]


def test_another_vendor_is_ignored_with_a_warning_and_any_nvidia_will_do():
    result = compiled({f"{RESOURCES}.gpu": {"units": 1, "attributes": {"vendor": {"amd": None}}}})

    [attribute] = result.groups[0].resources[0].resources.gpu.attributes
    assert attribute == Attribute("vendor/nvidia/model/*", "true")
    assert [w.path.rpartition(".")[2] for w in result.warnings] == ["amd"]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"units": 1}, "attributes"),
        ({"units": 1, "attributes": None}, "attributes"),
        ({"units": 1, "attributes": {}}, "attributes.vendor"),
        ({"units": 1, "attributes": {"vendor": None}}, "attributes.vendor"),
        ({"units": 1, "attributes": {"vendor": "nvidia"}}, "attributes.vendor"),
        ({"units": 1, "attributes": {"vendor": {"nvidia": "t4"}}}, "attributes.vendor.nvidia"),
        ({"units": 1, "attributes": {"model": "t4"}}, "attributes.model"),
        ({"units": 1, "memory": "1Gi"}, "memory"),
        ({"units": "one"}, "units"),
        ({"units": 1.5}, "units"),
        ({"units": 25, "attributes": {"vendor": {"nvidia": None}}}, "units"),
        ({"units": 0, "attributes": {"vendor": {"nvidia": None}}}, "attributes"),
        ([1], ""),
    ],
)
def test_wrong_gpu_is_refused(value, path):
    error = refusal({f"{RESOURCES}.gpu": value})

    assert error.path == f"profiles.compute.small.resources.gpu.{path}".rstrip(".")


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ({"ram": "80Gi"}, ".model"),
        ({"model": "a100", "interface": "pci"}, ".interface"),
        ({"model": "a100", "ram": "80G"}, ".ram"),
        ({"model": "a 100"}, ""),
        ({"model": "a" * 200}, ""),
        ("a100", ""),
    ],
)
def test_wrong_model_of_a_gpu_is_refused(model, path):
    at = "profiles.compute.small.resources.gpu.attributes.vendor.nvidia[0]"

    assert refusal(gpu([model])).path == at + path


def test_repeated_model_is_refused():
    assert refusal(gpu([{"model": "t4"}, {"model": "t4"}])).path.endswith("nvidia[1]")


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("cpu.units", ["10m", "384"], ["9m", "384.001", "0", "-1", None]),
        ("memory.size", ["1Mi", "2Ti"], ["1048575", "2.001Ti", "0", None]),
        ("storage.size", ["5Mi", "32Ti"], ["4.99Mi", "32.001Ti", "0", None]),
    ],
)
def test_sizes_are_held_against_the_limits_of_the_chain(key, good, bad):
    for size in good:
        service({f"{RESOURCES}.{key}": size})
    for size in bad:
        assert refusal({f"{RESOURCES}.{key}": size}).path.endswith(f"resources.{key}")


@pytest.mark.parametrize("part", ["cpu", "memory", "storage"])
@pytest.mark.parametrize("value", [DROP, None])
def test_part_that_is_missing_is_refused(part, value):
    path = refusal({f"{RESOURCES}.{part}": value}).path

    assert path.startswith(f"profiles.compute.small.resources.{part}")


def test_profile_without_resources_is_refused():
    assert "small.resources" in refusal({RESOURCES: None}).path


def test_profile_that_is_not_used_is_not_held_against_the_limits():
    compiled({"profiles.compute.huge": {"resources": {"cpu": {"units": 10_000}}}})
    error = refusal({"profiles.compute.huge": {"resources": {"cpu": {"units": "many"}}}})
    assert error.path == "profiles.compute.huge.resources.cpu.units"
