"""
Objects as protobuf messages: field by field along a table of numbers and types. Pure.

What Go keeps by value is always on the wire, zero or not; decoded objects hold those zeros, which
`canonical` drops again. What a message here does not know is skipped. `protobuf.json` is cut by
`scripts/protobuf`.

Source: the protobuf encoding; apimachinery pkg/runtime/serializer/protobuf (the envelope), and the
hand-written messages (Time, Quantity, IntOrString, RawExtension …).
"""

import base64
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

import attrs
import orjson

from simulator.jsontypes import JSONObject, JSONValue

MAGIC = b"k8s\x00"
"""What every body begins with."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MASK = (1 << 64) - 1
_SIGN = 1 << 63


class NotProtobufError(ValueError):
    """Bytes that are no message; str() says why, as Go's decoders do."""


@attrs.frozen
class Envelope:
    """An object and what it says it is."""

    api_version: str
    kind: str
    raw: bytes = attrs.field(repr=False)


@attrs.frozen
class _Field:
    """One field of a message."""

    number: int
    name: str
    """In JSON; `-` if the fields of its message stand in the message around it."""
    code: str
    """`s`, `b`, `i`, `d`, `y` or a message."""
    shape: str
    """`*` for a list, `%` for a map, else empty."""


def opened(body: bytes) -> Envelope:
    """
    The envelope of a body.

    Raises:
        NotProtobufError: it is none.
    """
    if not body.startswith(MAGIC):
        raise NotProtobufError("provided data does not appear to be a protobuf message")
    api_version = kind = ""
    raw = b""
    for number, value in _wire(body[len(MAGIC) :]):
        if number == 1 and isinstance(value, bytes):
            about = {key: _text(text) for key, text in _wire(value)}
            api_version, kind = about.get(1, ""), about.get(2, "")
        elif number == 2 and isinstance(value, bytes):
            raw = value
    return Envelope(api_version, kind, raw)


def sealed(api_version: str, kind: str, raw: bytes) -> bytes:
    """The body around an encoded object."""
    about = nested(1, api_version.encode()) + nested(2, kind.encode())
    empty = nested(3, b"") + nested(4, b"")
    return MAGIC + nested(1, about) + nested(2, raw) + empty


def known(name: str) -> bool:
    """Whether a message has a table."""
    return name in _table()


def decode(name: str, data: bytes) -> JSONObject:
    """
    A message as a JSON object, without `kind` and `apiVersion`.

    Raises:
        NotProtobufError: the bytes are no such message.
    """
    obj: JSONObject = {}
    fields = _fields(name)
    for number, value in _wire(data):
        field = fields.get(number)
        if field is not None:
            _put(obj, field, value)
    return obj


def encode(name: str, obj: Mapping[str, JSONValue]) -> bytes:
    """A JSON object as a message; fields that the message lacks are left out."""
    return b"".join(_encoded(field, obj) for field in _fields(name).values())


@cache
def _table() -> Mapping[str, str]:
    text = files("simulator.kinds").joinpath("protobuf.json").read_bytes()
    loaded: Mapping[str, str] = orjson.loads(text)
    return loaded


@cache
def _fields(name: str) -> Mapping[int, _Field]:
    fields = {}
    for part in filter(None, _table()[name].split(",")):
        number, told, type_ = part.split(" ")
        shape = type_[0] if type_[0] in "*%" else ""
        fields[int(number)] = _Field(int(number), told, type_.removeprefix(shape), shape)
    return fields


def _put(obj: JSONObject, field: _Field, value: bytes | int) -> None:
    if field.name == "-":
        obj.update(decode(field.code, _as_bytes(value)))
    elif field.shape == "%":
        key, item = _entry(field, _as_bytes(value))
        obj.setdefault(field.name, {})[key] = item
    elif field.shape == "*":
        items = obj.setdefault(field.name, [])
        packed = field.code in "bi" and isinstance(value, bytes)
        items.extend(_packed(field.code, value) if packed else [_value(field.code, value)])
    else:
        obj[field.name] = _value(field.code, value)


def _packed(code: str, value: bytes | int) -> Iterator[JSONValue]:
    data, position = _as_bytes(value), 0
    while position < len(data):
        number, position = _varint(data, position)
        yield _value(code, number)


