"""Where a pod fits, and what is said when it fits nowhere."""

import pytest

from simulator.controllers.amounts import amounts, requested
from simulator.controllers.placement import Placement, Room, place, rejected
from simulator.jsontypes import JSONObject

HELPLESS = "Preemption is not helpful for scheduling"


def room(name: str, cpu: str = "4", **given: object) -> Room:
    spec = {key: given[key] for key in ("taints", "unschedulable") if key in given}
    node = {"metadata": {"name": name, "labels": given.get("labels", {})}, "spec": spec}
    allocatable = amounts({"cpu": cpu, "memory": "8Gi", "pods": "3"})
    taken = amounts(given.get("taken", {}))  # type: ignore[arg-type]
    return Room(node, allocatable, taken)


def pod(cpu: str = "1", **spec: object) -> JSONObject:
    container = {"name": "c", "resources": {"requests": {"cpu": cpu}}}
    return {"metadata": {"name": "p"}, "spec": {"containers": [container], **spec}}


def affinity(*terms: JSONObject) -> JSONObject:
    required = {"nodeSelectorTerms": list(terms)}
    node = {"requiredDuringSchedulingIgnoredDuringExecution": required}
    return {"nodeAffinity": node}


def test_the_emptiest_node_is_chosen_and_the_first_among_equals() -> None:
    assert place(pod(), [room("b"), room("a")]) == Placement(node="a")
    assert place(pod(), [room("a", taken={"cpu": "2"}), room("b")]) == Placement(node="b")


def test_what_is_asked_for_more_than_any_node_has_is_told_as_the_real_one_tells_it() -> None:
    nodes = "0/3 nodes are available: "

    assert place(pod("64"), [room("a"), room("b"), room("c")]).message == (
        f"{nodes}3 Insufficient cpu. no new claims to deallocate, preemption: {nodes}3 {HELPLESS}."
    )


def test_reasons_are_counted_by_node_and_preemption_only_helps_where_others_take_the_room() -> None:
    rooms = [
        room("a", taken={"cpu": "4"}),
        room("b", taken={"cpu": "4", "pods": "3"}),
        room("c", unschedulable=True),
        room("d", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]),
        room("e", cpu="1"),
    ]

    head = "0/5 nodes are available: "
    assert place(pod("2"), rooms).message == (
        f"{head}1 Too many pods, 1 node(s) had untolerated taint(s), "
        f"1 node(s) were unschedulable, 3 Insufficient cpu. no new claims to deallocate, "
        f"preemption: {head}2 No preemption victims found for incoming pod, 3 {HELPLESS}."
    )


def test_a_cluster_without_nodes_has_its_own_words() -> None:
    assert place(pod(), []).message == "no nodes available to schedule pods"
    assert rejected(3, "why") == "0/3 nodes are available: why. not found"


def test_selectors_and_affinity_choose_among_nodes() -> None:
    akash = room("b", labels={"akash.network": "true", "storage": "1", "disk": "ssd"})
    rooms = [room("a", labels={"akash.network": "true", "storage": "0"}), akash]
    is_akash = {"key": "akash.network", "operator": "In", "values": ["true"]}
    stores = {"key": "storage", "operator": "Gt", "values": ["0"]}

    both = affinity({"matchExpressions": [is_akash, stores]})
    assert place(pod(affinity=both), rooms).node == "b"
    assert place(pod(nodeSelector={"disk": "ssd"}), rooms).node == "b"
    either = affinity(
        {"matchExpressions": [{"key": "x", "operator": "Exists"}]}, {"matchExpressions": [stores]}
    )
    assert place(pod(affinity=either), rooms).node == "b"
    by_name = {"key": "metadata.name", "operator": "In", "values": ["a"]}
    assert place(pod(affinity=affinity({"matchFields": [by_name]})), rooms).node == "a"
    nothing = place(pod(affinity=affinity({})), rooms)
    assert "2 node(s) didn't match Pod's node affinity/selector" in nothing.message


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "value": "yes"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_a_taint_keeps_off_what_does_not_tolerate_it(
    toleration: JSONObject, tolerated: bool
) -> None:
    tainted = room("a", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])

    assert (place(pod(tolerations=[toleration]), [tainted]).node == "a") is tolerated


def test_a_mere_preference_keeps_nothing_off() -> None:
    shy = room("a", taints=[{"key": "gpu", "effect": "PreferNoSchedule"}])

    assert place(pod(), [shy]).node == "a"


def test_a_pod_takes_its_containers_together_or_its_largest_init_container() -> None:
    def container(**resources: object) -> JSONObject:
        return {"name": "c", "resources": resources}

    spec = {
        "containers": [
            container(requests={"cpu": "1"}, limits={"cpu": "9", "memory": "1Gi"}),
            container(requests={"cpu": "500m", "memory": "1Gi"}),
        ],
        "initContainers": [container(requests={"cpu": "2"})],
    }

    assert requested({"spec": spec}) == {"cpu": 2, "memory": 2 * 2**30, "pods": 1}
