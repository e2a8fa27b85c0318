"""
Fields that no type knows, and fields that come twice: `fieldValidation` Strict, Warn and Ignore.

How a verb uses it:

    obj, duplicates = read(body)                      # for JSON bodies
    decoded = decode(type, obj, duplicates)           # MismatchError: 400, see `undecodable`
    Strict and decoded.complaints: 400, `undecodable(kind, version, strict_text(complaints))`
    Warn: one `Warning: 299 - "…"` header per complaint

Source: apimachinery pkg/runtime/serializer/json, apiserver endpoints/handlers/create.go.
"""

import json
from collections.abc import Sequence

import attrs
import orjson

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.canonical import canonical
from simulator.kinds.types import Struct


@attrs.frozen
class Decoded:
    """An object in canonical form, and what was odd about it."""

    object: JSONObject
    complaints: tuple[str, ...]
    """`unknown field "spec.replcas"`, `duplicate field "spec.replicas"`."""


def decode(
    type_: Struct,
    obj: JSONObject,
    duplicates: Sequence[str] = (),
    known: JSONObject | None = None,
) -> Decoded:
    """
    An object as its type has it; `known` is a stored one that it shares parts with.

    Raises:
        MismatchError: a value does not fit its type.
    """
    result = canonical(obj, type_, known)
    unknown = tuple(f'unknown field "{path}"' for path in result.unknown)
    doubled = tuple(f'duplicate field "{path}"' for path in duplicates)
    return Decoded(result.object, doubled + unknown)


def undecodable(kind: str, version: str, why: str) -> str:
    """The text of the 400 for a body that cannot be what its path wants."""
    return f'{kind} in version "{version}" cannot be handled as a {kind}: {why}'


def strict_text(complaints: Sequence[str]) -> str:
    """All complaints as one error."""
    return f"strict decoding error: {', '.join(complaints)}"


def read(body: bytes) -> tuple[JSONValue, tuple[str, ...]]:
    """
    A JSON body, and the paths of the fields that it sets more than once (the last one counts).

    Raises:
        orjson.JSONDecodeError: this is no JSON.
    """
    value = orjson.loads(body)
    # A body that is as long as what was read, written out, has no field that got lost.
    if len(orjson.dumps(value)) == len(body):
        return value, ()
    return value, tuple(_duplicates(json.loads(body, object_pairs_hook=_Pairs), ""))


class _Pairs(list[tuple[str, JSONValue]]):
    """The fields of an object, repeated ones included."""


def _duplicates(value: JSONValue, path: str) -> list[str]:
    found = []
    if isinstance(value, _Pairs):
        seen = set()
        for name, item in value:
            at = f"{path}.{name}" if path else name
            if name in seen:
                found.append(at)
            seen.add(name)
            found += _duplicates(item, at)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _duplicates(item, f"{path}[{index}]")
    return found
