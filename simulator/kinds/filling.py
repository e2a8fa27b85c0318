"""Filling objects in without changing them: each call copies one level, and only if it must."""

from collections.abc import Callable, Mapping

from simulator.jsontypes import JSONObject, JSONValue


def filled(obj: JSONObject, defaults: Mapping[str, JSONValue]) -> JSONObject:
    """`obj` with each default whose key it lacks."""
    if defaults.keys() <= obj.keys():
        return obj
    return {**defaults, **obj}


def changed_at(obj: JSONObject, key: str, change: Callable[[JSONValue], JSONValue]) -> JSONObject:
    """`obj` with the value at `key` changed; as it is if there is none, or the change is none."""
    value = obj.get(key)
    if value is None:
        return obj
    new = change(value)
    return obj if new is value else {**obj, key: new}


def each(change: Callable[[JSONObject], JSONObject]) -> Callable[[JSONValue], JSONValue]:
    """The change of a list that makes this change to every item."""

    def change_all(items: list[JSONObject]) -> list[JSONObject]:
        new = [change(item) for item in items]
        return items if all(a is b for a, b in zip(items, new, strict=True)) else new

    return change_all
