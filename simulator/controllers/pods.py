"""What controllers ask of a pod. Pure. Source: kubernetes pkg/api/v1/pod, pkg/controller."""

from simulator import timestamps
from simulator.controllers.conditions import condition, is_true
from simulator.controllers.ownership import is_deleting
from simulator.jsontypes import JSONObject


def phase(pod: JSONObject) -> str:
    """`Pending`, `Running`, `Succeeded`, `Failed`, or "" for a pod that was never stored."""
    return str(pod.get("status", {}).get("phase", ""))


def node_name(pod: JSONObject) -> str:
    """Where the pod is bound; empty before that."""
    return str(pod["spec"].get("nodeName", ""))


def is_finished(pod: JSONObject) -> bool:
    """Whether the pod's containers have ended for good."""
    return phase(pod) in ("Succeeded", "Failed")


def is_active(pod: JSONObject) -> bool:
    """Whether the pod counts as a replica: neither finished nor on its way out."""
    return not is_finished(pod) and not is_deleting(pod)


def is_terminating(pod: JSONObject) -> bool:
    """Whether the pod is on its way out and its containers may still run."""
    return is_deleting(pod) and not is_finished(pod)


def is_ready(pod: JSONObject) -> bool:
    """Whether the pod's condition Ready is true."""
    return is_true(pod, "Ready")


def ready_since(pod: JSONObject) -> float:
    """Wall time at which a ready pod became so, in whole seconds; 0 if it is not ready."""
    ready = condition(pod.get("status", {}).get("conditions") or (), "Ready")
    if ready is None or ready["status"] != "True":
        return 0.0
    return timestamps.seconds(ready["lastTransitionTime"])


def available_in(pod: JSONObject, min_ready_seconds: int, now: float) -> float | None:
    """Seconds until a ready pod counts as available, 0 or less if it does; None if not ready."""
    if not is_ready(pod):
        return None
    if not min_ready_seconds:
        return 0.0
    return ready_since(pod) + min_ready_seconds - now


def is_available(pod: JSONObject, min_ready_seconds: int, now: float) -> bool:
    """Whether the pod has been ready for `min_ready_seconds`."""
    seconds = available_in(pod, min_ready_seconds, now)
    return seconds is not None and seconds <= 0


def restarts(pod: JSONObject) -> int:
    """Restarts of all its containers."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return sum(status.get("restartCount", 0) for status in statuses)


def claim_names(pod: JSONObject) -> tuple[str, ...]:
    """The claims that the pod's volumes refer to, in the order of the volumes."""
    return tuple(
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or ()
        if volume.get("persistentVolumeClaim")
    )
