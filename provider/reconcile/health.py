"""
Whether a lease runs: healthy, unhealthy with a cause, or unknown.

Unhealthy is only what was observed. An object that is missing, being deleted or not yet acted on
by its controller proves nothing, and neither does a pod that is merely on its way up.
"""

from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import TypeAlias

import attrs

from provider.jsontypes import FrozenJSON, JSONObject
from provider.lease.manifest import Group, Service
from provider.workload import labels, volumes


class Verdict(Enum):
    """The three answers."""

    HEALTHY = auto()
    UNHEALTHY = auto()
    UNKNOWN = auto()


class Cause(Enum):
    """Why a service is unhealthy."""

    IMAGE = "image"
    """Its image cannot be pulled."""
    CRASH_LOOP = "crash loop"
    """Its container ends or cannot be started, again and again."""
    UNSCHEDULABLE = "unschedulable"
    """No node takes its pod."""
    NODE_LOST = "node lost"
    """Its pod is bound to a node that is not there any more."""
    REFUSED = "refused"
    """The API server refuses its pods."""


class NodeState(Enum):
    """A node, as observed."""

    READY = auto()
    NOT_READY = auto()
    """Its kubelet is silent, or it was never looked at: what is said of its pods is old."""
    GONE = auto()


NodeStates: TypeAlias = Callable[[str], NodeState]
"""State of a node by its name."""


def all_ready(_: str) -> NodeState:
    """Where nodes are not looked at."""
    return NodeState.READY


@attrs.frozen
class ServiceHealth:
    """One service of the group."""

    name: str
    verdict: Verdict
    ready: int
    """Replicas that are ready, 0 while the count is not of the current generation."""
    wanted: int
    cause: Cause | None = None
    """Set exactly when unhealthy."""
    text: str = ""
    """What was observed, for humans; "" when healthy."""


@attrs.frozen
class Health:
    """The lease as a whole: its worst service, where unhealthy is worse than unknown."""

    verdict: Verdict
    services: tuple[ServiceHealth, ...] = ()
    """In the order of the group."""
    cause: Cause | None = None
    text: str = ""

    @property
    def ready(self) -> int:
        """Ready replicas of all services."""
        return sum(service.ready for service in self.services)

    @property
    def wanted(self) -> int:
        """Wanted replicas of all services."""
        return sum(service.wanted for service in self.services)


_IMAGE_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
_CRASH_REASONS = frozenset({"CrashLoopBackOff", "RunContainerError", "CreateContainerError"})


def unknown(text: str, group: Group | None = None) -> Health:
    """Health of a lease of which nothing current is known."""
    services = group.services if group else ()
    return Health(
        Verdict.UNKNOWN, tuple(_unknown(service, text) for service in services), text=text
    )


def assess(
    group: Group, objects: Iterable[JSONObject], node_state: NodeStates = all_ready
) -> Health:
    """
    Judge every service of a group by the objects observed in its namespace.

    Args:
        group: what should run.
        objects: Deployments, StatefulSets and Pods, in any order; others are ignored.
        node_state: of the nodes that pods are bound to.
    """
    controllers: dict[tuple[str, str], JSONObject] = {}
    pods: dict[str, list[JSONObject]] = {}
    for obj in objects:
        kind, metadata = obj["kind"], obj["metadata"]
        if kind in ("Deployment", "StatefulSet"):
            controllers[kind, metadata["name"]] = obj
        elif kind == "Pod":
            service = (metadata.get("labels") or {}).get(labels.SERVICE, "")
            pods.setdefault(service, []).append(obj)
    return _worst(
        tuple(
            _assess(
                service,
                controllers.get(_controller(service)),
                pods.get(service.name, []),
                node_state,
            )
            for service in group.services
        )
    )


def _controller(service: Service) -> tuple[str, str]:
    return ("StatefulSet" if volumes.persistent(service) else "Deployment", service.name)


def _worst(services: tuple[ServiceHealth, ...]) -> Health:
    for verdict in (Verdict.UNHEALTHY, Verdict.UNKNOWN):
        for service in services:
            if service.verdict is verdict:
                return Health(verdict, services, service.cause, f"{service.name}: {service.text}")
    return Health(Verdict.HEALTHY, services)


def _unknown(service: Service, text: str, ready: int = 0) -> ServiceHealth:
    return ServiceHealth(service.name, Verdict.UNKNOWN, ready, service.count, text=text)


def _assess(
    service: Service,
    controller: FrozenJSON | None,
    pods: list[JSONObject],
    node_state: NodeStates,
) -> ServiceHealth:
    if controller is None:
        return _unknown(service, "not seen yet")
    metadata, status = controller["metadata"], controller.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return _unknown(service, "being deleted")
    if status.get("observedGeneration") != metadata.get("generation"):
        return _unknown(service, "not acted on yet")
    ready = status.get("readyReplicas", 0)
    if min(ready, status.get("updatedReplicas", 0)) >= service.count:
        return ServiceHealth(service.name, Verdict.HEALTHY, ready, service.count)
    dark = [node for node in map(_node, pods) if node and node_state(node) is NodeState.NOT_READY]
    if dark:
        # What runs there, and what cannot run elsewhere because of it, nobody can tell.
        return _unknown(service, f"node {min(dark)} is not ready", ready)
    troubles = (_trouble(pod, node_state) for pod in pods)
    trouble = _refused(status) or next(filter(None, troubles), None)
    if trouble is None:
        return _unknown(service, "starting", ready)
    cause, text = trouble
    return ServiceHealth(service.name, Verdict.UNHEALTHY, ready, service.count, cause, text)


def _refused(status: FrozenJSON) -> tuple[Cause, str] | None:
    for condition in status.get("conditions") or ():
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return Cause.REFUSED, condition.get("message", "")
    return None


def _node(pod: FrozenJSON) -> str:
    """The node that a pod is bound to; "" for none."""
    return (pod.get("spec") or {}).get("nodeName") or ""


def _trouble(pod: FrozenJSON, node_state: NodeStates) -> tuple[Cause, str] | None:
    """What keeps a pod from being ready, None when nothing does or nobody can tell."""
    if pod["metadata"].get("deletionTimestamp"):
        return None
    if (node := _node(pod)) and node_state(node) is NodeState.GONE:
        return Cause.NODE_LOST, f"node {node} is gone"
    status = pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return Cause.UNSCHEDULABLE, condition.get("message", "")
    containers = status.get("containerStatuses") or ()
    return next(filter(None, map(_container_trouble, containers)), None)


def _container_trouble(container: FrozenJSON) -> tuple[Cause, str] | None:
    state = container.get("state") or {}
    waiting, terminated = state.get("waiting") or {}, state.get("terminated")
    reason = waiting.get("reason", "")
    text = ": ".join(filter(None, (reason, waiting.get("message"))))
    if reason in _IMAGE_REASONS:
        return Cause.IMAGE, text
    if reason in _CRASH_REASONS:
        return Cause.CRASH_LOOP, text
    if terminated:
        # Between its end and the next start; with restartPolicy Always that is a restart.
        return Cause.CRASH_LOOP, f"ended with exit code {terminated.get('exitCode')}"
    return None
