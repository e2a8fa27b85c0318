"""
One value of a stack definition, with its place in the text.

The readers raise `SdlError` with that place. They take what the reference takes, gopkg.in/yaml.v3
decoding into typed fields: any unquoted or quoted scalar is good as text; `yes`, `no`, `on` and `off`
are booleans only where a boolean is expected; a quoted number is no number; null is the same as
absent, and dropped from lists.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs

from provider.sdl.errors import SdlError, SdlWarning

UINT32_MAX = 2**32 - 1

_TRUE = frozenset({"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"})
_QUOTED_BOOLEANS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})

_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(\.0*)?")
_PREFIXED = re.compile(r"[+-]?0(x[0-9a-fA-F]{1,16}|o[0-7]{1,22}|b[01]{1,64})")
_LEADING_ZERO = re.compile(r"[+-]?0[0-7]{1,22}")
_PLAIN_KEY = re.compile(r"[-\w/]{1,60}")

_T = TypeVar("_T")

Trail = tuple["Trail | None", str | int]
"""A key or an index after the trail of the parent; linked, because long keys have many children."""


@attrs.frozen
class Node:
    """A scalar, list or mapping, or the absence of one."""

    trail: Trail | None
    """The way from the document, which has none."""
    line: int
    """From 1. A collection is found where its key stands, an absent value where its parent is."""
    column: int
    """From 1, in characters."""
    content: "str | tuple[Node, ...] | Mapping[str, Node] | None" = attrs.field(repr=False)
    """`None` for null and absent."""
    quoted: bool = False

    @property
    def path(self) -> str:
        """E.g. `services.web.expose[0].port`; "" is the document."""
        return path_of(self.trail)

    @property
    def present(self) -> bool:
        """False for null and absent."""
        return self.content is not None

    def error(self, rule: str) -> SdlError:
        """The refusal of this value, to be raised by the caller."""
        return SdlError(self.line, self.column, self.path, rule)

    def warning(self, text: str) -> SdlWarning:
        """A warning about this value."""
        return SdlWarning(self.line, self.column, self.path, text)

    def get(self, key: str) -> "Node":
        """The value under a key of a mapping; an absent node when there is none."""
        found = self._mapping().get(key)
        return found or Node((self.trail, key), self.line, self.column, None)

    def entries(self) -> "tuple[tuple[str, Node], ...]":
        """Keys and values of a mapping, in the order of the text; () when absent."""
        return tuple(self._mapping().items())

    def items(self) -> "tuple[Node, ...]":
        """The elements of a list without nulls; () when absent."""
        if self.content is None:
            return ()
        if not isinstance(self.content, tuple):
            raise self.error("expected a list, its items marked with '-'")
        return tuple(item for item in self.content if item.present)

    def each(self, read: "Callable[[Node], _T]") -> tuple[_T, ...] | None:
        """What `read` makes of the elements of a list; `None` when absent."""
        return tuple(read(item) for item in self.items()) if self.present else None

    def maybe(self, read: "Callable[[Node], _T]") -> _T | None:
        """What `read` makes of this value; `None` when absent."""
        return read(self) if self.present else None

    def text(self) -> str:
        """A scalar as it is written; "" when absent."""
        if self.content is None:
            return ""
        if not isinstance(self.content, str):
            raise self.error(f"expected a single value, got a {self._kind()}")
        return self.content

    def texts(self) -> tuple[str, ...] | None:
        """A list of scalars; `None` when absent."""
        return self.each(Node.text)

    def integer(self) -> int:
        """A whole number from 0 to 2³²-1; 0 when absent."""
        text = self.text()
        if not self.present:
            return 0
        if self.quoted:
            raise self.error(f"expected a whole number without quotes, got {text!r}")
        value = _whole(text.replace("_", ""))
        if value is None:
            raise self.error(f"expected a whole number, got {shortened(text)}")
        if not 0 <= value <= UINT32_MAX:
            raise self.error(f"expected 0 to {UINT32_MAX}, got {shortened(text)}")
        return value

    def flag(self) -> bool:
        """A boolean; False when absent."""
        text = self.text()
        if not self.present:
            return False
        if text not in _TRUE | _FALSE or (self.quoted and text in _QUOTED_BOOLEANS):
            raise self.error(f"expected true or false without quotes, got {shortened(text)}")
        return text in _TRUE

    def _mapping(self) -> "Mapping[str, Node]":
        if self.content is None:
            return {}
        if not isinstance(self.content, Mapping):
            raise self.error(f"expected a mapping with keys, got a {self._kind()}")
        return self.content

    def _kind(self) -> str:
        match self.content:
            case str():
                return "single value"
            case tuple():
                return "list"
            case _:
                return "mapping"


def path_of(trail: Trail | None) -> str:
    """The trail as text; a key with unusual characters is quoted."""
    steps: list[str] = []
    while trail is not None:
        trail, step = trail
        if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
            steps.append(f".{step}")
        else:
            steps.append(f"[{step if isinstance(step, int) else shortened(step)}]")
    return "".join(reversed(steps)).removeprefix(".")


def shortened(text: str) -> str:
    """A text of the user for an error message: quoted, on one line, not too long."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _whole(text: str) -> int | None:
    if _LEADING_ZERO.fullmatch(text):
        return int(text, 8)
    if _DECIMAL.fullmatch(text):
        return int(text.partition(".")[0])
    return int(text, 0) if _PREFIXED.fullmatch(text) else None
