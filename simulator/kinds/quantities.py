"""
Resource quantities: how the server rewrites them, and how they compare.

A quantity is a number with a suffix of one of three families, kept when it is rewritten: decimal
(`500m`, `2k`), binary (`512Mi`), exponent (`1e3`). Nothing finer than a billionth exists: smaller
parts are rounded up.

Source: apimachinery pkg/api/resource/quantity.go and suffix.go.
"""

import re
from fractions import Fraction
from functools import lru_cache

from simulator.jsontypes import JSONValue

PATTERN = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
"""As the server cites it to whoever sends something else."""

_SYNTAX = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)", re.ASCII)

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_BINARY_SUFFIX = {power: suffix for suffix, power in _BINARY.items()} | {0: ""}
_DECIMAL_SUFFIX = {power: suffix for suffix, power in _DECIMAL.items()}

_NANO = 10**9


class NotAQuantityError(ValueError):
    """The text is no quantity; str() is what the server says."""


def parse(value: JSONValue) -> Fraction:
    """
    A quantity as a number.

    Raises:
        NotAQuantityError: it is none.
    """
    number, _ = _read(str(value))
    return number


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """
    The quantity as the server writes it: `1000m` → `1`, `1.5Gi` → `1536Mi`, `1e3` as it is.

    Raises:
        NotAQuantityError: it is none.
    """
    number, family = _read(text)
    return _written(number, family)


@lru_cache(maxsize=4096)
def in_thousandths(text: str) -> str:
    """
    As `canonical`, rounded up to a thousandth: what becomes of amounts in lists of resources.

    Raises:
        NotAQuantityError: it is none.
    """
    number, family = _read(text)
    return _written(_rounded_up(number, 1000), family)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Fraction, str]:
    match = _SYNTAX.fullmatch(text)
    if match is None:
        raise NotAQuantityError(f"quantities must match the regular expression '{PATTERN}'")
    digits, suffix = match.groups()
    number = Fraction(digits)
    if suffix in _BINARY:
        return _rounded_up(number * 1024 ** _BINARY[suffix], _NANO), "binary"
    if suffix in _DECIMAL:
        return _rounded_up(number * Fraction(1000) ** _DECIMAL[suffix], _NANO), "decimal"
    exponent = _EXPONENT.fullmatch(suffix)
    if exponent is None:
        raise NotAQuantityError("unable to parse quantity's suffix")
    return _rounded_up(number * Fraction(10) ** int(exponent[1]), _NANO), "exponent"


def _rounded_up(number: Fraction, parts: int) -> Fraction:
    """Away from zero, to one `parts`-th."""
    scaled = number * parts
    whole = -(-abs(scaled.numerator) // scaled.denominator)
    return Fraction(whole if scaled >= 0 else -whole, parts)


def _written(number: Fraction, family: str) -> str:
    if family == "binary" and number.denominator == 1 and abs(number) >= 1024:
        power = 0
        while number.numerator % 1024 == 0 and power < 6:
            number, power = number / 1024, power + 1
        return f"{number.numerator}{_BINARY_SUFFIX[power]}"
    if number == 0:
        return "0"
    power = 0
    while number.denominator != 1:
        number, power = number * 1000, power - 1
    while number.numerator % 1000 == 0 and power < 6:
        number, power = number / 1000, power + 1
    if family == "exponent":
        return f"{number.numerator}e{power * 3}" if power else str(number.numerator)
    return f"{number.numerator}{_DECIMAL_SUFFIX[power]}"
