"""`metav1.LabelSelector` objects and node selector requirements as predicates. Pure."""

from collections.abc import Mapping

from simulator.jsontypes import JSONObject

Labels = Mapping[str, str]


def labels_of(obj: JSONObject) -> Labels:
    """An object's labels, possibly none."""
    labels: Labels = obj["metadata"].get("labels") or {}
    return labels


def has_all(labels: Labels, wanted: Labels) -> bool:
    """Whether every wanted label is there with its value (a Service's selector)."""
    return all(labels.get(key) == value for key, value in wanted.items())


def meets(labels: Labels, requirement: JSONObject) -> bool:
    """
    Whether labels meet one expression of a label or node selector.

    Gt and Lt compare integers and are false when either side is none
    (k8s.io/component-helpers/scheduling/corev1/nodeaffinity, apimachinery labels.Requirement).
    """
    values = requirement.get("values") or []
    value = labels.get(requirement["key"])
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement["operator"], value, values)
        case _:
            return False


def matches(labels: Labels, selector: JSONObject | None) -> bool:
    """Whether labels match a LabelSelector; an empty one matches everything, None nothing."""
    if selector is None:
        return False
    return has_all(labels, selector.get("matchLabels") or {}) and all(
        meets(labels, requirement) for requirement in selector.get("matchExpressions") or ()
    )


def _compares(operator: str, value: str | None, values: list[str]) -> bool:
    try:
        number, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound
