"""Conditions in a status: look up, set with transition times, take away. Pure, lists are new."""

from collections.abc import Sequence

from simulator.jsontypes import JSONObject

Conditions = Sequence[JSONObject]


def condition(conditions: Conditions, kind: str) -> JSONObject | None:
    """The condition of a type, or None."""
    for entry in conditions:
        if entry["type"] == kind:
            return entry
    return None


def without(conditions: Conditions, kind: str) -> list[JSONObject]:
    """All conditions but those of a type."""
    return [entry for entry in conditions if entry["type"] != kind]


def is_true(obj: JSONObject, kind: str) -> bool:
    """Whether an object's condition of a type has status "True"."""
    found = condition(obj.get("status", {}).get("conditions") or (), kind)
    return found is not None and found["status"] == "True"
