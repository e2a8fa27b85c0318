"""
What changed between two versions of an object, field by field.

Source: structured-merge-diff, typed/compare.go.
"""

import attrs
import orjson

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.types import ABSENT, ListOf, Opaque, Type
from simulator.patches.fieldsets import field_type, is_leaf, item_key


@attrs.frozen
class Comparison:
    """Sets of fields. Where a field came or went, so did, in the set, all that lies below it."""

    changed: JSONObject
    """Added, or there before with another value."""
    removed: JSONObject


def same(one: JSONValue, other: JSONValue) -> bool:
    """Whether two values are equal as JSON, where `true` is not 1, nor 1.0."""
    if one != other:
        return False
    sort = orjson.OPT_SORT_KEYS
    return orjson.dumps(one, option=sort) == orjson.dumps(other, option=sort)


def compare(old: JSONObject, new: JSONObject, type_: Type) -> Comparison:
    """Two versions of a map-like value; parts that are one object in both are not looked into."""
    comparison = Comparison({}, {})
    _fields(old, new, type_, comparison)
    return comparison


def _fields(old: JSONObject, new: JSONObject, type_: Type, into: Comparison) -> None:
    for name, value in new.items():
        before = old.get(name, ABSENT)
        if before is not value:
            _visit(f"f:{name}", before, value, field_type(type_, name)[0], into)
    for name, before in old.items():
        if name not in new:
            _visit(f"f:{name}", before, ABSENT, field_type(type_, name)[0], into)


def _visit(key: str, old: JSONValue, new: JSONValue, type_: Type | None, into: Comparison) -> None:
    if type_ is None:
        return
    if _counts_as_leaf(old, new, type_):
        if new is ABSENT:
            into.removed[key] = {}
        elif old is ABSENT or not _equal(old, new, type_):
            into.changed[key] = {}
        return
    below = Comparison({}, {})
    if isinstance(type_, ListOf):
        _items(_or_empty(old, []), _or_empty(new, []), type_, below)
    else:
        _fields(_or_empty(old, {}), _or_empty(new, {}), type_, below)
    if below.changed:
        into.changed[key] = {".": {}, **below.changed} if old is ABSENT else below.changed
    if below.removed:
        into.removed[key] = {".": {}, **below.removed} if new is ABSENT else below.removed


def _equal(one: JSONValue, other: JSONValue, type_: Type) -> bool:
    """Only what has no type of its own can be equal in Python and not as JSON."""
    return same(one, other) if isinstance(type_, Opaque) else bool(one == other)


def _or_empty(value: JSONValue, empty: JSONValue) -> JSONValue:
    return empty if value is ABSENT or value is None else value


def _counts_as_leaf(old: JSONValue, new: JSONValue, type_: Type) -> bool:
    """Leaves, and containers of which neither version holds anything: {} is not the same as null."""
    if type_.atomic or not isinstance(new if new is not ABSENT else old, dict | list | None):
        # A custom resource may hold anything until its schema is asked.
        return True
    hold_nothing = _holds_nothing(old) and _holds_nothing(new)
    given = old if new is ABSENT or new is None else new
    return hold_nothing or is_leaf(given, type_) or _differ_in_kind(old, new)


def _holds_nothing(value: JSONValue) -> bool:
    return value is ABSENT or value is None or value == {} or value == []


def _differ_in_kind(old: JSONValue, new: JSONValue) -> bool:
    kinds = {
        dict if isinstance(value, dict) else list if isinstance(value, list) else None
        for value in (old, new)
        if value is not ABSENT and value is not None
    }
    return len(kinds) > 1


def _items(old: list[JSONValue], new: list[JSONValue], type_: ListOf, into: Comparison) -> None:
    before, after = _by_key(old, type_), _by_key(new, type_)
    for key, values in after.items():
        theirs = before.get(key, [])
        if len(values) == 1 and len(theirs) <= 1:
            value = theirs[0] if theirs else ABSENT
            if value is not values[0]:
                _visit(key, value, values[0], type_.element, into)
        elif values != theirs:
            # Repeated items stand and fall together.
            into.changed[key] = {}
    for key, values in before.items():
        if key not in after:
            value = values[0] if len(values) == 1 else ABSENT
            if value is ABSENT:
                into.removed[key] = {}
            else:
                _visit(key, value, ABSENT, type_.element, into)


def _by_key(items: list[JSONValue], type_: ListOf) -> dict[str, list[JSONValue]]:
    found: dict[str, list[JSONValue]] = {}
    for item in items:
        found.setdefault(item_key(item, type_), []).append(item)
    return found
