import pytest

from provider.ledger.nodes import Card, read_node, read_pod, requested
from tests.unit.ledger.nodes import gpu_labels, node, pod


def container(cpu=None, memory=None, always=False, **more):
    wanted = {"cpu": cpu, "memory": memory, **{k.replace("_", "/"): v for k, v in more.items()}}
    made = {"resources": {"requests": {k: v for k, v in wanted.items() if v is not None}}}
    return {**made, "restartPolicy": "Always"} if always else made


def test_a_pods_containers_add_up_and_each_pod_is_one():
    spec = {"containers": [container("500m", "1Gi"), container("0.25", "1G"), {}]}
    assert requested(spec) == {"cpu": 750, "memory": 2**30 + 10**9, "pods": 1}


def test_an_init_container_counts_only_as_far_as_it_is_the_largest():
    spec = {"containers": [container("1")], "initContainers": [container("3"), container("2")]}
    assert requested(spec)["cpu"] == 3000
    spec["containers"] = [container("4")]
    assert requested(spec)["cpu"] == 4000


def test_a_sidecar_runs_beside_the_containers_and_beside_what_starts_after_it():
    first, later = container("1", always=True), container("5")
    assert requested({"containers": [container("2")], "initContainers": [first]})["cpu"] == 3000
    spec = {"containers": [container("2")], "initContainers": [first, later]}
    assert requested(spec)["cpu"] == 6000
    spec = {"containers": [container("2")], "initContainers": [later, first]}
    assert requested(spec)["cpu"] == 5000


def test_overhead_is_added_and_what_the_pod_itself_says_rules():
    spec = {
        "containers": [container("1", "1Gi")],
        "resources": {"requests": {"cpu": "3"}},
        "overhead": {"cpu": "250m"},
    }
    assert requested(spec) == {"cpu": 3250, "memory": 2**30, "pods": 1}


def test_what_nobody_counts_and_what_is_no_quantity_is_left_out():
    spec = {"containers": [container("lots", **{"example.com_fpga": "1", "nvidia.com_gpu": "2"})]}
    assert requested(spec) == {"nvidia.com/gpu": 2, "pods": 1}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_takes_nothing(phase):
    assert read_pod(pod(phase=phase)) is None
    assert read_pod(pod(node="")) is None
    assert read_pod(pod(phase="Pending")).node == "node-1"


def test_only_pods_with_our_label_have_a_tenant():
    assert read_pod(pod()).namespace == ""
    ours = {"akash.network": "true", "akash.network/manifest-service": "web"}
    use = read_pod(pod(labels=ours, namespace="tenant"))
    assert (use.namespace, use.service) == ("tenant", "web")


def test_cards_are_read_from_labels_whatever_is_in_the_models_name():
    found = {
        **gpu_labels("rtx-4090.v2", 4, "ram.24Gi", "interface.pcie", "ram.24Gi.interface.pcie"),
        **gpu_labels("t4", 0),
        **gpu_labels("mi100", "many", vendor="amd"),
        "akash.network/capabilities.gpu.vendor.nvidia.model.a40.ram.48Gi": "1",
    }
    card = Card("nvidia", "rtx-4090.v2", 4, {"24Gi": 4}, {"pcie": 4})
    assert read_node(node(labels=found)).cards == (card,)


def test_amounts_are_exact_and_rounded_down():
    one = read_node(node(cpu="3900m", memory="1023Ki", storage="1.5k"))
    assert one.allocatable == {
        "cpu": 3900,
        "memory": 1023 * 1024,
        "ephemeral-storage": 1500,
        "pods": 110,
    }
