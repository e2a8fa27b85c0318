"""Kinds of values that a setting can have: how each is written as text and in TOML."""

import math
from collections.abc import Callable
from typing import TypeAlias

import attrs

Value: TypeAlias = str | int | float | bool | tuple[str, ...]

_TRUE = frozenset({"true", "1", "t"})
_FALSE = frozenset({"false", "0", "f"})


@attrs.frozen
class Kind:
    """One kind; both functions raise ValueError with the rule that is broken."""

    metavar: str
    """As `--help` shows it."""
    of_text: Callable[[str], Value]
    of_toml: Callable[[object], Value]


def _text(value: object) -> Value:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r}")
    return value


def _boolean_of_text(text: str) -> Value:
    low = text.strip().lower()
    if low not in _TRUE | _FALSE:
        raise ValueError(f"expected true or false, got {text!r}")
    return low in _TRUE


def _boolean(value: object) -> Value:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _integer_of_text(text: str) -> Value:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"expected a whole number, got {text!r}") from None


def _integer(value: object) -> Value:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"expected a whole number, got {value!r}")
    return value


def _number_of_text(text: str) -> Value:
    try:
        return _finite(float(text))
    except ValueError:
        raise ValueError(f"expected a number, got {text!r}") from None


def _number(value: object) -> Value:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"expected a number, got {value!r}")
    return _finite(float(value))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"expected a number, got {number}")
    return number


def _list_of_text(text: str) -> Value:
    return tuple(part for part in (part.strip() for part in text.split(",")) if part)


def _list(value: object) -> Value:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected a list of texts, got {value!r}")
    return tuple(value)


TEXT = Kind("TEXT", _text, _text)
BOOLEAN = Kind("true|false", _boolean_of_text, _boolean)
INTEGER = Kind("N", _integer_of_text, _integer)
NUMBER = Kind("NUMBER", _number_of_text, _number)
LIST = Kind("A[,B…]", _list_of_text, _list)


def choice(*allowed: str) -> Kind:
    """One of a few words."""

    def check(value: object) -> Value:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"expected {' or '.join(allowed)}, got {value!r}")
        return value

    return Kind("|".join(allowed), check, check)
