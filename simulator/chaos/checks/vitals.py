"""
How a lease did over time, as the cluster showed it: healthy, unhealthy with causes, or nobody can tell.

Unhealthy is only what was observed of pods on nodes that are ready; a pod on its way up proves nothing.
"""

from collections.abc import Iterable, Iterator

import attrs

from simulator.chaos.checks import kinds
from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject
from simulator.world import EPOCH

_IMAGE = frozenset(
    {
        *("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"),
        *("ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"),
    }
)
_CRASH = frozenset({"CrashLoopBackOff", "RunContainerError", "CreateContainerError"})
IMAGE, CRASH_LOOP, UNSCHEDULABLE = "image", "crash loop", "unschedulable"
NODE_LOST, REFUSED = "node lost", "refused"
BUDGETS = {
    IMAGE: "deployment.budget_image_seconds",
    CRASH_LOOP: "deployment.budget_crash_loop_seconds",
    UNSCHEDULABLE: "deployment.budget_unschedulable_seconds",
    NODE_LOST: "deployment.budget_node_lost_seconds",
    REFUSED: "deployment.budget_refused_seconds",
}
"""The operator's setting for each cause."""


@attrs.frozen
class Spell:
    """An interval in which nothing about a lease's health changed."""

    start: float
    healthy: bool
    """All that it has is ready; False also where nobody can tell."""
    causes: frozenset[str]
    """Of observed unhealth; empty where it is healthy or nobody can tell."""
    exists: bool
    """Whether it has a workload at all."""


def spells(
    commits: Iterable[CommitEntry], nodes: Iterable[CommitEntry], refused: frozenset[int]
) -> list[Spell]:
    """
    The health of one lease, from its commits and those of the nodes.

    Args:
        commits: the lease's.
        nodes: of all nodes.
        refused: generations that were refused; a lease that has nothing else is seen to run nothing.
    """
    found: list[Spell] = []
    ready: dict[str, bool] = {}
    objects: dict[tuple[str, str], JSONObject] = {}
    both = sorted([*commits, *nodes], key=lambda commit: commit.revision)
    for commit in both:
        if commit.resource == kinds.NODES:
            now = commit.type != "DELETED" and kinds.ready_pod(commit.object)
            if ready.get(commit.name) is now and commit.type != "DELETED":
                continue
            if commit.type == "DELETED":
                ready.pop(commit.name, None)
            else:
                ready[commit.name] = now
        elif commit.resource in (*kinds.WORKLOADS, kinds.PODS, kinds.RECORDS):
            key = (commit.resource, commit.name)
            if commit.type == "DELETED":
                objects.pop(key, None)
            else:
                objects[key] = commit.object
        else:
            continue
        healthy, causes, exists = _judge(objects, ready, refused)
        if not found or (found[-1].healthy, found[-1].causes) != (healthy, causes):
            found.append(Spell(commit.time - EPOCH, healthy, causes, exists))
    return found


def _judge(
    objects: dict[tuple[str, str], JSONObject], ready: dict[str, bool], refused: frozenset[int]
) -> tuple[bool, frozenset[str], bool]:
    workloads = {n: obj for (r, n), obj in objects.items() if r in kinds.WORKLOADS}
    if not workloads:
        record = next((obj for (r, _), obj in objects.items() if r == kinds.RECORDS), None)
        has_none = record is not None and kinds.generation_of_record(record) in refused
        return False, frozenset({REFUSED} if has_none else ()), False
    unready = {n: obj for n, obj in workloads.items() if not kinds.is_ready(obj)}
    causes: set[str] = set()
    for name, workload in unready.items():
        causes.update(_causes(name, workload, objects, ready))
    return not unready, frozenset(causes), True


def _causes(
    service: str,
    workload: JSONObject,
    objects: dict[tuple[str, str], JSONObject],
    ready: dict[str, bool],
) -> Iterator[str]:
    pods = [
        obj
        for (resource, _), obj in objects.items()
        if resource == kinds.PODS
        and (obj["metadata"].get("labels") or {}).get(kinds.SERVICE_LABEL) == service
    ]
    if any(ready.get(_node(pod)) is False for pod in pods):
        return
    for condition in (workload.get("status") or {}).get("conditions") or ():
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            yield REFUSED
    for pod in pods:
        if not kinds.is_leaving(pod):
            yield from _troubles(pod, ready)


def _node(pod: JSONObject) -> str:
    name: str = (pod.get("spec") or {}).get("nodeName") or ""
    return name


def _troubles(pod: JSONObject, ready: dict[str, bool]) -> Iterator[str]:
    node, status = _node(pod), pod.get("status") or {}
    if node and ready and node not in ready:
        yield NODE_LOST
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            yield UNSCHEDULABLE
    for container in status.get("containerStatuses") or ():
        state = container.get("state") or {}
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason in _IMAGE:
            yield IMAGE
        elif reason in _CRASH or state.get("terminated"):
            yield CRASH_LOOP
