"""
The admission plugin Priority: what the PriorityClass of a pod says goes into its spec.

Source: plugin/pkg/admission/priority/admission.go, as of 1.36.
"""

from collections.abc import Sequence

from simulator.jsontypes import FrozenJSON, JSONObject

_SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_PREEMPTS = "PreemptLowerPriority"
_COMPUTED = "priority admission controller computed {} from the given PriorityClass name"


def prioritised(spec: JSONObject, classes: Sequence[FrozenJSON]) -> JSONObject:
    """
    The spec of a new pod with its priority.

    Args:
        spec: as given.
        classes: every PriorityClass there is.

    Raises:
        ValueError: why the pod is forbidden: no such class, or it claims another priority.
    """
    name, value, policy = _chosen(spec.get("priorityClassName", ""), classes)
    given = spec.get("priority", value)
    if given != value:
        raise ValueError(
            f"the integer value of priority ({given}) must not be provided in pod spec; "
            + _COMPUTED.format(value)
        )
    given = spec.get("preemptionPolicy", policy)
    if given != policy:
        raise ValueError(
            f"the string value of PreemptionPolicy ({given}) must not be provided in pod spec; "
            + _COMPUTED.format(policy)
        )
    result = {**spec, "priority": value, "preemptionPolicy": policy}
    return result | {"priorityClassName": name} if name else result


def _chosen(name: str, classes: Sequence[FrozenJSON]) -> tuple[str, int, str]:
    """Name, value and policy of the class that counts."""
    if not name:
        defaults = [each for each in classes if each.get("globalDefault")]
        if not defaults:
            return "", 0, _PREEMPTS
        chosen = min(defaults, key=lambda each: each["value"])
    else:
        named = [each for each in classes if each["metadata"]["name"] == name]
        if not named and name in _SYSTEM:
            return name, _SYSTEM[name], _PREEMPTS
        if not named:
            raise ValueError(f"no PriorityClass with name {name} was found")
        chosen = named[0]
    return chosen["metadata"]["name"], chosen["value"], chosen.get("preemptionPolicy", _PREEMPTS)
