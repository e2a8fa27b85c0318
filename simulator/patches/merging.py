"""
The merge behind an apply, and the removal of what a manager no longer applies.

Both copy only along the paths that they change: what stays the same stays the same object.

Source: structured-merge-diff, typed/merge.go, typed/remove.go and merge/update.go.
"""

from collections import deque

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.types import ListOf, Opaque, Type
from simulator.patches.fieldsets import field_type, is_leaf, is_member, item_key


def merged(live: JSONObject, applied: JSONObject, type_: Type) -> JSONObject:
    """`live` with every field that `applied` sets."""
    result = live
    for name, value in applied.items():
        item_type, _ = field_type(type_, name)
        if name in live and item_type is not None:
            value = _merged_value(live[name], value, item_type)
            if value is live[name]:
                continue
        if result is live:
            result = dict(live)
        result[name] = value
    return result


def _merged_value(live: JSONValue, applied: JSONValue, type_: Type) -> JSONValue:
    if live == applied and not isinstance(type_, Opaque):
        return live
    if is_leaf(applied, type_):
        return applied
    if isinstance(type_, ListOf):
        if live and not applied:
            return live
        return _merged_items(live or [], applied, type_)
    if not isinstance(live, dict) or not isinstance(applied, dict):
        return live if isinstance(live, dict) and live and applied is None else applied
    return merged(live, applied, type_)


def _merged_items(live: list[JSONValue], applied: list[JSONValue], type_: ListOf) -> JSONValue:
    """
    Items of both: shared ones in the order in which they are applied, the rest of `live` where it
    stood among them.
    """
    live_keys = [item_key(item, type_) for item in live]
    mine: dict[str, JSONValue] = {}
    for key, item in zip(live_keys, live, strict=True):
        mine[key] = None if key in mine else item  # Repeated items are replaced, not merged.
    theirs = {item_key(item, type_): item for item in applied}
    awaited = deque(key for key in theirs if key in mine)
    result = []
    left = 0
    for key, item in theirs.items():
        # What stands before the next shared item goes first, but shared items wait for their turn.
        while left < len(live) and live_keys[left] != (awaited[0] if awaited else None):
            if live_keys[left] not in theirs:
                result.append(live[left])
            left += 1
        if awaited and awaited[0] == key:
            awaited.popleft()
            left += 1
            item = _merged_value(mine[key], item, type_.element)
        result.append(item)
    result += [
        each for each, key in zip(live[left:], live_keys[left:], strict=True) if key not in theirs
    ]
    return live if _same_items(result, live) else result


def _same_items(one: list[JSONValue], other: list[JSONValue]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def pruned(value: JSONObject, type_: Type, last: JSONObject, owned: JSONObject) -> JSONObject:
    """
    `value` without the fields that are in `last`, what the applying manager set before, and that
    nobody owns now, the manager itself included.

    A field goes with all that lies below it; a struct counts as set by whoever sets a field of it.
    """
    result = value
    for name in value:
        node = last.get(f"f:{name}")
        if node is None:
            continue
        item_type, declared = field_type(type_, name)
        keeper = owned.get(f"f:{name}")
        if (declared or is_member(node)) and not _keeps(keeper, declared=declared):
            if result is value:
                result = dict(value)
            del result[name]
        elif item_type is not None:
            kept = _pruned_value(value[name], item_type, node, keeper or {})
            if kept is not value[name]:
                if result is value:
                    result = dict(value)
                result[name] = kept
    return result


def _keeps(node: JSONObject | None, *, declared: bool) -> bool:
    return node is not None and (declared or is_member(node))


def _pruned_value(value: JSONValue, type_: Type, last: JSONObject, owned: JSONObject) -> JSONValue:
    if not value or is_leaf(value, type_):
        return value
    if not isinstance(type_, ListOf):
        return pruned(value, type_, last, owned)
    kept = []
    for item in value:
        key = item_key(item, type_)
        node, keeper = last.get(key), owned.get(key)
        if node is None:
            kept.append(item)
        elif not is_member(node) or _keeps(keeper, declared=False):
            kept.append(_pruned_value(item, type_.element, node, keeper or {}))
    return value if _same_items(kept, value) else kept
