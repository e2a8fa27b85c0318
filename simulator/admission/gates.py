"""
Fields of features that a server of this version has switched off: taken, and dropped in silence.

How a verb uses it: after managedFields (whoever sets such a field is entered as its owner), before
validation.

Source: `dropDisabledFields` in the strategies under pkg/registry; recordings.
"""

from collections.abc import Mapping, Sequence

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.resources import Resource

_GATED: Mapping[str, Sequence[str]] = {
    # MaxUnavailableStatefulSet
    "StatefulSet": ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"),
}
"""Kind → path of the field."""


def without_gated(resource: Resource, new: JSONObject, old: JSONObject | None = None) -> JSONObject:
    """The object without gated fields; one that `old`, the stored object, already has may stay."""
    path = () if resource.custom else _GATED.get(resource.kind, ())
    if not path or _has(old, path) or not _has(new, path):
        return new
    return _without(new, path)


def _has(value: JSONValue, path: Sequence[str]) -> bool:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _without(value: JSONObject, path: Sequence[str]) -> JSONObject:
    head, *rest = path
    if rest:
        return {**value, head: _without(value[head], rest)}
    return {key: item for key, item in value.items() if key != head}
