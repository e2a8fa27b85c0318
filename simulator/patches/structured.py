"""
Server-side apply, and who owns which field.

How a verb uses it (`ignored` is `resource.reset_fields(subresource)`):

    create, replace, JSON, merge and strategic patch:
        new = defaulted(resource, new)
        new = update(live, new, type, manager=…, …)       # live None: the object is being created
    apply:
        new = apply(live, applied, type, manager=…, …)    # live None: likewise
        new = defaulted(resource, new)
    then admission (which owns nothing), gated fields, validation, allocation, and at last
        new = settled(live, new)                          # `new is live`: nothing is written

Objects handed in are never changed, and parts that stay the same are shared with them.

Source: structured-merge-diff merge/update.go; apimachinery pkg/util/managedfields/internal.
"""

from collections.abc import Mapping
from functools import reduce

import attrs

from simulator.jsontypes import JSONObject
from simulator.kinds.schemas import zero
from simulator.kinds.types import Struct
from simulator.patches import fieldsets
from simulator.patches.comparison import Comparison, compare, same
from simulator.patches.errors import ApplyConflict, Conflict, TypedPatchError
from simulator.patches.fieldsets import NoKeyError
from simulator.patches.managers import (
    Managed,
    Manager,
    Owned,
    capped,
    decode,
    encode,
    is_reset,
    manager_of,
    same_but_time,
)
from simulator.patches.merging import merged, pruned
from simulator.patches.typing import mistakes_in

BEFORE_FIRST_APPLY = "before-first-apply"
"""Manager that is made to own what an unmanaged object held when it is first applied to."""

_NEVER_OWNED: JSONObject = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {},
        "f:name": {},
        "f:namespace": {},
        "f:creationTimestamp": {},
        "f:selfLink": {},
        "f:uid": {},
        "f:clusterName": {},
        "f:generation": {},
        "f:managedFields": {},
        "f:resourceVersion": {},
    },
}


def apply(
    live: JSONObject | None,
    applied: JSONObject,
    type_: Struct,
    *,
    manager: str,
    api_version: str,
    now: str,
    force: bool,
    subresource: str = "",
    ignored: JSONObject = fieldsets.EMPTY,
) -> JSONObject:
    """
    The object with what `applied` sets, without what its manager applied before and now leaves
    out and nobody else owns; managedFields brought up to date.

    Args:
        live: the stored object; None if there is none.
        applied: as sent; must not hold managedFields (a verb refuses those).
        type_: of the kind.
        manager: its name; `api_version` and `subresource` say what it writes to.
        api_version: of `applied`.
        subresource: empty for the object itself.
        now: RFC 3339 time of the entry, kept as it was if nothing changed.
        force: take fields that other managers own with other values.
        ignored: set of fields that this endpoint does not write.

    Raises:
        ApplyConflict: without force, a field is another manager's.
        TypedPatchError: unknown fields, wrong types or repeated list keys.
    """
    mistakes = mistakes_in(applied, type_)
    if mistakes:
        text = f"failed to create typed patch object ({_about(applied)}): {mistakes}"
        raise TypedPatchError(text)
    base = _empty(applied, type_) if live is None else live
    identity = manager_of(manager, "Apply", api_version, subresource)
    try:
        return _applied(base, applied, _Writer(identity, type_, api_version, now, ignored), force)
    except NoKeyError as error:
        text = f"failed to create typed live object ({_about(base)}): {error}"
        raise TypedPatchError(text) from error


@attrs.frozen
class _Writer:
    """Who writes, to what, and when."""

    identity: Manager
    type: Struct
    api_version: str
    now: str
    ignored: JSONObject


def _applied(live: JSONObject, applied: JSONObject, writer: _Writer, force: bool) -> JSONObject:
    identity = writer.identity
    managed = _managers_of(live, writer)
    live = _unmanaged(live)
    last = managed.get(identity)
    fields = fieldsets.field_set(applied, writer.type)
    fields = fieldsets.recursive_difference(fields, writer.ignored)
    own = fieldsets.difference(fields, _NEVER_OWNED)
    managed = {**managed, identity: Owned(fields, writer.api_version, last.time if last else "")}
    new = merged(live, applied, writer.type)
    if last is not None and last.fields != own:
        owned = reduce(fieldsets.union, (each.fields for each in managed.values()))
        new = pruned(new, writer.type, last.fields, owned)
    comparison = _compared(live, new, writer)
    if not force:
        _refuse_conflicts(managed, identity, comparison)
    managed = _yielded(managed, comparison, but=identity)
    if own:
        time = managed[identity].time if new == live else writer.now
        managed[identity] = Owned(own, writer.api_version, time)
    else:
        managed.pop(identity, None)
    return _managed(new, managed)


def _managers_of(live: JSONObject, writer: _Writer) -> Managed:
    """Who owns what before an apply; what nobody owns is entered for "before the first apply"."""
    managed = decode(live["metadata"].get("managedFields"))
    if managed:
        return managed
    before = attrs.evolve(
        writer.identity,
        name=BEFORE_FIRST_APPLY,
        operation="Update",
        api_version=writer.api_version,
    )
    first = attrs.evolve(writer, identity=before)
    return _updated(_empty(live, writer.type), _unmanaged(live), {}, first)


