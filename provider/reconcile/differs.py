"""
Whether an object still is what we want, told without asking the server.

A dry run would be a write for the server and for the journal, so the comparison is done here, on
the object as the server gave it. Four rules:

1. What is desired and present must be equal, quantities as exact numbers.
2. What is desired and absent is fine when a server drops such a value (`readOnly: false`, an empty
   `value`) and our Apply entry in managedFields still owns its path; otherwise somebody took it.
   Any other value that is absent was never applied: the entry owns the path of an empty variable
   too, so that ownership alone would hide that it was given a value since.
3. The paths of our Apply entry are those desired: more is residue of an older generation, fewer
   means that somebody else owns the value and that no later apply of ours could remove it.
4. Without an Apply entry of ours the object is adopted: rule 1, and a zero value equals an absent
   one. What the object holds beyond the desired is left alone.

`akash.network/manifest.resource.version` is opaque and never compared. Source: Kubernetes,
"Server-Side Apply", and structured-merge-diff's serialization of field sets.
"""

from typing import Any, Final

import attrs

from provider.jsontypes import FrozenJSON, JSONObject, JSONValue
from provider.reconcile.leaves import (
    ABSENT,
    LIST_KEYS,
    ListKeys,
    Place,
    by_key,
    is_zero,
    item_path,
    key_of_field,
    key_of_item,
    same,
    same_whole,
)
from provider.reconcile.ownership import apply_entry
from provider.workload.labels import RESOURCE_VERSION

_UNOWNED: Final[dict[str, Any]] = {"": None}
"""In place of a field set that our entry does not have."""
_DEFAULTED = frozenset({"volumeClaimTemplates"})
"""Owned as a whole, but the server writes defaults into it."""
_GATED = "spec.updateStrategy.rollingUpdate.maxUnavailable"
"""A StatefulSet's; a server whose feature gate for it is off drops it, whatever its value."""


def differs(
    desired: FrozenJSON, live: FrozenJSON, *, manager: str = "leasekeeper"
) -> tuple[str, ...]:
    """
    Paths at which a live object is not what is desired; empty when nothing has to be written.

    Args:
        desired: as rendered; it holds name and namespace but nothing that a server fills in.
        live: as a server returned it, managedFields included.
        manager: our field manager.
    """
    entry = apply_entry(live, manager)
    if entry is None:
        adopted = _Adopted()
        adopted.members(_compared(desired), live, "", "")
        return tuple(adopted.found)
    applied = _Applied()
    applied.members(_compared(desired), live, entry.get("fieldsV1") or {}, "", "")
    return tuple(applied.found)


def _compared(desired: FrozenJSON) -> JSONObject:
    """The part of a rendered object that field sets speak of: all but its identity."""
    metadata = {k: v for k, v in desired["metadata"].items() if k in ("labels", "annotations")}
    rest = {k: v for k, v in desired.items() if k not in ("apiVersion", "kind", "metadata")}
    return {"metadata": metadata, **rest}


def _is_dropped(desired: JSONValue, path: str) -> bool:
    """True for what a server leaves out although it was written."""
    return is_zero(desired) or path == _GATED


@attrs.define(eq=False)
class _Applied:
    """Rules 1 to 3: an object that we have applied before."""

    found: list[str] = attrs.field(factory=list)

    def members(
        self, desired: FrozenJSON, live: FrozenJSON, owned: FrozenJSON, field: str, path: str
    ) -> None:
        prefix = f"{path}." if path else ""
        for name, value in desired.items():
            if name != RESOURCE_VERSION:
                present, fields = live.get(name, ABSENT), owned.get(f"f:{name}", _UNOWNED)
                self._value(value, present, fields, (field, name), prefix + name)
        for entry in owned:
            name = entry[2:]
            if entry.startswith("f:") and name not in desired and name != RESOURCE_VERSION:
                self.found.append(prefix + name)

    def _value(
        self, desired: JSONValue, live: JSONValue, owned: FrozenJSON, place: Place, path: str
    ) -> None:
        if keys := LIST_KEYS.get(place):
            self._items(desired, by_key(live, keys), owned, keys, place[1], path)
        elif owned is _UNOWNED:
            # An empty map has no path, and a zero that is zero needs no owner.
            if desired or not is_zero(live):
                self.found.append(path)
        elif isinstance(desired, dict) and len(owned) > ("." in owned):
            self.members(desired, live if isinstance(live, dict) else {}, owned, place[1], path)
        elif place[1] in _DEFAULTED:
            lenient = _Adopted(self.found)
            lenient.value(desired, live, place, path)
        elif isinstance(desired, dict | list):
            if not same_whole(desired, live):
                self.found.append(path)
        elif live is ABSENT:
            if not _is_dropped(desired, path):
                self.found.append(path)
        elif not same(desired, live, place):
            self.found.append(path)

    def _items(
        self,
        desired: list[JSONValue],
        live: dict[tuple[JSONValue, ...], JSONValue],
        owned: FrozenJSON,
        keys: ListKeys,
        field: str,
        path: str,
    ) -> None:
        """Compare items told apart by `keys`; their order does not matter."""
        entries = {key_of_field(k, keys): v for k, v in owned.items() if k.startswith("k:")}
        for item in desired:
            key = key_of_item(item, keys)
            fields = entries.pop(key, _UNOWNED)
            # The item stands in for its list: its own members are found under the list's name.
            self._value(item, live.get(key, ABSENT), fields, ("", field), item_path(path, key))
        self.found.extend(item_path(path, key) for key in entries)


@attrs.define(eq=False)
class _Adopted:
    """Rule 4: an object that somebody else made and we have not written yet."""

    found: list[str] = attrs.field(factory=list)

    def members(self, desired: FrozenJSON, live: FrozenJSON, field: str, path: str) -> None:
        prefix = f"{path}." if path else ""
        for name, value in desired.items():
            if name != RESOURCE_VERSION:
                self.value(value, live.get(name, ABSENT), (field, name), prefix + name)

    def value(self, desired: JSONValue, live: JSONValue, place: Place, path: str) -> None:
        if live is ABSENT or live is None:
            if not _is_dropped(desired, path):
                self.found.append(path)
        elif isinstance(desired, dict) and desired and isinstance(live, dict):
            self.members(desired, live, place[1], path)
        elif isinstance(desired, list) and isinstance(live, list):
            self._items(desired, live, place, path)
        elif not same(desired, live, place):
            self.found.append(path)

    def _items(
        self, desired: list[JSONValue], live: list[JSONValue], place: Place, path: str
    ) -> None:
        inside = ("", place[1])
        if keys := LIST_KEYS.get(place):
            present = by_key(live, keys)
            for item in desired:
                key = key_of_item(item, keys)
                self.value(item, present.get(key, ABSENT), inside, item_path(path, key))
        elif len(desired) != len(live):
            self.found.append(path)
        else:
            for position, (item, other) in enumerate(zip(desired, live, strict=True)):
                self.value(item, other, inside, f"{path}[{position}]")
