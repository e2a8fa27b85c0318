"""
The columns that a CustomResourceDefinition declares.

Of JSONPath there is what column declarations use: fields, indices, `[*]` and equality filters.
Source: apiextensions-apiserver pkg/registry/customresource/tableconvertor.
"""

import re
from collections.abc import Sequence
from functools import partial

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.tables.cells import age
from simulator.tables.columns import AGE, NAME, Column

_STEP = re.compile(
    r"""\.(?P<field>[A-Za-z0-9_-]+)
      | \['(?P<quoted>[^']+)'\]
      | \[(?P<index>-?\d+)\]
      | (?P<all>\[\*\])
      | \[\?\(@\.(?P<key>[A-Za-z0-9_-]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]
    """,
    re.VERBOSE,
)


def custom_columns(declared: Sequence[FrozenJSON]) -> tuple[Column, ...]:
    """Name, and what `additionalPrinterColumns` declares; Age if it declares nothing."""
    if not declared:
        return (NAME, AGE)
    return (NAME, *(_column(item) for item in declared))


def _column(item: FrozenJSON) -> Column:
    return Column(
        item["name"],
        partial(_cell, item["jsonPath"], item["type"]),
        type=item["type"],
        format=item.get("format", ""),
        priority=item.get("priority", 0),
        description=item.get("description", ""),
    )


def _cell(path: str, kind: str, obj: JSONObject, now: float) -> JSONValue:
    found = values_at(obj, path)
    if not found or found[0] is None:
        return None
    if kind == "date":
        return age(str(found[0]), now)
    if kind == "string":
        return " ".join(str(value) for value in found)
    return found[0]


def values_at(obj: JSONValue, path: str) -> list[JSONValue]:
    """What a JSONPath finds; nothing for one that cannot be read."""
    values, at = [obj], 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return []
        values = [inner for value in values for inner in _next(value, step)]
        at = step.end()
    return values


def _next(value: JSONValue, step: re.Match[str]) -> list[JSONValue]:
    field = step["field"] or step["quoted"]
    if field is not None:
        return [value[field]] if isinstance(value, dict) and field in value else []
    if not isinstance(value, list):
        return []
    if step["index"] is not None:
        index = int(step["index"])
        return [value[index]] if -len(value) <= index < len(value) else []
    if step["all"] is not None:
        return list(value)
    return [
        item
        for item in value
        if isinstance(item, dict) and str(item.get(step["key"])) == step["value"]
    ]
