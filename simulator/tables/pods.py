"""
The columns of pods: what a pod is said to be doing is worked out from its containers.

Source: kubernetes pkg/printers/internalversion/printers.go (printPod).
"""

from collections.abc import Sequence

import attrs

from simulator.jsontypes import JSONObject
from simulator.tables.cells import NONE, age, status
from simulator.tables.columns import Column, columns, wide

_FINISHED = ("Succeeded", "Failed")


@attrs.define
class _Summary:
    reason: str
    ready: int = 0
    total: int = 0
    restarts: int = 0
    restarted_at: str = ""


def _summary(pod: JSONObject) -> _Summary:
    found = status(pod)
    summary = _Summary(found.get("reason") or found.get("phase", ""))
    summary.total = len(pod["spec"]["containers"])
    waits = _init_reason(pod)
    if waits:
        summary.reason = waits
        _count(summary, found.get("initContainerStatuses") or ())
    else:
        _look_at_containers(summary, found)
    if "deletionTimestamp" in pod["metadata"] and found.get("phase") not in _FINISHED:
        lost = found.get("reason") == "NodeLost"
        summary.reason = "Unknown" if lost else "Terminating"
    return summary


def _count(summary: _Summary, statuses: Sequence[JSONObject]) -> None:
    for item in statuses:
        summary.restarts += item.get("restartCount", 0)
        ended = ((item.get("lastState") or {}).get("terminated") or {}).get("finishedAt", "")
        summary.restarted_at = max(summary.restarted_at, ended)


def _look_at_containers(summary: _Summary, found: JSONObject) -> None:
    statuses = found.get("containerStatuses") or ()
    _count(summary, statuses)
    running = False
    for item in reversed(statuses):
        state = item.get("state") or {}
        if reason := _stopped_reason(state):
            summary.reason = reason
        elif item.get("ready") and "running" in state:
            running = True
            summary.ready += 1
    if summary.reason == "Completed" and running:
        summary.reason = "Running" if _condition(found, "Ready") else "NotReady"


def _stopped_reason(state: JSONObject) -> str:
    """Why a container waits or has ended; empty while it runs."""
    if reason := (state.get("waiting") or {}).get("reason"):
        return str(reason)
    ended = state.get("terminated")
    if ended is None:
        return ""
    if reason := ended.get("reason"):
        return str(reason)
    signal = ended.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{ended.get('exitCode', 0)}"


def _init_reason(pod: JSONObject) -> str:
    """What the first unfinished init container does; empty if all are done."""
    found = status(pod)
    if _condition(found, "Initialized"):
        return ""
    statuses = found.get("initContainerStatuses") or ()
    for index, item in enumerate(statuses):
        state = item.get("state") or {}
        if "terminated" in state and not state["terminated"].get("exitCode"):
            continue
        reason = _stopped_reason(state)
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{index}/{len(pod['spec'].get('initContainers') or ())}"
    return ""


def _condition(found: JSONObject, kind: str) -> bool:
    conditions = found.get("conditions") or ()
    return any(item["type"] == kind and item["status"] == "True" for item in conditions)


def _restarts(pod: JSONObject, now: float) -> str:
    summary = _summary(pod)
    if summary.restarts and summary.restarted_at:
        return f"{summary.restarts} ({age(summary.restarted_at, now)} ago)"
    return str(summary.restarts)


def _ready(pod: JSONObject, _now: float) -> str:
    summary = _summary(pod)
    return f"{summary.ready}/{summary.total}"


def _ip(pod: JSONObject) -> str:
    ips = status(pod).get("podIPs") or ()
    return str(ips[0]["ip"]) if ips else NONE


def _gates(pod: JSONObject) -> str:
    gates = pod["spec"].get("readinessGates") or ()
    if not gates:
        return NONE
    met = sum(_condition(status(pod), gate["conditionType"]) for gate in gates)
    return f"{met}/{len(gates)}"


PODS = columns(
    Column("Ready", _ready),
    Column("Status", lambda pod, _now: _summary(pod).reason),
    Column("Restarts", _restarts),
    wide_=(
        wide("IP", _ip),
        wide("Node", lambda pod: pod["spec"].get("nodeName") or NONE),
        wide("Nominated Node", lambda pod: status(pod).get("nominatedNodeName") or NONE),
        wide("Readiness Gates", _gates),
    ),
)
