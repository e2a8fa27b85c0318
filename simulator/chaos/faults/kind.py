"""What a kind of fault is told, and what is said about it. Plain values."""

import math
from collections.abc import Iterator, Mapping

import attrs

from simulator.chaos.plan import FaultPlan

REQUEST_FIELDS = (
    "verb",
    "kind",
    "lease",
    "generation",
    "namespace",
    "name",
    "subresource",
    "dry_run",
    "host",
    "daemon",
)
"""Fields of `Where` that tell requests apart."""


@attrs.frozen
class Value:
    """One value of a fault: a number in a range, one of some words, a text or a flag."""

    name: str
    default: float | str | bool
    """Its type is the value's: float takes whole numbers too, int only those."""
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[object, ...] = ()

    def flaw(self, given: object) -> str:
        """What is wrong with a value of a plan; "" for nothing."""
        kind = type(self.default)
        wanted = (int, float) if kind is float else kind
        if isinstance(given, bool) is not (kind is bool) or not isinstance(given, wanted):
            return f"expected a {_KINDS[kind]}"
        if self.choices and given not in self.choices:
            return f"expected one of {', '.join(str(choice) for choice in self.choices)}"
        if isinstance(given, int | float) and not self.low <= given <= self.high:
            return f"expected {_range(self.low, self.high)}"
        return ""


_KINDS: Mapping[type, str] = {str: "text", int: "whole number", float: "number", bool: "flag"}


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{low:g} or more"
    return f"at most {high:g}" if math.isinf(low) else f"{low:g} to {high:g}"


@attrs.frozen(kw_only=True)
class Kind:
    """One `what`."""

    what: str
    level: str
    """network, api, watch, control plane, nodes, admission, market, closing or daemon."""
    help: str
    """One line."""
    counted: str
    """What `fired` counts."""
    values: tuple[Value, ...] = ()
    where: tuple[str, ...] = ()
    """Fields of `Where` that mean something to it."""
    needs: tuple[str, ...] = ()
    """Those of them that must be given."""
    per_request: bool = False
    """True when `nth`, `times` and `probability` say which requests it befalls; a state has none of
    them and lasts from its beginning to its end."""
    hinders: frozenset[str] = frozenset()
    """What it keeps from the daemon while it lasts, or at each request that it befalls; of `HINDERS`."""

    def value(self, plan: FaultPlan, name: str) -> float | str | bool:
        """A value as a plan gives it, or its default."""
        found = plan.values.get(name)
        if found is None:
            found = next(value.default for value in self.values if value.name == name)
        assert isinstance(found, int | float | str)
        return found

    def flaws(self, plan: FaultPlan) -> Iterator[tuple[str, str]]:
        """What is wrong with a fault of this kind in a plan: (key, rule) of each flaw."""
        known = {value.name: value for value in self.values}
        for key, given in plan.values.items():
            if key not in known:
                yield key, f"{self.what} has no such value; it has: {', '.join(known) or 'none'}"
            elif flaw := known[key].flaw(given):
                yield key, flaw
        for field in REQUEST_FIELDS:
            given = getattr(plan.where, field)
            if given not in ("", 0, None) and field not in self.where:
                has = ", ".join(self.where) or "none"
                yield field, f"{self.what} is not told by it; by: {has}"
        for field in self.needs:
            if not getattr(plan.where, field):
                yield field, f"missing: {self.what} needs it"
        if not self.per_request and (plan.nth, plan.times, plan.probability) != (1, 1, 1.0):
            yield "nth", f"{self.what} is a state: it has neither nth, times nor probability"


def kind(
    what: str,
    level: str,
    help_: str,
    *values: Value,
    counted: str = "1 as it begins",
    where: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    per_request: bool = False,
    hinders: str = "",
) -> Kind:
    """A row of the catalog, written shortly: a state if nothing else is said; `hinders` as words."""
    return Kind(
        what=what,
        level=level,
        help=help_,
        counted=counted,
        values=values,
        where=where,
        needs=needs,
        per_request=per_request,
        hinders=frozenset(hinders.split()),
    )


def delay(default: float, help_: str) -> Value:
    """The value that many kinds have: seconds, and of what."""
    return Value("delay", default, help_, low=0.0)


HINDERS = ("reads", "writes", "views", "market", "closing", "nodes", "controllers", "process")
"""What a fault may keep from the daemon: to read the cluster, to write to it, to hear its changes in
time, to hear the market, to close leases there, nodes that tell of their pods, controllers that do
their work, and to run at all."""
