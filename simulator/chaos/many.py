"""
Short forms in plan files for what there are many of; plans themselves spell everything out.

    leases:  {name: t, many: 80}                           t1, t2, … t80
    actions: {do: open, lease: t*, at: 5, every: 0.5}      one for each of them, half a second apart
             {do: close, lease: t3..t7, at: 100}           t3, t4, t5, t6, t7
             {do: kill, at: 30, many: 200, every: 18}      two hundred times
    asserts: {what: gone, lease: t3..t7, …}                for each of them
"""

import re
from collections.abc import Mapping
from typing import Final

from simulator.chaos.entries import PlanError, inside, integer, items, mapping, number, text

_MANY: Final = "many"
_EVERY: Final = "every"
_RANGE = re.compile(r"^(?P<stem>.*?)(?P<first>\d+)\.\.(?P<again>.*?)(?P<last>\d+)$")


def spelled_out(document: Mapping[str, object]) -> dict[str, object]:
    """
    A plan's document without short forms.

    Raises:
        PlanError: one of them means nothing.
    """
    spelled = dict(document)
    names: list[str] = []
    if "leases" in document:
        spelled["leases"] = _leases(document["leases"], names)
    if "actions" in document:
        spelled["actions"] = [
            one
            for path, item in items(document["actions"], "actions")
            for one in _actions(mapping(item, path), path, names)
        ]
    if "asserts" in document:
        spelled["asserts"] = [
            {**given, **lease}
            for path, item in items(document["asserts"], "asserts")
            for given in [mapping(item, path)]
            for lease in _named(given, path, names)
        ]
    return spelled


def _leases(value: object, names: list[str]) -> list[object]:
    found: list[object] = []
    for path, item in items(value, "leases"):
        given = mapping(item, path)
        if _MANY not in given:
            found.append(given)
            names.append(str(given.get("name", "")))
            continue
        many = _count(given.pop(_MANY), inside(path, _MANY))
        stem = text(given.get("name"), inside(path, "name"))
        for place in range(1, many + 1):
            found.append({**given, "name": f"{stem}{place}"})
            names.append(f"{stem}{place}")
    return found


def _actions(given: dict[str, object], path: str, names: list[str]) -> list[dict[str, object]]:
    many = _count(given.pop(_MANY), inside(path, _MANY)) if _MANY in given else 1
    every = number(given.pop(_EVERY), inside(path, _EVERY)) if _EVERY in given else None
    leases = _named(given, path, names)
    if many > 1 and len(leases) > 1:
        raise PlanError(inside(path, _MANY), "either one lease, or one time")
    rows = leases * many if many > 1 else leases
    if many > 1 and every is None:
        raise PlanError(inside(path, _EVERY), f"missing: beside {_MANY} it says how far apart")
    if every is not None and len(rows) < 2:
        raise PlanError(inside(path, _EVERY), f"only beside {_MANY}, or for several leases")
    when = "plus" if "after" in given else "at"
    begin = number(given.get(when, 0.0), inside(path, when))
    return [
        {**given, **lease, **({when: begin + place * every} if every is not None else {})}
        for place, lease in enumerate(rows)
    ]


def _named(given: Mapping[str, object], path: str, names: list[str]) -> list[dict[str, object]]:
    """`lease` of each lease that is meant."""
    lease = given.get("lease")
    if not isinstance(lease, str):
        return [{}]
    if lease.endswith("*"):
        stem = lease[:-1]
        found = [n for n in names if n.startswith(stem) and n.removeprefix(stem).isdigit()]
    elif span := _RANGE.match(lease):
        if span["again"] != span["stem"]:
            raise PlanError(inside(path, "lease"), "expected the same name at both ends of `..`")
        numbers = range(int(span["first"]), int(span["last"]) + 1)
        found = [f"{span['stem']}{number}" for number in numbers]
    else:
        return [{}]
    if not found:
        raise PlanError(inside(path, "lease"), f"{lease!r} means no lease")
    return [{"lease": name} for name in found]


def _count(value: object, path: str) -> int:
    many = integer(value, path)
    if many < 1:
        raise PlanError(path, "expected 1 or more")
    return many
