"""
What is wrong with an object, one cause per mistake, in the words of the real server.

Rules are generators of causes: the order in which they yield is the order in which they are told.

Source: apimachinery pkg/util/validation/field/errors.go.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import attrs
import orjson

from simulator.jsontypes import JSONValue


@attrs.frozen
class Cause:
    """One entry of `details.causes` of a 422 Status."""

    reason: str
    """`FieldValueInvalid`, `FieldValueRequired` …"""
    message: str
    """Without the field."""
    field: str
    """Path such as `spec.ports[0].port`."""


Causes: TypeAlias = Iterator[Cause]


def invalid(field: str, value: JSONValue, detail: str) -> Cause:
    """The value breaks a rule."""
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {detail}", field)


def each_invalid(field: str, value: JSONValue, details: Iterable[str]) -> Causes:
    """One cause for each rule that the value breaks."""
    for detail in details:
        yield invalid(field, value, detail)


def required(field: str, detail: str = "") -> Cause:
    """There must be a value."""
    return Cause("FieldValueRequired", _with_detail("Required value", detail), field)


def forbidden(field: str, detail: str) -> Cause:
    """There must not be a value, or not another one."""
    return Cause("FieldValueForbidden", _with_detail("Forbidden", detail), field)


def not_supported(field: str, value: JSONValue, supported: Sequence[str]) -> Cause:
    """The value is none of a few."""
    choices = ", ".join(f'"{choice}"' for choice in supported)
    message = f"Unsupported value: {_shown(value)}: supported values: {choices}"
    return Cause("FieldValueNotSupported", message, field)


def duplicate(field: str, value: JSONValue) -> Cause:
    """Somebody else in this list has the value."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {_shown(value)}", field)


def not_found(field: str, value: JSONValue) -> Cause:
    """The value names something that is not there."""
    return Cause("FieldValueNotFound", f"Not found: {_shown(value)}", field)


def too_long(field: str, bytes_max: int) -> Cause:
    """The value is too big."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {bytes_max} bytes", field)


IMMUTABLE = "field is immutable"


def unchanged(field: str, new: JSONValue, old: JSONValue) -> Causes:
    """The value may not change."""
    if new != old:
        yield invalid(field, new, IMMUTABLE)


def at_least(field: str, value: JSONValue, least: int) -> Causes:
    """A number, if given, has a lower bound."""
    if value is not None and value < least:
        yield invalid(field, value, f"must be greater than or equal to {least}")


def in_range(field: str, value: int, low: int, high: int) -> Causes:
    """A number has two bounds."""
    if not low <= value <= high:
        yield invalid(field, value, f"must be between {low} and {high}, inclusive")


def one_of(field: str, value: JSONValue, supported: Sequence[str]) -> Causes:
    """A value is one of a few."""
    if value not in supported:
        yield not_supported(field, value, supported)


def _with_detail(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def _shown(value: JSONValue) -> str:
    """Strings quoted, numbers plain, the rest as JSON with sorted keys."""
    if value is None:
        return "null"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
