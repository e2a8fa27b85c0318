"""
Label and field selectors: parsed once, then asked for each object.

The label grammar and its complaints are those of apimachinery pkg/labels/selector.go (lexer,
parser), the field grammar that of pkg/fields/selector.go.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Self

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.storage.fields import NAME_AND_NAMESPACE, Fields


class SelectorError(ValueError):
    """A selector that cannot be parsed, or asks for a field that is not selectable."""


@attrs.frozen
class Requirement:
    """One comma-separated part of a label selector."""

    key: str
    operator: str
    """`in`, `notin`, `exists`, `!`, `gt`, `lt`; the equalities are `in` and `notin` of one value."""
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels (possibly empty) meet it."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case _:
                return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        (bound,) = self.values
        try:
            number = int(value or "")
        except ValueError:
            return False
        return number > int(bound) if self.operator == "gt" else number < int(bound)

    @classmethod
    def build(cls, key: str, operator: str, values: frozenset[str]) -> Self:
        """
        A requirement with values.

        Raises:
            SelectorError: `gt` or `lt` of what is no integer.
        """
        if operator in ("gt", "lt") and not all(value.isdecimal() for value in values):
            (value,) = values
            why = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise SelectorError(f'values[0]: Invalid value: "{value}": {why}')
        return cls(key, operator, values)


_SPECIAL = "=!(),<>"
_SYMBOLS = ("==", "!=", "=", "!", "(", ")", ",", ">", "<")
_OPERATORS = {
    "in": "in",
    "notin": "notin",
    "=": "in",
    "==": "in",
    "!=": "notin",
    ">": "gt",
    "<": "lt",
}


def _tokens(text: str) -> list[str]:
    """Symbols and words; the empty string at the end stands for the end of the text."""
    tokens = []
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        symbol = next((s for s in _SYMBOLS if text.startswith(s, at)), "")
        if symbol:
            tokens.append(symbol)
            at += len(symbol)
            continue
        start = at
        while at < len(text) and text[at] not in _SPECIAL and text[at] not in " \t\r\n":
            at += 1
        tokens.append(text[start:at])
    return [*tokens, ""]


def _is_word(token: str) -> bool:
    return token != "" and token not in _SYMBOLS


class _Parser:
    """Recursive descent over the tokens, one function per rule of the Go parser."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def _look(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._tokens[self._at]
        if token:
            self._at += 1
        return token

    def selector(self) -> tuple[Requirement, ...]:
        requirements: list[Requirement] = []
        while token := self._look():
            if not _is_word(token) and token != "!":
                raise SelectorError(f"found '{token}', expected: !, identifier, or 'end of string'")
            try:
                requirements.append(self._requirement())
            except SelectorError as error:
                raise SelectorError(f"unable to parse requirement: {error}") from None
            self._separator()
        return tuple(requirements)

    def _separator(self) -> None:
        token = self._take()
        if token not in ("", ","):
            raise SelectorError(f"found '{token}', expected: ',' or 'end of string'")
        after = self._look()
        if token == "," and not _is_word(after) and after != "!":
            raise SelectorError(f"found '{after}', expected: identifier after ','")

    def _requirement(self) -> Requirement:
        key = self._take()
        negated = key == "!"
        if negated:
            key = self._take()
        if not _is_word(key):
            raise SelectorError(f"found '{key}', expected: identifier")
        if self._look() in ("", ","):
            return Requirement(key, "!" if negated else "exists")
        token = self._take()
        operator = _OPERATORS.get(token)
        if operator is None:
            raise SelectorError(f"found '{token}', expected: in, notin, =, ==, !=, gt, lt")
        values = self._values() if token in ("in", "notin") else self._value()
        return Requirement.build(key, operator, values)

    def _value(self) -> frozenset[str]:
        token = self._look()
        if token in ("", ","):
            return frozenset([""])
        if not _is_word(token):
            raise SelectorError(f"found '{token}', expected: identifier")
        return frozenset([self._take()])

    def _values(self) -> frozenset[str]:
        opening = self._take()
        if opening != "(":
            raise SelectorError(f"found '{opening}' expected: '('")
        values: set[str] = set()
        previous = ","
        while (token := self._take()) != ")":
            if token == "":
                raise SelectorError("found '', expected: ',', or ')'")
            if token == ",":
                if previous == ",":
                    values.add("")
            elif _is_word(token):
                values.add(token)
            else:
                raise SelectorError(f"found '{token}', expected: ',', or identifier")
            previous = token
        if previous == ",":
            values.add("")
        return frozenset(values)


@lru_cache(maxsize=4096)
def parse_labels(text: str) -> tuple[Requirement, ...]:
    """
    The requirements of a label selector; none for an empty one.

    Raises:
        SelectorError: with the text of the real server.
    """
    return _Parser(text).selector()


@attrs.frozen
class FieldTerm:
    """One comma-separated part of a field selector."""

    path: str
    value: str
    negated: bool


@lru_cache(maxsize=4096)
def parse_fields(text: str) -> tuple[FieldTerm, ...]:
    """
    The terms of a field selector; none for an empty one.

    Raises:
        SelectorError: a part is no comparison.
    """
    terms = []
    for part in filter(None, text.split(",")):
        for operator in ("!=", "==", "="):
            path, found, value = part.partition(operator)
            if found:
                terms.append(FieldTerm(path, value, negated=operator == "!="))
                break
        else:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
    return tuple(terms)


def _at(obj: JSONValue, path: str) -> str:
    """A selectable field as the text it is compared as: absent is empty, a bool lower case."""
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    if isinstance(obj, bool):
        return "true" if obj else "false"
    return "" if obj is None else str(obj)


@attrs.frozen
class Selector:
    """A label and a field selector, both of which an object has to meet."""

    labels: tuple[Requirement, ...] = ()
    fields: tuple[FieldTerm, ...] = ()
    defaults: Mapping[str, str] = attrs.field(factory=dict, eq=False)
    """What an absent field counts as, by path."""

    @property
    def everything(self) -> bool:
        """Whether there is nothing to meet."""
        return not self.labels and not self.fields

    def matches(self, obj: JSONObject) -> bool:
        """Whether the object meets both."""
        labels = obj["metadata"].get("labels") or {}
        for requirement in self.labels:
            if not requirement.matches(labels):
                return False
        for term in self.fields:
            value = _at(obj, term.path) or self.defaults.get(term.path, "")
            if (value == term.value) == term.negated:
                return False
        return True

    @property
    def exact_name(self) -> str:
        """The name that `metadata.name=…` asks for, else empty."""
        for term in self.fields:
            if term.path == "metadata.name" and not term.negated:
                return term.value
        return ""


EVERYTHING = Selector()


def selector(labels: str, fields: str, selectable: Fields = NAME_AND_NAMESPACE) -> Selector:
    """
    Both selectors of a request.

    Args:
        labels: `labelSelector`, may be empty.
        fields: `fieldSelector`, may be empty.
        selectable: what the resource lets one select by.

    Raises:
        SelectorError: either cannot be parsed, or a field is not selectable.
    """
    if not labels and not fields:
        return EVERYTHING
    terms = parse_fields(fields)
    for term in terms:
        if term.path not in selectable.defaults:
            raise SelectorError(selectable.refusal(term.path))
    return Selector(parse_labels(labels), terms, selectable.defaults)
