"""
Plans as files: YAML that is pleasant to write by hand, and back.

The keys are the names of the fields in `plan.py`. Actions and faults are flat: when they happen is
`at: 30` or `after: NAME` with `plus: 2`, how long a fault lasts is `for: 600`, how often it strikes is
`times: 3` or `times: all`, and whatever they want besides stands beside that. Only what differs from
the defaults is written.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import attrs
import yaml

from simulator.chaos import entries, many
from simulator.chaos.entries import PlanError, inside
from simulator.chaos.plan import (
    Action,
    Expectation,
    FaultPlan,
    Moment,
    Plan,
    Where,
)
from simulator.chaos.plancheck import check

_EVERY = "all"
"""`times` of a fault that strikes again and again."""

_OBJECT = "object"
"""Key of the name of an object: `name` is the fault's own."""

_WHERE = {(_OBJECT if f.name == "name" else f.name): f.name for f in attrs.fields(Where)}
_FAULT = {"what", "name", "nth", "times", "probability", "may_miss"}
_FLAT = {"actions": Action, "faults": FaultPlan, "asserts": Expectation}


def load(path: Path) -> Plan:
    """
    Read a plan file.

    Raises:
        PlanError: it cannot be read, or it holds no plan.
    """
    try:
        return loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no UTF-8"
        raise PlanError("", f"{path}: {why}") from error


def loads(text: str) -> Plan:
    """
    Read a plan from the text of its file.

    Raises:
        PlanError: it is no YAML, or it holds no plan that can be played.
    """
    try:
        document = yaml.load(text, _Loader)  # a safe loader that minds repeated keys
    except yaml.YAMLError as error:
        raise PlanError("", f"no YAML: {error}") from error
    given = many.spelled_out(entries.mapping(document, ""))
    readers = {"actions": _action, "faults": _fault, "asserts": _expectation}
    ready = {
        key: tuple(read(entries.mapping(item, at), at) for at, item in _items(given, key))
        for key, read in readers.items()
    }
    rest = {key: value for key, value in given.items() if key not in ready}
    plan = entries.build(Plan, rest, "", **ready)
    check(plan)
    return plan


def dumps(plan: Plan) -> str:
    """The text of a plan's file; `loads` makes the same plan of it."""
    document = {
        **_differing(plan, leave=tuple(_FLAT)),
        "actions": [_flat_action(action) for action in plan.actions],
        "faults": [_flat_fault(fault) for fault in plan.faults],
        "asserts": [{"what": one.what, **one.values} for one in plan.asserts],
    }
    written = {key: document[key] for key in _ORDER if document.get(key) not in (None, [], {})}
    return yaml.dump(
        written,
        Dumper=yaml.SafeDumper,
        default_flow_style=None,
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )


_ORDER = tuple(field.name for field in attrs.fields(Plan))

# ── reading ─────────────────────────────────────────────────────────────────────────────────────


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, which YAML's own reader lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float) and key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.YAMLError(f"line {line}: {key!r} stands here for the second time")
            seen.add(key if isinstance(key, str | int | float) else id(key_node))
        return cast("dict[object, object]", super().construct_mapping(node, deep=deep))


def _items(given: Mapping[str, object], key: str) -> list[tuple[str, object]]:
    return entries.items(given[key], key) if key in given else []


def _moment(given: dict[str, object], path: str) -> Moment:
    """Take `at`, or `after` and `plus`, out of a flat mapping."""
    if "after" not in given:
        if "plus" in given:
            raise PlanError(inside(path, "plus"), "only beside `after`")
        return Moment(at=entries.number(given.pop("at", 0.0), inside(path, "at")))
    if "at" in given:
        raise PlanError(inside(path, "at"), "either `at` or `after`")
    after = entries.text(given.pop("after"), inside(path, "after"))
    if not after:
        raise PlanError(inside(path, "after"), "expected the name of a fault")
    return Moment(
        at=entries.number(given.pop("plus", 0.0), inside(path, "plus")),
        after=after,
    )


def _action(given: dict[str, object], path: str) -> Action:
    when = _moment(given, path)
    named: dict[str, object] = {key: given.pop(key) for key in ("do", "lease") if key in given}
    values = entries.scalars(given, path)
    return entries.build(Action, named, path, when=when, values=values)


def _fault(given: dict[str, object], path: str) -> FaultPlan:
    when = _moment(given, path)
    seconds = None
    if "for" in given:
        seconds = entries.number(given.pop("for"), inside(path, "for"))
    where_given = {field: given.pop(key) for key, field in _WHERE.items() if key in given}
    where = entries.build(Where, where_given, path)
    ready = {"when": when, "seconds": seconds, "where": where}
    if given.get("times") == _EVERY:
        given["times"] = None
    named = {key: given.pop(key) for key in tuple(given) if key in _FAULT}
    return entries.build(FaultPlan, named, path, values=entries.scalars(given, path), **ready)


def _expectation(given: dict[str, object], path: str) -> Expectation:
    named: dict[str, object] = {key: given.pop(key) for key in ("what",) if key in given}
    return entries.build(Expectation, named, path, values=entries.scalars(given, path))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def _differing(value: attrs.AttrsInstance, leave: tuple[str, ...] = ()) -> dict[str, object]:
    """The fields of a value that are not as they are by default."""
    return {
        field.name: _plain(getattr(value, field.name))
        for field in attrs.fields(type(value))
        if field.name not in leave and getattr(value, field.name) != field.default
    }


def _plain(value: object) -> object:
    """A value as YAML knows it; whole numbers without a point."""
    if attrs.has(type(value)):
        return _differing(cast("attrs.AttrsInstance", value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _flat_moment(when: Moment) -> dict[str, object]:
    if when.after:
        return {"after": when.after, **({"plus": _plain(when.at)} if when.at else {})}
    return {"at": _plain(when.at)} if when.at else {}


def _flat_action(action: Action) -> dict[str, object]:
    lease = {"lease": action.lease} if action.lease else {}
    return {"do": action.do, **_flat_moment(action.when), **lease, **_values(action.values)}


def _flat_fault(fault: FaultPlan) -> dict[str, object]:
    own = _differing(fault, leave=("what", "when", "seconds", "where", "values"))
    if fault.times is None:
        own["times"] = _EVERY
    seconds = {} if fault.seconds is None else {"for": _plain(fault.seconds)}
    keys = {field: key for key, field in _WHERE.items()}
    where = {keys[name]: value for name, value in _differing(fault.where).items()}
    name = {"name": own.pop("name")} if "name" in own else {}
    return {
        "what": fault.what, **name, **_flat_moment(fault.when), **seconds, **where, **own,
        **_values(fault.values),
    }  # fmt: skip


def _values(values: Mapping[str, object]) -> dict[str, object]:
    return {key: _plain(value) for key, value in values.items()}
