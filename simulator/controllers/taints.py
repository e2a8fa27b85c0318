"""
Taints of nodes against tolerations of pods. Pure.

Source: kubernetes component-helpers/scheduling/corev1, pkg/controller/tainteviction
(getMinTolerationTime).
"""

import math
from collections.abc import Iterable

from simulator.jsontypes import JSONObject

NO_SCHEDULE = "NoSchedule"
NO_EXECUTE = "NoExecute"


def of(node: JSONObject) -> tuple[JSONObject, ...]:
    """A node's taints."""
    return tuple(node["spec"].get("taints") or ())


def driving_out(node: JSONObject) -> tuple[JSONObject, ...]:
    """The taints that also end pods which are there already."""
    return tuple(taint for taint in of(node) if taint["effect"] == NO_EXECUTE)


def keeping_off(pod: JSONObject, node: JSONObject) -> JSONObject | None:
    """The first taint that keeps a new pod off a node; None when it may go there."""
    for taint in of(node):
        if taint["effect"] != "PreferNoSchedule" and not _tolerating(pod, taint):
            return taint
    return None


def seconds_to_stay(pod: JSONObject, taints: Iterable[JSONObject]) -> float:
    """How long a pod may stay under taints that drive out: 0 is not at all, infinity for ever."""
    allowed = math.inf
    for taint in taints:
        tolerations = _tolerating(pod, taint)
        if not tolerations:
            return 0.0
        limits = [t["tolerationSeconds"] for t in tolerations if "tolerationSeconds" in t]
        allowed = min(allowed, *(float(max(limit, 0)) for limit in limits), math.inf)
    return allowed


def _tolerating(pod: JSONObject, taint: JSONObject) -> list[JSONObject]:
    tolerations = pod["spec"].get("tolerations") or ()
    return [toleration for toleration in tolerations if _tolerates(toleration, taint)]


def _tolerates(toleration: JSONObject, taint: JSONObject) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same_value = toleration.get("value", "") == taint.get("value", "")
    return bool(toleration.get("key") == taint["key"] and same_value)