def update(
    live: JSONObject | None,
    new: JSONObject,
    type_: Struct,
    *,
    manager: str,
    api_version: str,
    now: str,
    subresource: str = "",
    ignored: JSONObject = fieldsets.EMPTY,
) -> JSONObject:
    """
    `new` with managedFields that tell who owns what, now that `manager` has made it of `live`.

    What changed becomes the manager's and is taken from all others; what is gone is nobody's.

    Args:
        live: the stored object; None when it is being created.
        new: complete, defaults included; its own managedFields count (a client may edit them),
            unless they are missing or make no sense, or the write is to a subresource.
        type_: of the kind.
        manager: its name; `api_version` and `subresource` say what it writes to.
        api_version: of `new`.
        subresource: empty for the object itself.
        now: RFC 3339 time of the entry if the manager gains a field; empty to keep no time.
        ignored: set of fields that this endpoint does not write.
    """
    base = _empty(new, type_) if live is None else live
    managed = _starting_point(base, new, subresource)
    new = _unmanaged(new)
    if not managed and live is not None:
        return new
    identity = manager_of(manager, "Update", api_version, subresource)
    writer = _Writer(identity, type_, api_version, now, ignored)
    try:
        managed = capped(_updated(_unmanaged(base), new, managed, writer))
    except NoKeyError:
        # The real server, too, leaves alone what it cannot bring up to date.
        managed = decode(base["metadata"].get("managedFields")) or {}
    return _managed(new, managed)


def settled(live: JSONObject, new: JSONObject) -> JSONObject:
    """`live` itself if `new` differs from it in nothing but times in managedFields, else `new`."""
    one, other = live["metadata"], new["metadata"]
    entries, fresh = one.get("managedFields", []), other.get("managedFields", [])
    if not same_but_time(entries, fresh):
        return new
    return live if same(_unmanaged(live), _unmanaged(new)) else new


def _updated(live: JSONObject, new: JSONObject, managed: Managed, writer: _Writer) -> Managed:
    comparison = _compared(live, new, writer)
    managed = _yielded(managed, comparison)
    gained = fieldsets.difference(comparison.changed, _NEVER_OWNED)
    if gained:
        before = managed.get(writer.identity)
        fields = fieldsets.union(before.fields, gained) if before else gained
        managed[writer.identity] = Owned(fields, writer.api_version, writer.now)
    return managed


def _compared(old: JSONObject, new: JSONObject, writer: _Writer) -> Comparison:
    comparison = compare(old, new, writer.type)
    if not writer.ignored:
        return comparison
    return Comparison(
        fieldsets.recursive_difference(comparison.changed, writer.ignored),
        fieldsets.recursive_difference(comparison.removed, writer.ignored),
    )


def _refuse_conflicts(managed: Managed, applier: Manager, comparison: Comparison) -> None:
    conflicts = []
    for manager in sorted(managed, key=str):
        if manager != applier:
            wanted = fieldsets.intersection(managed[manager].fields, comparison.changed)
            conflicts += [Conflict(str(manager), path) for path in fieldsets.paths(wanted)]
    if conflicts:
        raise ApplyConflict(tuple(conflicts))


def _yielded(managed: Managed, comparison: Comparison, but: Manager | None = None) -> Managed:
    """Every manager but one without the fields that changed or went; who owns nothing is gone."""
    result: Managed = {}
    for manager, owned in managed.items():
        fields = owned.fields
        if manager != but:
            fields = fieldsets.difference(fields, comparison.changed)
            fields = fieldsets.difference(fields, comparison.removed)
        if fields:
            result[manager] = (
                owned if fields is owned.fields else attrs.evolve(owned, fields=fields)
            )
    return result


def _starting_point(live: JSONObject, new: JSONObject, subresource: str) -> Managed:
    sent = new["metadata"].get("managedFields")
    if not subresource:
        if is_reset(sent):
            return {}
        managed = decode(sent)
        if managed:
            return managed
    return decode(live["metadata"].get("managedFields")) or {}


def _empty(like: Mapping[str, object], type_: Struct) -> JSONObject:
    """What an object of this kind is before anybody has set anything."""
    empty: JSONObject = {} if type_.custom else dict(zero(type_))
    empty["apiVersion"], empty["kind"] = like["apiVersion"], like["kind"]
    empty.setdefault("metadata", {})
    return empty


def _unmanaged(obj: JSONObject) -> JSONObject:
    if "managedFields" not in obj["metadata"]:
        return obj
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


def _managed(obj: JSONObject, managed: Managed) -> JSONObject:
    if not managed:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "managedFields": encode(managed)}}


def _about(obj: JSONObject) -> str:
    """`namespace/name; group/version, Kind=kind`, as errors about typing name an object."""
    metadata = obj.get("metadata") or {}
    api_version = obj.get("apiVersion", "")
    group_version = api_version if "/" in api_version else f"/{api_version}"
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return f"{name}; {group_version}, Kind={obj.get('kind', '')}"
