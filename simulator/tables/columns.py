"""Columns of a kind: how they are called, and what stands in them for one object."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables.cells import age

Cell: TypeAlias = Callable[[JSONObject, float], JSONValue]
"""From an object and the wall time to a cell: a string, an integer, or None for nothing."""


@attrs.frozen
class Column:
    """One column."""

    name: str
    cell: Cell
    type: str = "string"
    format: str = ""
    priority: int = 0
    """0 is always shown, 1 only in wide output."""
    description: str = ""

    def definition(self) -> JSONObject:
        """As `columnDefinitions` has it."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


def _name(obj: JSONObject, _now: float) -> JSONValue:
    return obj["metadata"]["name"]


def _age(obj: JSONObject, now: float) -> JSONValue:
    return age(obj["metadata"].get("creationTimestamp"), now)


def _created_at(obj: JSONObject, _now: float) -> JSONValue:
    return obj["metadata"].get("creationTimestamp", "")


NAME = Column("Name", _name, format="name")
AGE = Column("Age", _age)
CREATED_AT = Column("Created At", _created_at, type="date")


def column(name: str, cell: Callable[[JSONObject], JSONValue], *, type_: str = "string") -> Column:
    """A column whose cells do not depend on the time."""
    return Column(name, lambda obj, _now: cell(obj), type_)


def wide(name: str, cell: Callable[[JSONObject], JSONValue]) -> Column:
    """As `column`, shown in wide output only."""
    return Column(name, lambda obj, _now: cell(obj), priority=1)


def columns(*middle: Column, wide_: Sequence[Column] = ()) -> tuple[Column, ...]:
    """Name first, then what is special about a kind, age, and what only wide output shows."""
    return (NAME, *middle, AGE, *wide_)
