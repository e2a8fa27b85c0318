"""
Making the Go provider's part of an object ours, before the object's first change by us.

The Go provider writes with POST and PUT, so the server books its fields under an `Update` entry. An
apply would add an entry of ours beside it, and what a later generation drops would stay, co-owned.
Renaming that entry makes the next apply prune what it does not name. Source: Kubernetes,
"Server-Side Apply", migration from client-side management.
"""

from provider.jsontypes import FrozenJSON, JSONObject
from provider.reconcile.ownership import GO_PROVIDER, is_entry, managed_fields


def takeover_patch(live: FrozenJSON, *, manager: str = "leasekeeper") -> list[JSONObject] | None:
    """
    JSON patch that books the Go provider's fields under our Apply entry; None when it has none.

    Guarded by `test` on resourceVersion: the indexes are those of the object that was seen.
    """
    entries = managed_fields(live)
    theirs = [entry for entry in entries if is_entry(entry, GO_PROVIDER, "Update")]
    if not theirs:
        return None
    ours = [entry for entry in entries if is_entry(entry, manager, "Apply")]
    fields: JSONObject = {}
    for entry in (*ours, *theirs):
        fields = _union(fields, entry.get("fieldsV1") or {})
    taken = {**theirs[0], "manager": manager, "operation": "Apply", "fieldsV1": fields}
    # Two entries of one manager and operation would not be valid: ours and theirs become one.
    rest = [entry for entry in entries if entry not in theirs and entry not in ours]
    return [
        {
            "op": "test",
            "path": "/metadata/resourceVersion",
            "value": live["metadata"]["resourceVersion"],
        },
        {"op": "replace", "path": "/metadata/managedFields", "value": [taken, *rest]},
    ]


def _union(one: FrozenJSON, other: FrozenJSON) -> JSONObject:
    merged = dict(one)
    for key, value in other.items():
        merged[key] = _union(merged[key], value) if key in merged else value
    return merged
