"""
Sets of fields, in the very form that managedFields has on the wire (FieldsV1).

A set is a nested dict. `f:name` leads to a field, `k:{…}` to the list item with these keys, `v:…`
to the item of this value. What a key leads to: `{}` is a member; `{".": {}, …}` is a member with
members below; without "." only what is below belongs to the set. Sets are never changed once made.

Source: sigs.k8s.io/structured-merge-diff, fieldpath.
"""

from collections.abc import Iterator
from functools import lru_cache

import orjson

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.types import ListOf, MapOf, Opaque, Relation, Struct, Type

EMPTY: JSONObject = {}


def is_member(node: JSONObject) -> bool:
    """Whether the field that leads to this node is itself in the set."""
    return not node or "." in node


def union(one: JSONObject, other: JSONObject) -> JSONObject:
    """Members of either."""
    if not one or one is other:
        return other
    if not other:
        return one
    result = dict(one)
    for key, node in other.items():
        mine = one.get(key)
        result[key] = node if mine is None else _union_nodes(mine, node)
    return result


def _union_nodes(one: JSONObject, other: JSONObject) -> JSONObject:
    if one == other:
        return one
    merged = union(one, other)
    if merged and "." not in merged and (is_member(one) or is_member(other)):
        merged = {".": {}, **merged}
    return merged


def intersection(one: JSONObject, other: JSONObject) -> JSONObject:
    """Members of both."""
    result: JSONObject = {}
    for key, node in one.items():
        theirs = other.get(key)
        if key == "." or theirs is None:
            continue
        below = intersection(node, theirs)
        _put(result, key, below, member=is_member(node) and is_member(theirs))
    return result


def difference(one: JSONObject, other: JSONObject) -> JSONObject:
    """Members of `one` that are none of `other`; what lies below a member of `other` stays."""
    return _subtract(one, other, recursive=False)


def recursive_difference(one: JSONObject, other: JSONObject) -> JSONObject:
    """Members of `one` that are none of `other`, nor below one of its members."""
    return _subtract(one, other, recursive=True)


def _subtract(one: JSONObject, other: JSONObject, *, recursive: bool) -> JSONObject:
    if not other:
        return one
    result: JSONObject = {}
    for key, node in one.items():
        if key == ".":
            continue
        theirs = other.get(key)
        if theirs is None:
            result[key] = node
        elif not (recursive and is_member(theirs)):
            below = _subtract(node, theirs, recursive=recursive) if node else node
            below = {inner: value for inner, value in below.items() if inner != "."}
            _put(result, key, below, member=is_member(node) and not is_member(theirs))
    return result


def _put(result: JSONObject, key: str, below: JSONObject, *, member: bool) -> None:
    if member:
        result[key] = {".": {}, **below} if below else {}
    elif below:
        result[key] = below


def paths(fields: JSONObject) -> Iterator[str]:
    """Every member as a path, `.spec.containers[name="web"].image`, parents before children."""
    for key in sorted(fields):
        if key == ".":
            continue
        node = fields[key]
        text = element_text(key)
        if is_member(node):
            yield text
        for below in paths(node):
            yield text + below


def element_text(key: str) -> str:
    """One step of a path as messages print it: `.image`, `[name="web"]`, `[="a"]`, `[0]`."""
    kind, _, rest = key.partition(":")
    match kind:
        case "f":
            return f".{rest}"
        case "k":
            pairs = orjson.loads(rest).items()
            return "[" + ",".join(f"{name}={_scalar_text(value)}" for name, value in pairs) + "]"
        case "v":
            return f"[={_scalar_text(orjson.loads(rest))}]"
        case _:
            return f"[{rest}]"


def _scalar_text(value: JSONValue) -> str:
    return orjson.dumps(value).decode()


class NoKeyError(Exception):
    """An item of a list has nothing that tells it from the others; the text says why."""


def item_key(item: JSONValue, list_type: ListOf) -> str:
    """
    The step that leads to this item of a set or map-like list.

    Raises:
        NoKeyError: the item has no key.
    """
    if list_type.relation is Relation.SET:
        if isinstance(item, dict):
            raise NoKeyError("associative list without keys has an element that's a map type")
        if isinstance(item, list):
            raise NoKeyError("not supported: associative list with lists as elements")
        if item is None:
            raise NoKeyError("associative list without keys has an element that's an explicit null")
        return "v:" + orjson.dumps(item).decode()
    if item is None:
        raise NoKeyError("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise NoKeyError("associative list with keys may not have non-map elements")
    keys = {}
    for name in list_type.keys:
        value = item.get(name, list_type.key_defaults.get(name))
        if value is not None:
            keys[name] = value
    if not keys:
        names = " ".join(f'"{name}"' for name in list_type.keys)
        raise NoKeyError(
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)"
        )
    return "k:" + orjson.dumps(keys).decode()


def is_leaf(value: JSONValue, type_: Type) -> bool:
    """Whether this value counts as one field, however much it holds."""
    return type_.atomic or (isinstance(type_, Opaque) and not isinstance(value, dict))


@lru_cache(maxsize=8192)
def field_type(type_: Type, name: str) -> tuple[Type | None, bool]:
    """The type of a field of a map-like type (None: undeclared), and whether it is declared."""
    if isinstance(type_, Struct):
        declared = type_.fields.get(name)
        return (declared.type, True) if declared is not None else (type_.rest, False)
    return (type_.element if isinstance(type_, MapOf) else type_), False


def field_set(value: JSONObject, type_: Type) -> JSONObject:
    """
    The set of fields that a map-like value sets: its leaves, its list items, what it sets to
    nothing, and free keys.

    A list with two items of one key is covered by that item as a whole.
    """
    result: JSONObject = {}
    for name, item in value.items():
        item_type, declared = field_type(type_, name)
        node = None if item_type is None else _node(item, item_type)
        if declared:
            if node is not None:
                result[f"f:{name}"] = node
        else:
            result[f"f:{name}"] = {".": {}, **node} if node else {}
    return result


def _node(value: JSONValue, type_: Type) -> JSONObject | None:
    """What the key of this value leads to; None if nothing of it belongs to a set."""
    if value is None or value == {} or is_leaf(value, type_):
        return {}
    if isinstance(type_, ListOf):
        return _item_nodes(value, type_) or None
    return field_set(value, type_) or None


def _item_nodes(items: list[JSONValue], type_: ListOf) -> JSONObject:
    result: JSONObject = {}
    repeated = set()
    for item in items:
        key = item_key(item, type_)
        if key in result:
            repeated.add(key)
        node = _node(item, type_.element)
        result[key] = {".": {}, **node} if node else {}
    return {key: {} if key in repeated else node for key, node in result.items()}
