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


def is_entry(entry: FrozenJSON, manager: str, operation: str) -> bool:
    """True for what a manager did to the object itself, its subresources left out."""
    return (
        entry.get("manager") == manager
        and entry.get("operation") == operation
        and not entry.get("subresource")
    )


def apply_entry(live: FrozenJSON, manager: str) -> JSONObject | None:
    """The manager's Apply entry; None when it never applied the object."""
    entries = managed_fields(live)
    return next((entry for entry in entries if is_entry(entry, manager, "Apply")), None)


def has_entry(live: FrozenJSON, manager: str) -> bool:
    """True when the manager wrote the object in whatever way."""
    return any(entry.get("manager") == manager for entry in managed_fields(live))
