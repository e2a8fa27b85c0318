"""
An object as the server keeps it: decoded into its Go types and encoded again.

Fields that the type does not know go (and are named), so do zero values that encoding omits; what
encoding always writes is there; quantities and times have their one spelling. The object handed in
is not changed, and parts that are canonical already are shared with it.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds import quantities
from simulator.kinds.types import ABSENT, ListOf, MapOf, Opaque, Scalar, Struct, Type, go_name


class MismatchError(ValueError):
    """A value does not fit its Go type; str() is what the decoder says."""

    def __init__(self, text: str, converted: str = "") -> None:
        super().__init__(text)
        self.converted = converted or text
        """What the converter of unstructured objects says, by which strategic patches go."""


@attrs.frozen
class Canonical:
    """A canonical object, and the fields of the original that its type does not know."""

    object: JSONObject
    unknown: tuple[str, ...]
    """Paths, `spec.template.spec.containers[0].imagee`, in the order in which they were met."""


def canonical(obj: JSONObject, type_: Struct, known: JSONObject | None = None) -> Canonical:
    """
    The object as the server keeps it.

    Args:
        obj: as sent, or made of what is stored.
        type_: of its kind.
        known: a canonical object of this type; what `obj` shares with it is not looked at again.

    Raises:
        MismatchError: a value is of the wrong JSON type, or no quantity, time or base64.
    """
    unknown: list[str] = []
    result = _struct(obj, type_, (), unknown, known)
    return Canonical(result, tuple(unknown))


class _Key(str):
    """A free key, which Go leaves out of the path that it tells."""

    __slots__ = ()


_Path = tuple[str | int, ...]


def _value(
    value: JSONValue,
    type_: Type,
    owner: Struct,
    path: _Path,
    unknown: list[str],
    known: object = None,
) -> JSONValue:
    match type_:
        case Scalar():
            return _scalar(value, type_, owner, path)
        case Struct():
            if not isinstance(value, dict):
                raise _mismatch(value, go_name(type_), owner, path)
            return _struct(value, type_, path, unknown, known)
        case ListOf():
            if not isinstance(value, list):
                raise _mismatch(value, type_.go, owner, path)
            return _items(value, type_, owner, path, unknown, known)
        case MapOf():
            if not isinstance(value, dict):
                raise _mismatch(value, go_name(type_), owner, path)
            return _entries(value, type_, owner, path, unknown)
        case Opaque():
            return value


def _struct(
    value: JSONObject, type_: Struct, path: _Path, unknown: list[str], known: object = None
) -> JSONObject:
    if value is known:
        return value
    before = known if isinstance(known, dict) else {}
    result: JSONObject = {}
    same = True
    for name, item in value.items():
        field = type_.fields.get(name)
        if field is None:
            if type_.rest is None:
                unknown.append(_text((*path, name)))
                same = False
            else:
                result[name] = item
            continue
        if item is None:
            same = same and field.zero is None
            continue
        theirs = before.get(name)
        if item is theirs:
            result[name] = item
            continue
        kept = _value(item, field.type, type_, (*path, name), unknown, theirs)
        if not field.keeps_zero and not type_.custom and _vanishes(kept, field.type):
            same = False
            continue
        same = same and kept is item
        result[name] = kept
    for name, zero in _always_written(type_):
        if name not in result:
            result[name] = zero
            same = same and name in value
    return value if same else result


@cache
def _always_written(type_: Struct) -> tuple[tuple[str, JSONValue], ...]:
    return tuple(
        (name, field.zero) for name, field in type_.fields.items() if field.zero is not ABSENT
    )


def _vanishes(value: JSONValue, type_: Type) -> bool:
    """Whether encoding leaves out this value of a field that Go holds by value."""
    return not value and isinstance(type_, Scalar | ListOf | MapOf)


def _items(
    items: list[JSONValue],
    type_: ListOf,
    owner: Struct,
    path: _Path,
    unknown: list[str],
    known: object,
) -> list[JSONValue]:
    element = type_.element
    before = known if isinstance(known, list) else ()
    kept = [
        _null_item(element)
        if item is None
        else _value(item, element, owner, (*path, index), unknown, theirs)
        for index, (item, theirs) in enumerate(zip_longest(items, before[: len(items)]))
    ]
    return items if all(a is b for a, b in zip(items, kept, strict=True)) else kept


def _null_item(element: Type) -> JSONValue:
    """What decoding makes of null among the items of a list: an item that sets nothing."""
    match element:
        case Struct():
            return dict(_always_written(element))
        case Scalar(form="string" | "bytes"):
            return ""
        case Scalar(form="quantity"):
            return "0"
        case _:
            return None


def _entries(
    entries: JSONObject, type_: MapOf, owner: Struct, path: _Path, unknown: list[str]
) -> JSONObject:
    element = type_.element
    if isinstance(element, Scalar) and element.form == "string":
        texts = (isinstance(item, str) for item in entries.values())
        if all(texts):
            return entries
    kept = {
        name: _null_item(element)
        if item is None
        else _value(item, element, owner, (*path, _Key(name)), unknown)
        for name, item in entries.items()
    }
    return entries if all(kept[name] is entries[name] for name in entries) else kept


def _scalar(value: JSONValue, type_: Scalar, owner: Struct, path: _Path) -> JSONValue:
    match type_.form:
        case "string" if isinstance(value, str):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            return _integer(value, type_, owner, path)
        case "integer" if isinstance(value, float) and value.is_integer():
            return _integer(int(value), type_, owner, path)
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "int-or-string" if isinstance(value, int | str) and not isinstance(value, bool):
            return value
        case "quantity" if isinstance(value, str | int | float) and not isinstance(value, bool):
            return _quantity(value)
        case "bytes" if isinstance(value, str):
            return _base64(value)
        case "time" if isinstance(value, str):
            return _time(value, micro=type_.go == "v1.MicroTime")
        case _:
            raise _mismatch(value, type_.go, owner, path)


_BITS = {"int32": 31, "int64": 63}


def _integer(value: int, type_: Scalar, owner: Struct, path: _Path) -> int:
    bound = 1 << _BITS[type_.go]
    if not -bound <= value < bound:
        raise _mismatch(value, type_.go, owner, path)
    return value


def _quantity(value: str | float) -> str:
    try:
        text = quantities.canonical(str(value))
    except quantities.NotAQuantityError as error:
        raise MismatchError(str(error)) from error
    return value if isinstance(value, str) and text == value else text


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        wrong = re.search(r"[^A-Za-z0-9+/]", value.rstrip("=")) if value else None
        position = wrong.start() if wrong else len(value) // 4 * 4
        raise MismatchError(f"illegal base64 data at input byte {position}") from None
    return value


_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MICROSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _time(value: str, *, micro: bool) -> str:
    if (_MICROSECONDS if micro else _SECONDS).fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        layout = "2006-01-02T15:04:05.000000Z07:00" if micro else "2006-01-02T15:04:05Z07:00"
        raise MismatchError(
            f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"'
        ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _mismatch(value: JSONValue, wanted: str, owner: Struct, path: _Path) -> MismatchError:
    struct = owner.name.rpartition(".")[2]
    field = ".".join([struct, *(part for part in path if type(part) is str)])
    return MismatchError(
        f"json: cannot unmarshal {_json_kind(value)} into Go struct field {field} of type {wanted}",
        _unconvertible(value, wanted),
    )


_GO_KINDS = ("string", "bool", "int32", "int64", "float64")


def _unconvertible(value: JSONValue, wanted: str) -> str:
    """Source: apimachinery pkg/runtime/converter.go."""
    if wanted.startswith("[]"):
        return f"cannot restore slice from {_go_kind(value)}"
    if wanted.startswith("map["):
        return f"cannot restore map from {_go_kind(value)}"
    if wanted not in _GO_KINDS:
        return f"cannot restore struct from: {_go_kind(value)}"
    if type(value) is int and wanted == "string":
        return "cannot convert int64 to string"
    return f"unrecognized type: {wanted}"


def _go_kind(value: JSONValue) -> str:
    match value:
        case dict():
            return "map"
        case list():
            return "slice"
        case str():
            return "string"
        case bool():
            return "bool"
        case float():
            return "float64"
        case _:
            return "int64"


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
            return f"number {value}"


def _text(path: _Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
