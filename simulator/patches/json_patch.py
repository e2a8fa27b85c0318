"""
JSON patch, RFC 6902, with what the API server's library makes of it.

The document is never changed: an operation copies the containers along its path.
"""

from collections.abc import Sequence
from enum import Enum

from simulator.jsontypes import JSONObject, JSONValue
from simulator.patches.comparison import same
from simulator.patches.errors import PatchError


def apply(document: JSONObject, operations: JSONValue) -> JSONObject:
    """
    The document after all operations, or none: the first that does not apply ends it.

    Raises:
        PatchError: 400 if this is no patch; 422 if an operation does not apply.
    """
    if not isinstance(operations, list):
        raise PatchError(
            f"error decoding patch: json: cannot unmarshal {_json_kind(operations)} into Go value "
            "of type []handlers.jsonPatchOp",
            code=400,
        )
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError(
                f"error decoding patch: json: cannot unmarshal {_json_kind(operation)} into Go "
                "value of type handlers.jsonPatchOp",
                code=400,
            )
        document = _applied(document, operation)
    return document


def _json_kind(value: JSONValue) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string"
        case bool():
            return "bool"
        case _:
            return "number"


def _applied(document: JSONObject, operation: JSONObject) -> JSONObject:
    name = operation.get("op", "")
    path = _parts(operation.get("path"))
    match name:
        case "add":
            result = _edited(document, path, _Edit.ADD, operation.get("value"))
        case "replace":
            result = _edited(document, path, _Edit.REPLACE, operation.get("value"))
        case "remove":
            result = _edited(document, path, _Edit.REMOVE)
        case "move":
            source = _parts(operation.get("from"))
            value = _found(document, source)
            result = _edited(_edited(document, source, _Edit.REMOVE), path, _Edit.ADD, value)
        case "copy":
            value = _found(document, _parts(operation.get("from")))
            result = _edited(document, path, _Edit.ADD, value)
        case "test":
            _test(document, path, operation.get("value"))
            result = document
        case _:
            raise PatchError(f"Unexpected kind: {name}")
    if not isinstance(result, dict):
        raise PatchError("the document must stay an object")
    return result


def _parts(pointer: JSONValue) -> Sequence[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchError(f"missing or invalid path: {pointer}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _test(document: JSONObject, path: Sequence[str], value: JSONValue) -> None:
    try:
        found = _found(document, path)
    except PatchError:
        found = None  # A missing value passes as null.
    if not same(found, value):
        raise PatchError(f"testing value /{'/'.join(path)} failed")


def _found(document: JSONValue, path: Sequence[str]) -> JSONValue:
    for part in path:
        document = _child(document, part)
    return document


def _child(container: JSONValue, part: str) -> JSONValue:
    if isinstance(container, dict) and part in container:
        return container[part]
    if isinstance(container, list):
        return container[_index(container, part, len(container))]
    raise PatchError(f"missing path: {part}")


def _index(container: list[JSONValue], part: str, end: int) -> int:
    """The position that a step names; negative ones count from the end."""
    try:
        index = int(part)
    except ValueError:
        raise PatchError(f"invalid index: {part}") from None
    if index < 0:
        index += len(container)
    if not 0 <= index < end:
        raise PatchError(f"index out of bounds: {part}")
    return index


class _Edit(Enum):
    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


def _edited(
    document: JSONValue, path: Sequence[str], edit: _Edit, value: JSONValue = None
) -> JSONValue:
    if not path:
        if edit is _Edit.REMOVE:
            raise PatchError("the document itself cannot be removed")
        return value
    part, rest = path[0], path[1:]
    if rest:
        child = _edited(_child(document, part), rest, edit, value)
        if isinstance(document, dict):
            return {**document, part: child}
        copy = list(document)
        copy[_index(copy, part, len(copy))] = child
        return copy
    match document:
        case dict():
            return _edited_member(document, part, edit, value)
        case list():
            return _edited_item(list(document), part, edit, value)
        case _:
            raise PatchError(f"missing path: {part}")


def _edited_member(container: JSONObject, part: str, edit: _Edit, value: JSONValue) -> JSONObject:
    if edit is not _Edit.ADD and part not in container:
        raise PatchError(f"missing key: {part}")
    if edit is _Edit.REMOVE:
        return {key: item for key, item in container.items() if key != part}
    return {**container, part: value}


def _edited_item(
    items: list[JSONValue], part: str, edit: _Edit, value: JSONValue
) -> list[JSONValue]:
    match edit:
        case _Edit.REMOVE:
            del items[_index(items, part, len(items))]
        case _Edit.REPLACE:
            items[_index(items, part, len(items))] = value
        case _Edit.ADD if part == "-":
            items.append(value)
        case _Edit.ADD:
            items.insert(_index(items, part, len(items) + 1), value)
    return items