def _entry(field: _Field, data: bytes) -> tuple[str, JSONValue]:
    key, item = "", _value(field.code, b"" if field.code not in "bi" else 0)
    for number, value in _wire(data):
        if number == 1:
            key = _text(value)
        elif number == 2:
            item = _value(field.code, value)
    return key, item


def _value(code: str, value: bytes | int) -> JSONValue:
    match code:
        case "s":
            return _text(value)
        case "y":
            return base64.b64encode(_as_bytes(value)).decode()
        case "b":
            return bool(value)
        case "i" if isinstance(value, int):
            return value - (1 << 64) if value & _SIGN else value
        case "d" if isinstance(value, int):
            (number,) = struct.unpack("<d", value.to_bytes(8, "little"))
            return number
        case "i" | "d":
            raise NotProtobufError(f"proto: wrong wireType = {_BYTES} for a number")
        case _:
            special = _SPECIAL.get(code)
            return special[0](_as_bytes(value)) if special else decode(code, _as_bytes(value))


def _encoded(field: _Field, obj: Mapping[str, JSONValue]) -> bytes:
    if field.name == "-":
        inner = encode(field.code, obj)
        return nested(field.number, inner) if inner else b""
    value = obj.get(field.name)
    if value is None:
        return b""
    if field.shape == "*":
        return b"".join(_one(field.number, field.code, item) for item in value)
    if field.shape == "%":
        return b"".join(
            nested(field.number, nested(1, key.encode()) + _one(2, field.code, item))
            for key, item in sorted(value.items())
        )
    return _one(field.number, field.code, value)


def _one(number: int, code: str, value: JSONValue) -> bytes:
    match code:
        case "s":
            return nested(number, str(value).encode())
        case "y":
            return nested(number, base64.b64decode(value))
        case "b" | "i":
            return _tag(number, _VARINT) + _varint_bytes(int(value) & _MASK)
        case "d":
            return _tag(number, _FIXED64) + struct.pack("<d", value)
        case _:
            special = _SPECIAL.get(code)
            return nested(number, special[1](value) if special else encode(code, value or {}))


