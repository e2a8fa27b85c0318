"""
Strategic merge patch: a merge patch that knows the types, merges lists by key, and has directives.

Directives: `$patch: replace|delete|merge` in an object or as an item of a list, `$setElementOrder/x`
beside a list x, `$deleteFromPrimitiveList/x` for a list of scalars, `$retainKeys` in an object.

The document is never changed. Source: apimachinery pkg/util/strategicpatch.
"""

from collections.abc import Sequence

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.types import Field, ListOf, MapOf, Struct, Type
from simulator.patches.errors import PatchError, not_an_object
from simulator.patches.typing import go_text

_ORDER = "$setElementOrder/"
_DELETE_SCALARS = "$deleteFromPrimitiveList/"
_RETAIN = "$retainKeys"
_DIRECTIVE = "$patch"


def apply(document: JSONObject, patch: JSONValue, type_: Type) -> JSONObject:
    """
    The document as patched.

    Raises:
        PatchError: 400 if the patch is no object; 500 for directives that make no sense.
    """
    if not isinstance(patch, dict):
        raise not_an_object(patch)
    return _merged(document, patch, type_)


def _merged(original: JSONObject, patch: JSONObject, type_: Type) -> JSONObject:
    match patch.get(_DIRECTIVE, "merge"):
        case "replace":
            return _plain_object(patch)
        case "delete":
            return {}
        case "merge":
            pass
        case other:
            raise PatchError(f"unknown patch type: {other} in map", code=500)
    result = dict(original)
    ordered = _merge_ordered_lists(result, patch, type_)
    if _RETAIN in patch:
        result = _retained(result, patch)
    for name, value in patch.items():
        if name.startswith(_DELETE_SCALARS):
            target = name.removeprefix(_DELETE_SCALARS)
            result[target] = [item for item in result.get(target) or () if item not in value]
        elif name in ordered or _is_directive(name):
            continue
        elif value is None:
            result.pop(name, None)
        elif name not in result:
            result[name] = _plain(value)
        else:
            result[name] = _merged_value(result[name], value, _field(type_, name))
    return result


def _is_directive(name: str) -> bool:
    return name in (_DIRECTIVE, _RETAIN) or name.startswith((_ORDER, _DELETE_SCALARS))


def _field(type_: Type, name: str) -> Field:
    if isinstance(type_, Struct) and name in type_.fields:
        return type_.fields[name]
    return Field(type_.element if isinstance(type_, MapOf) else type_)


def _merged_value(original: JSONValue, patch: JSONValue, field: Field) -> JSONValue:
    if isinstance(original, dict) and isinstance(patch, dict):
        if "replace" in field.strategies:
            return _plain(patch)
        return _merged(original, patch, field.type)
    lists = isinstance(original, list) and isinstance(patch, list)
    if lists and "merge" in field.strategies and isinstance(field.type, ListOf):
        return _merged_list(original, patch, field.type, field.merge_key)
    return _plain(patch)


def _retained(original: JSONObject, patch: JSONObject) -> JSONObject:
    keys = patch[_RETAIN]
    for name, value in patch.items():
        if value is not None and not _is_directive(name) and name not in keys:
            raise PatchError(
                "the $retainKeys value doesn't match the other fields in the patch", code=500
            )
    return {name: value for name, value in original.items() if name in keys}


def _merge_ordered_lists(result: JSONObject, patch: JSONObject, type_: Type) -> frozenset[str]:
    """Merges and orders each list that has an order directive; their names are done with."""
    done = set()
    for directive, order in patch.items():
        if not directive.startswith(_ORDER):
            continue
        name = directive.removeprefix(_ORDER)
        field = _field(type_, name)
        original, items = result.get(name), patch.get(name)
        if items is not None:
            merged = _merged_value(original, items, field) if original else _plain(items)
        else:
            merged = original
        if merged:
            wanted = [_identity(item, field.merge_key) for item in order]
            before = [_identity(item, field.merge_key) for item in original or ()]
            result[name] = _ordered(merged, wanted, before, field.merge_key)
        done.add(name)
    return frozenset(done)


def _merged_list(
    original: list[JSONValue], patch: list[JSONValue], type_: ListOf, merge_key: str
) -> list[JSONValue]:
    if not any(isinstance(item, dict) for item in (*original, *patch)):
        merged = [*original, *(item for item in patch if item not in original)]
        return _ordered(merged, patch, original, "")
    if not merge_key:
        raise PatchError("cannot merge lists without merge key", code=500)
    remaining, additions = _without_directives(original, patch, merge_key)
    merged = list(remaining)
    for item in additions:
        identity = _identity(item, merge_key)
        for index, theirs in enumerate(merged):
            if _identity(theirs, merge_key) == identity:
                merged[index] = _merged(theirs, item, type_.element)
                break
        else:
            merged.append(_plain(item))
    wanted = [_identity(item, merge_key) for item in additions]
    before = [_identity(item, merge_key) for item in original]
    return _ordered(merged, wanted, before, merge_key)


def _without_directives(
    original: list[JSONValue], patch: list[JSONValue], merge_key: str
) -> tuple[list[JSONValue], list[JSONValue]]:
    """What is left of both lists once items with `$patch` have had their effect."""
    additions = []
    for item in patch:
        if not isinstance(item, dict):
            raise PatchError("list element types are not identical", code=500)
        match item.get(_DIRECTIVE):
            case None:
                additions.append(item)
            case "delete":
                if merge_key not in item:
                    raise PatchError(
                        f"delete patch type with no merge key defined: {merge_key}", code=500
                    )
                gone = item[merge_key]
                original = [each for each in original if each.get(merge_key) != gone]
            case "replace":
                original = []
            case other:
                raise PatchError(f"unknown patch type: {other} in map", code=500)
    return original, additions


def _identity(item: JSONValue, merge_key: str) -> JSONValue:
    if not merge_key:
        return item
    if not isinstance(item, dict) or merge_key not in item:
        text = f"map: {go_text(item)} does not contain declared merge key: {merge_key}"
        raise PatchError(text, code=500)
    return item[merge_key]


def _ordered(
    items: Sequence[JSONValue],
    wanted: Sequence[JSONValue],
    before: Sequence[JSONValue],
    merge_key: str,
) -> list[JSONValue]:
    """
    The items named in `wanted` in that order, among the others in the order that they had before;
    where the two say nothing of each other, those of the patch go first.
    """

    def place(item: JSONValue, order: Sequence[JSONValue]) -> int:
        identity = _identity(item, merge_key)
        return order.index(identity) if identity in order else len(order)

    ours = [item for item in items if _identity(item, merge_key) in wanted]
    others = [item for item in items if _identity(item, merge_key) not in wanted]
    ours.sort(key=lambda item: place(item, wanted))
    others.sort(key=lambda item: place(item, before))
    result = []
    while ours and others:
        left, right = place(others[0], before), place(ours[0], before)
        comes_first = left < right < len(before)
        result.append(others.pop(0) if comes_first else ours.pop(0))
    return [*result, *ours, *others]


def _plain(value: JSONValue) -> JSONValue:
    """A value of the patch where the document has none: without directives and nulls."""
    if isinstance(value, dict):
        return _plain_object(value)
    if isinstance(value, list):
        kept = [item for item in value if not (isinstance(item, dict) and _DIRECTIVE in item)]
        return [_plain(item) for item in kept]
    return value


def _plain_object(value: JSONObject) -> JSONObject:
    return {
        name: _plain(item)
        for name, item in value.items()
        if item is not None and not _is_directive(name)
    }
