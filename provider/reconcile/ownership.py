"""
Reading `metadata.managedFields`: who owns what of a live object.

Source: Kubernetes, "Field Management"; an entry is told apart by manager, operation, apiVersion
and subresource.
"""

from provider.jsontypes import FrozenJSON, JSONObject, JSONValue

GO_PROVIDER = "provider-services"
"""Field manager of the Go provider: its binary's name, as client-go sends it."""


def managed_fields(live: FrozenJSON) -> list[JSONObject]:
    """The entries of an object, in their order."""
    entries: JSONValue = live["metadata"].get("managedFields")
    return entries or []


def apply_entry(live: FrozenJSON, manager: str) -> JSONObject | None:
    """The manager's Apply entry for the object itself; None when it never applied it."""
    for entry in managed_fields(live):
        if (
            entry.get("manager") == manager
            and entry.get("operation") == "Apply"
            and not entry.get("subresource")
        ):
            return entry
    return None


def has_entry(live: FrozenJSON, manager: str) -> bool:
    """True when the manager wrote the object itself in whatever way."""
    return any(
        entry.get("manager") == manager and not entry.get("subresource")
        for entry in managed_fields(live)
    )