def _wire(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """
    Number and raw value of each field: bytes, or the integer of a varint or fixed width.

    Raises:
        NotProtobufError: the bytes end early or are of no known form.
    """
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, form = tag >> 3, tag & 7
        if form == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if form == _BYTES:
            length, position = _varint(data, position)
        elif form in (_FIXED64, _FIXED32):
            length = 8 if form == _FIXED64 else 4
        else:
            raise NotProtobufError(f"proto: illegal wireType {form}")
        if position + length > len(data):
            raise NotProtobufError("unexpected EOF")
        raw = data[position : position + length]
        position += length
        yield number, raw if form == _BYTES else int.from_bytes(raw, "little")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if position >= len(data):
            raise NotProtobufError("unexpected EOF")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & _MASK, position
        shift += 7
        if shift > 63:
            raise NotProtobufError("proto: integer overflow")


def _varint_bytes(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _tag(number: int, form: int) -> bytes:
    return _varint_bytes(number << 3 | form)


def nested(number: int, value: bytes) -> bytes:
    """A field of bytes: a text, or another message."""
    return _tag(number, _BYTES) + _varint_bytes(len(value)) + value


def _as_bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise NotProtobufError(f"proto: wrong wireType = {_VARINT} for bytes")
    return value


def _text(value: bytes | int) -> str:
    try:
        return _as_bytes(value).decode()
    except UnicodeDecodeError:
        raise NotProtobufError("proto: invalid UTF-8 string") from None


def _numbers(data: bytes) -> dict[int, int]:
    signed = ((key, value) for key, value in _wire(data) if isinstance(value, int))
    return {key: value - (1 << 64) if value & _SIGN else value for key, value in signed}


def _time(*, micro: bool) -> Callable[[bytes], JSONValue]:
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ"

    def decoded(data: bytes) -> JSONValue:
        if not data:
            return None
        numbers = _numbers(data)
        after = timedelta(seconds=numbers.get(1, 0), microseconds=numbers.get(2, 0) // 1000)
        try:
            return (_EPOCH + after).strftime(form)
        except OverflowError:
            raise NotProtobufError("proto: time out of range") from None

    return decoded


def _time_bytes(value: JSONValue) -> bytes:
    since = datetime.fromisoformat(value) - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    return _one(1, "i", seconds) + _one(2, "i", since.microseconds * 1000)


def _quantity(data: bytes) -> JSONValue:
    return next((_text(value) for number, value in _wire(data) if number == 1), "0")


def _int_or_string(data: bytes) -> JSONValue:
    found = dict(_wire(data))
    if found.get(1):
        return _text(found.get(3, b""))
    number = found.get(2, 0)
    return _value("i", number)


def _int_or_string_bytes(value: JSONValue) -> bytes:
    if isinstance(value, str):
        return _one(1, "i", 1) + _one(2, "i", 0) + _one(3, "s", value)
    return _one(1, "i", 0) + _one(2, "i", value) + _one(3, "s", "")


def _raw(data: bytes) -> JSONValue:
    text = next((_as_bytes(value) for number, value in _wire(data) if number == 1), b"")
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        raise NotProtobufError("proto: an embedded object is no JSON") from None


def _raw_bytes(value: JSONValue) -> bytes:
    return nested(1, orjson.dumps(value))


def _items(data: bytes) -> JSONValue:
    return [_text(value) for number, value in _wire(data) if number == 1]


def _items_bytes(value: JSONValue) -> bytes:
    return b"".join(nested(1, str(item).encode()) for item in value)


_SCHEMA = "apiextensions.v1.JSONSchemaProps"


def _schema_or_list(data: bytes) -> JSONValue:
    """JSONSchemaPropsOrArray: field 1 one schema, field 2 many."""
    found = list(_wire(data))
    many = [decode(_SCHEMA, _as_bytes(value)) for number, value in found if number == 2]
    one = [decode(_SCHEMA, _as_bytes(value)) for number, value in found if number == 1]
    return one[0] if one else many


def _schema_or_list_bytes(value: JSONValue) -> bytes:
    if isinstance(value, list):
        return b"".join(nested(2, encode(_SCHEMA, item)) for item in value)
    return nested(1, encode(_SCHEMA, value))


def _schema_or_flag(data: bytes) -> JSONValue:
    """JSONSchemaPropsOrBool: field 1 a boolean, field 2 a schema in its place."""
    found = dict(_wire(data))
    return decode(_SCHEMA, _as_bytes(found[2])) if 2 in found else bool(found.get(1))


def _schema_or_flag_bytes(value: JSONValue) -> bytes:
    if isinstance(value, dict):
        return _one(1, "b", True) + nested(2, encode(_SCHEMA, value))
    return _one(1, "b", value)


def _schema_or_texts(data: bytes) -> JSONValue:
    """JSONSchemaPropsOrStringArray: field 1 a schema, field 2 texts."""
    found = list(_wire(data))
    one = [decode(_SCHEMA, _as_bytes(value)) for number, value in found if number == 1]
    return one[0] if one else [_text(value) for number, value in found if number == 2]


def _schema_or_texts_bytes(value: JSONValue) -> bytes:
    if isinstance(value, dict):
        return nested(1, encode(_SCHEMA, value))
    return b"".join(_one(2, "s", item) for item in value)


_Special = tuple[Callable[[bytes], JSONValue], Callable[[JSONValue], bytes]]

_SPECIAL: Mapping[str, _Special] = {
    "api.resource.Quantity": (_quantity, lambda value: _one(1, "s", value)),
    "apiextensions.v1.JSON": (_raw, _raw_bytes),
    "apiextensions.v1.JSONSchemaPropsOrArray": (_schema_or_list, _schema_or_list_bytes),
    "apiextensions.v1.JSONSchemaPropsOrBool": (_schema_or_flag, _schema_or_flag_bytes),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": (_schema_or_texts, _schema_or_texts_bytes),
    "authentication.v1.ExtraValue": (_items, _items_bytes),
    "authorization.v1.ExtraValue": (_items, _items_bytes),
    "meta.v1.FieldsV1": (_raw, _raw_bytes),
    "meta.v1.MicroTime": (_time(micro=True), _time_bytes),
    "meta.v1.Time": (_time(micro=False), _time_bytes),
    "pkg.runtime.RawExtension": (_raw, _raw_bytes),
    "util.intstr.IntOrString": (_int_or_string, _int_or_string_bytes),
}
"""Messages whose JSON is not that of their fields: how to read and how to write them."""
