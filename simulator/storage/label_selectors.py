"""`metav1.LabelSelector` objects, as roles, quotas and webhooks hold them, as requirements."""

from collections.abc import Mapping

from simulator.jsontypes import FrozenJSON
from simulator.storage.selectors import Requirement

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def selects(selector: FrozenJSON | None, labels: Mapping[str, str]) -> bool:
    """Whether labels match; an empty selector takes everything, None nothing."""
    if selector is None:
        return False
    return all(requirement.matches(labels) for requirement in _requirements(selector))


def _requirements(selector: FrozenJSON) -> list[Requirement]:
    equal = [
        Requirement(key, "in", frozenset({value}))
        for key, value in (selector.get("matchLabels") or {}).items()
    ]
    return equal + [
        Requirement(each["key"], _OPERATORS[each["operator"]], frozenset(each.get("values") or ()))
        for each in selector.get("matchExpressions") or ()
    ]
