"""
Reads what a YAML document holds as values, and says where and by which rule it cannot.

A class of `plan.py` is read from a mapping whose keys are the names of its fields; what a field takes
follows from its type. Keys that are not known are refused: a misspelt one would make a plan that
plays something else.
"""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar, cast, get_args, get_origin

import attrs

Value = TypeVar("Value")


class PlanError(Exception):
    """A plan that cannot be played: where in it, and which rule it breaks."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}" if path else rule)
        self.path = path
        """`faults[2].verb`; "" for the document itself."""
        self.rule = rule


def read(cls: type[Value], value: object, path: str) -> Value:
    """
    Read a class from a mapping.

    Raises:
        PlanError: something is missing, unknown, or of another type.
    """
    return build(cls, mapping(value, path), path)


def build(cls: type[Value], given: Mapping[str, object], path: str, **ready: object) -> Value:
    """
    Read a class from named values; fields in `ready` are taken as they are.

    Raises:
        PlanError: something is missing, unknown, or of another type.
    """
    fields = {f.name: f for f in attrs.fields(cast("type[attrs.AttrsInstance]", cls))}
    for key in given:
        if key not in fields or key in ready:
            known = ", ".join(name for name in fields if name not in ready)
            raise PlanError(inside(path, key), f"no such key; there are: {known}")
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in given and name not in ready:
            raise PlanError(inside(path, name), "missing")
    taken = {key: _take(fields[key].type, value, inside(path, key)) for key, value in given.items()}
    return cls(**taken, **ready)


def inside(path: str, key: str) -> str:
    """The path of something in a mapping."""
    return f"{path}.{key}" if path else key


def mapping(value: object, path: str) -> dict[str, object]:
    """A mapping whose keys are texts."""
    if not isinstance(value, Mapping):
        raise PlanError(path, f"expected a mapping, got {_shown(value)}")
    for key in value:
        if not isinstance(key, str):
            raise PlanError(path, f"expected keys that are texts, got {_shown(key)}")
    return dict(value)


def items(value: object, path: str) -> list[tuple[str, object]]:
    """The items of a list with their paths."""
    if not isinstance(value, list):
        raise PlanError(path, f"expected a list, got {_shown(value)}")
    return [(f"{path}[{index}]", item) for index, item in enumerate(value)]


def text(value: object, path: str) -> str:
    """A text; YAML reads some words as others, so those have to be quoted."""
    if not isinstance(value, str):
        raise PlanError(path, f"expected a text, got {_shown(value)}; quotes make it one")
    return value


def number(value: object, path: str) -> float:
    """A number, not an endless one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlanError(path, f"expected a number, got {_shown(value)}")
    return float(value)


def integer(value: object, path: str) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(path, f"expected a whole number, got {_shown(value)}")
    return value


def flag(value: object, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise PlanError(path, f"expected true or false, got {_shown(value)}")
    return value


def scalars(value: object, path: str) -> dict[str, object]:
    """A mapping from texts to texts, numbers, flags, and lists of those."""
    found = mapping(value, path)
    for key, item in found.items():
        for one in item if isinstance(item, list) else [item]:
            is_plain = isinstance(one, str | bool | int | float)
            if not is_plain or (isinstance(one, float) and not math.isfinite(one)):
                raise PlanError(
                    inside(path, key), f"expected a text, a number or a flag, got {_shown(one)}"
                )
    return found


def _numbers(value: object, path: str) -> dict[str, float]:
    found = mapping(value, path)
    return {
        key: item if isinstance(item, int) and not isinstance(item, bool)
        else number(item, inside(path, key))
        for key, item in found.items()
    }  # fmt: skip


def _by_generation(value: object, path: str) -> dict[int, dict[str, object]]:
    if not isinstance(value, Mapping):
        raise PlanError(path, f"expected a mapping by generation, got {_shown(value)}")
    return {
        integer(key, path): scalars(item, inside(path, str(key))) for key, item in value.items()
    }


_PLAIN: dict[object, Callable[[object, str], object]] = {
    str: text,
    int: integer,
    float: number,
    bool: flag,
    Mapping[str, float]: _numbers,
    Mapping[str, object]: scalars,
    Mapping[int, Mapping[str, object]]: _by_generation,
}


def _take(kind: object, value: object, path: str) -> object:
    """Read a value of this type."""
    if kind in _PLAIN:
        return _PLAIN[kind](value, path)
    if get_origin(kind) is tuple:
        return tuple(_take(get_args(kind)[0], item, at) for at, item in items(value, path))
    if type(None) in get_args(kind):
        (other,) = (one for one in get_args(kind) if one is not type(None))
        return None if value is None else _take(other, value, path)
    assert isinstance(kind, type), f"no way to read a {kind}"
    return read(kind, value, path)


def _shown(value: object) -> str:
    return "nothing" if value is None else f"{str(value)!r:.60}"
