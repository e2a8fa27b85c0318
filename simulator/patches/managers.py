"""
managedFields as a whole: one entry per manager, operation, version and subresource.

Source: apimachinery pkg/util/managedfields/internal.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.patches.fieldsets import union

UPDATE_MANAGERS_MAX = 10
"""Beyond this many Update entries the oldest are merged into one named `ancient-changes`."""


@attrs.frozen
class Manager:
    """What tells entries apart. An Apply entry is found again whatever version it was made in."""

    name: str
    operation: str
    """`Apply` or `Update`."""
    api_version: str
    """Empty for Apply."""
    subresource: str = ""

    def __str__(self) -> str:
        """As in messages: `"hand" with subresource "scale" using v1`."""
        text = f'"{self.name}"'
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


@attrs.frozen
class Owned:
    """What a manager owns, and since when."""

    fields: JSONObject
    api_version: str
    time: str = ""
    """RFC 3339; empty if no time is kept."""


Managed: TypeAlias = dict[Manager, Owned]


def manager_of(name: str, operation: str, api_version: str, subresource: str) -> Manager:
    """The identity under which an operation is entered."""
    kept = api_version if operation == "Update" else ""
    return Manager(name or "unknown", operation, kept, subresource)


def decode(entries: Sequence[JSONObject] | None) -> Managed | None:
    """Entries from the wire; None if one of them makes no sense."""
    managed: Managed = {}
    for entry in entries or ():
        operation = entry.get("operation", "")
        api_version = entry.get("apiVersion", "")
        if operation not in ("Apply", "Update") or not api_version:
            return None
        if entry.get("fieldsType") != "FieldsV1":
            return None
        manager = manager_of(
            entry.get("manager", ""), operation, api_version, entry.get("subresource", "")
        )
        fields = entry.get("fieldsV1") or {}
        managed[manager] = Owned(fields, api_version, entry.get("time") or "")
    return managed


def encode(managed: Managed) -> list[JSONObject]:
    """Entries for the wire: Apply before Update, then by time, name, version, subresource."""
    return [_entry(manager, owned) for manager, owned in sorted(managed.items(), key=_order)]


def _order(item: tuple[Manager, Owned]) -> tuple[str, str, str, str, str]:
    manager, owned = item
    return manager.operation, owned.time, manager.name, owned.api_version, manager.subresource


def _entry(manager: Manager, owned: Owned) -> JSONObject:
    entry: JSONObject = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": owned.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": owned.fields,
    }
    if owned.time:
        entry["time"] = owned.time
    if manager.subresource:
        entry["subresource"] = manager.subresource
    return entry


def is_reset(entries: JSONValue) -> bool:
    """Whether a client asks for managedFields to be emptied: `[]` or `[{}]`."""
    return entries in ([], [{}])


def capped(managed: Managed) -> Managed:
    """The same managers, the oldest Update entries merged where there are too many."""
    updates = [manager for manager in managed if manager.operation == "Update"]
    excess = len(updates) - UPDATE_MANAGERS_MAX
    if excess <= 0:
        return managed
    updates.sort(key=lambda manager: (managed[manager].time, manager.name, manager.subresource))
    # Merging n entries of one version into one saves n - 1.
    merged = updates[: excess + 1]
    result = {manager: owned for manager, owned in managed.items() if manager not in merged}
    for manager in merged:
        owned = managed[manager]
        bucket = Manager("ancient-changes", "Update", owned.api_version)
        before = result.get(bucket)
        fields = union(before.fields, owned.fields) if before else owned.fields
        result[bucket] = attrs.evolve(owned, fields=fields)
    return result


def same_but_time(one: Sequence[Mapping[str, JSONValue]], other: Sequence[JSONObject]) -> bool:
    """Whether two lists of entries differ in nothing but their times (and so in their order)."""
    if len(one) != len(other):
        return False
    timeless = [{**entry, "time": None} for entry in one]
    return all({**entry, "time": None} in timeless for entry in other)
