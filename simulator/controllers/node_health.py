"""
What becomes of a node that is not heard of: its conditions, its taints, and whether pods must go. Pure.

Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go (tryUpdateNodeHealth,
doNoScheduleTaintingPass, processTaintBaseEviction, handleDisruption).
"""

from collections.abc import Sequence

from simulator.controllers import taints
from simulator.controllers.conditions import condition
from simulator.jsontypes import JSONObject

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

_OURS = frozenset({NOT_READY, UNREACHABLE, UNSCHEDULABLE})
_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
_UNHEALTHY_SHARE = 0.55
_UNHEALTHY_COUNT = 2
"""More nodes than this, and this share of them: the control plane doubts itself rather than the nodes."""


def readiness(node: JSONObject) -> str:
    """Status of the condition Ready: True, False, or Unknown."""
    found = condition((node.get("status") or {}).get("conditions") or (), "Ready")
    return "Unknown" if found is None else str(found["status"])


def silenced(node: JSONObject, now: str) -> list[JSONObject]:
    """The conditions of a node whose kubelet has been silent for too long."""
    known = list((node.get("status") or {}).get("conditions") or ())
    told = []
    for kind in _CONDITIONS:
        before = condition(known, kind) or {}
        if before.get("status") == "Unknown":
            told.append(before)
            continue
        told.append(
            {
                "type": kind,
                "status": "Unknown",
                "lastHeartbeatTime": before.get("lastHeartbeatTime", now),
                "lastTransitionTime": now,
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
            }
        )
    return [*told, *(entry for entry in known if entry["type"] not in _CONDITIONS)]


def wanted_taints(node: JSONObject, *, drive_out: bool, now: str) -> list[JSONObject]:
    """
    A node's taints as they should be: those of others, then ours by its readiness.

    Args:
        node: as stored.
        drive_out: whether pods on a node that is not ready have to go.
        now: the wall time as Kubernetes writes it.
    """
    key = {"True": "", "False": NOT_READY}.get(readiness(node), UNREACHABLE)
    wanted = [(UNSCHEDULABLE, taints.NO_SCHEDULE)] if node["spec"].get("unschedulable") else []
    if key:
        wanted.append((key, taints.NO_SCHEDULE))
        if drive_out:
            wanted.append((key, taints.NO_EXECUTE))
    known = {(taint["key"], taint["effect"]): taint for taint in taints.of(node)}
    foreign = [taint for taint in taints.of(node) if taint["key"] not in _OURS]
    ours = [
        known.get((key, effect)) or {"key": key, "effect": effect, "timeAdded": now}
        for key, effect in wanted
    ]
    return [*foreign, *ours]


def may_drive_out(nodes: Sequence[JSONObject]) -> bool:
    """
    Whether pods are evicted from nodes that are not ready.

    Not when all nodes are gone at once, nor, in a cluster of fewer than 50, when more than two and at
    least 55 % of them are.
    """
    silent = sum(readiness(node) != "True" for node in nodes)
    if silent == len(nodes):
        return False
    return silent <= _UNHEALTHY_COUNT or silent / len(nodes) < _UNHEALTHY_SHARE
