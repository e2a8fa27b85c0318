"""Conditions and taints of nodes that are silent, and when pods have to leave them."""

import pytest

from simulator.controllers.node_health import may_drive_out, silenced, wanted_taints
from simulator.jsontypes import JSONObject

NOW, BEFORE = "2026-01-01T00:01:00Z", "2026-01-01T00:00:00Z"


def node(ready: str = "True", **spec: object) -> JSONObject:
    return {
        "metadata": {"name": "n"},
        "spec": spec,
        "status": {
            "conditions": [
                {
                    "type": "Ready",
                    "status": ready,
                    "lastHeartbeatTime": BEFORE,
                    "lastTransitionTime": BEFORE,
                },
                {"type": "FromElsewhere", "status": "True"},
            ]
        },
    }


def test_every_condition_of_the_kubelet_becomes_unknown_and_others_stay() -> None:
    told = silenced(node(), NOW)

    assert {entry["type"]: entry["status"] for entry in told} == {
        "MemoryPressure": "Unknown",
        "DiskPressure": "Unknown",
        "PIDPressure": "Unknown",
        "Ready": "Unknown",
        "FromElsewhere": "True",
    }
    ready = next(entry for entry in told if entry["type"] == "Ready")
    assert (ready["lastHeartbeatTime"], ready["lastTransitionTime"]) == (BEFORE, NOW)
    assert ready["reason"] == "NodeStatusUnknown"
    assert ready["message"] == "Kubelet stopped posting node status."


def tainted(of: JSONObject, *, drive_out: bool = True) -> list[tuple[str, str]]:
    wanted = wanted_taints(of, drive_out=drive_out, now=NOW)
    return [(t["key"].rpartition("/")[2], t["effect"]) for t in wanted]


@pytest.mark.parametrize(
    ("ready", "key"), [("Unknown", "unreachable"), ("False", "not-ready"), ("True", "")]
)
def test_taints_follow_readiness(ready: str, key: str) -> None:
    expected = [(key, "NoSchedule"), (key, "NoExecute")] if key else []

    assert tainted(node(ready)) == expected


def test_a_cordoned_node_and_one_that_may_not_drive_out() -> None:
    assert tainted(node("Unknown", unschedulable=True), drive_out=False) == [
        ("unschedulable", "NoSchedule"),
        ("unreachable", "NoSchedule"),
    ]


def test_a_taint_keeps_its_time_and_those_of_others_stay() -> None:
    known = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": BEFORE}
    foreign = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}

    wanted = wanted_taints(node("Unknown", taints=[known, foreign]), drive_out=True, now=NOW)

    assert wanted[0] == foreign
    assert {t["effect"]: t["timeAdded"] for t in wanted[1:]} == {
        "NoSchedule": NOW,
        "NoExecute": BEFORE,
    }


@pytest.mark.parametrize(
    ("silent", "well", "may"),
    [(1, 2, True), (2, 1, True), (3, 1, False), (3, 3, True), (3, 0, False), (1, 0, False)],
)
def test_when_most_nodes_are_silent_at_once_no_pod_is_driven_out(
    silent: int, well: int, *, may: bool
) -> None:
    assert may_drive_out([node("Unknown")] * silent + [node()] * well) is may
