"""
Reading decoded JSON with the path at hand, so that a refusal says where it happened.

Zero values follow Go's `encoding/json`, which every other party of the market uses: an absent key and
a null are the same, a missing scalar is its zero value, a missing array is `None`.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import attrs

from provider.jsontypes import JSONValue
from provider.lease.manifest import ManifestError

UINT32_MAX = 2**32 - 1

# Cosmos SDK integers are at most 256 bits long, which is 78 decimal digits.
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,77}")


_T = TypeVar("_T")


@attrs.frozen
class Field:
    """One value inside a decoded document; the methods raise `ManifestError` with its path."""

    value: JSONValue
    path: str = ""
    """E.g. `[0].services[1].image`; "" is the document itself."""

    @property
    def present(self) -> bool:
        """False for null and for an absent key."""
        return self.value is not None

    def error(self, rule: str) -> ManifestError:
        """The refusal of this value, to be raised by the caller."""
        return ManifestError(self.path, rule)

    def get(self, key: str) -> "Field":
        """The value under a key; null when the key or the object itself is absent."""
        if self.value is None:
            return Field(None, f"{self.path}.{key}")
        if not isinstance(self.value, dict):
            raise self.error("expected an object")
        return Field(self.value.get(key), f"{self.path}.{key}")

    def maybe(self, decode: "Callable[[Field], _T]") -> _T | None:
        """The decoded value; `None` for null."""
        return decode(self) if self.present else None

    def each(self, decode: "Callable[[Field], _T]") -> tuple[_T, ...] | None:
        """The decoded elements of an array; `None` for null."""
        if self.value is None:
            return None
        if not isinstance(self.value, list):
            raise self.error("expected an array")
        return tuple(decode(Field(v, f"{self.path}[{i}]")) for i, v in enumerate(self.value))

    def text(self) -> str:
        """A string; "" for null."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.error("expected a string")
        try:
            self.value.encode()
        except UnicodeEncodeError as error:
            raise self.error("expected text without lone surrogates") from error
        return self.value

    def texts(self) -> tuple[str, ...] | None:
        """An array of strings; `None` for null."""
        return self.each(Field.text)

    def flag(self) -> bool:
        """A boolean; False for null."""
        if self.value is None:
            return False
        if not isinstance(self.value, bool):
            raise self.error("expected true or false")
        return self.value

    def uint32(self) -> int:
        """A whole number from 0 to 2³²-1, without fraction or exponent; 0 for null."""
        if self.value is None:
            return 0
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.error("expected a whole number")
        if not 0 <= self.value <= UINT32_MAX:
            raise self.error(f"expected a number from 0 to {UINT32_MAX}")
        return self.value

    def amount(self) -> int:
        """A Cosmos SDK integer: decimal digits in a string; 0 for null."""
        if self.value is None:
            return 0
        if not isinstance(self.value, str) or not _AMOUNT.fullmatch(self.value):
            raise self.error('expected a decimal number in a string, such as "500"')
        return int(self.value)
