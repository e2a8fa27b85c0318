"""What a trace tells of objects in the cluster: whose they are, their generation, what changed. Pure."""

from collections.abc import Iterator
from typing import Final

from simulator.chaos.report.masking import masked
from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue

NODES: Final = "nodes"
PODS: Final = "pods"
LEASES: Final = "leases"

TOLD: Final = frozenset(
    {"namespaces", "pods", "services", "secrets", "serviceaccounts", "persistentvolumeclaims"}
    | {"deployments", "statefulsets", "ingresses", "networkpolicies", "roles", "rolebindings"}
    | {"manifests", "providerhosts", "providerleasedips", "jobs"}
)
"""Kinds of which every telling change is kept; of others none: they follow from these."""

_LABEL = "akash.network/lease.id."
_CHANGES_MAX = 6
_LETTERS_MAX = 60
_PARTS = ("spec", "data", "stringData", "rules", "metadata")
_PARTS_OF_METADATA = ("annotations", "labels", "deletionTimestamp")


def chain_name(obj: FrozenJSON) -> str:
    """`owner/dseq/gseq/oseq/provider` of the lease that an object's labels or spec name, or ""."""
    labels = obj.get("metadata", {}).get("labels") or {}
    spec = obj.get("spec") or {}
    given = spec.get("lease_id") or (spec if "dseq" in spec else {})
    parts = ("owner", "dseq", "gseq", "oseq", "provider")
    found = [labels.get(_LABEL + part) or given.get(part) for part in parts]
    return "/".join(str(part) for part in found) if all(found) else ""


def generation(obj: FrozenJSON) -> int:
    """The value of GENERATION in the environment of its containers or services; 0 for none."""
    for variable in _environment(obj.get("spec") or {}):
        name, value = "", ""
        if isinstance(variable, str):
            name, _, value = variable.partition("=")
        elif isinstance(variable, dict):
            name, value = str(variable.get("name")), str(variable.get("value"))
        if name == "GENERATION" and value.isdigit():
            return int(value)
    return 0


def _environment(spec: JSONObject) -> Iterator[JSONValue]:
    pod = (spec.get("template") or {}).get("spec") or spec
    for container in (
        *(pod.get("containers") or ()),
        *((spec.get("group") or {}).get("services") or ()),
    ):
        yield from container.get("env") or ()


def is_ready(obj: FrozenJSON) -> bool | None:
    """The Ready condition of a pod or a node; None where there is none."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Ready":
            return bool(condition.get("status") == "True")
    return None


def telling(obj: FrozenJSON) -> FrozenJSON:
    """What of an object somebody asked for, without what controllers report back."""
    metadata = obj.get("metadata", {})
    kept = {part: obj[part] for part in _PARTS if part in obj and part != "metadata"}
    return kept | {part: metadata[part] for part in _PARTS_OF_METADATA if part in metadata}


def changes(before: FrozenJSON, after: FrozenJSON) -> list[str]:
    """The first few fields that differ, as `spec.replicas: 2`; values of secrets masked."""
    kind = str(after.get("kind", ""))
    shown = masked(telling(after), kind)
    found = [
        f"{'.'.join(path)}: {_short(_at(shown, path))}"
        for path in _differing(telling(before), telling(after), ())
    ]
    more = len(found) - _CHANGES_MAX
    return [*found[:_CHANGES_MAX], f"and {more} more"] if more > 0 else found


def _differing(
    before: JSONValue, after: JSONValue, path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _differing(before.get(key), after.get(key), (*path, str(key)))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(old, new, (*path, str(number)))
    else:
        yield path


def _at(value: JSONValue, path: tuple[str, ...]) -> JSONValue:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            value = value[int(part)]
        else:
            return value
    return value


def _short(value: JSONValue) -> str:
    text = "gone" if value is None else str(value)
    return text if len(text) <= _LETTERS_MAX else text[: _LETTERS_MAX - 1] + "…"
