"""
Smaller plans out of a plan: what a search for the least failing one tries. Pure.

Every function returns plans that are valid when theirs is: what hangs on something that goes, goes too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias, TypeVar

import attrs

from simulator.chaos.plan import (
    NOTHING,
    DaemonPlan,
    FaultPlan,
    LeasePlan,
    Moment,
    Plan,
    WorldPlan,
)

_LONG_SECONDS = (10.0, 60.0, 300.0)
_SHORT_SECONDS = 30.0
"""Nobody minds waiting for so long."""
_FEW = (1, 2, 3)

Part = TypeVar("Part")


# ── what can be left out ────────────────────────────────────────────────────────────────────────


def without_leases(plan: Plan, places: Collection[int]) -> Plan:
    """The plan without the leases at these places, what was done to them and what befell only them."""
    kept = tuple(lease for n, lease in enumerate(plan.leases) if n not in places)
    gone = {lease.name for lease in plan.leases} - {lease.name for lease in kept}
    faults = {n for n, fault in enumerate(plan.faults) if fault.where.lease in gone}
    thinner = attrs.evolve(
        plan, leases=kept, actions=tuple(a for a in plan.actions if a.lease not in gone)
    )
    return without_faults(thinner, faults)


def without_faults(plan: Plan, places: Collection[int]) -> Plan:
    """The plan without the faults at these places, and without what waits for them."""
    kept = tuple(fault for n, fault in enumerate(plan.faults) if n not in places)
    gone = {fault.name for fault in plan.faults} - {fault.name for fault in kept} - {""}
    while True:
        orphans = {fault.name for fault in kept if fault.when.after in gone} - {""}
        kept = tuple(fault for fault in kept if fault.when.after not in gone)
        if orphans <= gone:
            break
        gone |= orphans
    actions = tuple(action for action in plan.actions if action.when.after not in gone)
    return attrs.evolve(plan, faults=kept, actions=actions)


def without_actions(plan: Plan, places: Collection[int]) -> Plan:
    """The plan without the actions at these places."""
    return attrs.evolve(
        plan, actions=tuple(a for n, a in enumerate(plan.actions) if n not in places)
    )


Leaving: TypeAlias = Callable[[Plan, Collection[int]], Plan]
Size: TypeAlias = Callable[[Plan], int]

PARTS: tuple[tuple[Leaving, Size], ...] = (
    (without_leases, lambda plan: len(plan.leases)),
    (without_faults, lambda plan: len(plan.faults)),
    (without_actions, lambda plan: len(plan.actions)),
)
"""What leaves parts out, and how many there are."""


def only_lease(plan: Plan, name: str) -> Plan:
    """The plan with one lease."""
    return without_leases(plan, {n for n, one in enumerate(plan.leases) if one.name != name})


# ── what can be plainer ─────────────────────────────────────────────────────────────────────────


def plainer(plan: Plan, seen_at: float) -> Iterator[Plan]:
    """
    Plans with one thing simpler, boldest first; each differs from `plan`.

    Args:
        plan: what fails.
        seen_at: when it was seen to fail, virtual seconds.
    """
    tried = (_world, _daemon, _leases, _faults, lambda same: _times(same, seen_at))
    for reduce in tried:
        for candidate in reduce(plan):
            if candidate != plan:
                yield candidate


def _world(plan: Plan) -> Iterator[Plan]:
    world = plan.world
    yield attrs.evolve(plan, asserts=(), explore=None)
    yield attrs.evolve(plan, world=WorldPlan())
    plain = WorldPlan(nodes=world.nodes, market_nodes=world.market_nodes)
    yield attrs.evolve(plan, world=plain)
    for change in (
        {"latency_seconds": 0.0, "jitter_seconds": 0.0},
        {"jitter_seconds": 0.0},
        {"controllers": NOTHING},
        {"market_nodes": 1},
        {"nodes": world.nodes[:1]},
    ):
        yield attrs.evolve(plan, world=attrs.evolve(world, **change))


def _daemon(plan: Plan) -> Iterator[Plan]:
    yield attrs.evolve(plan, daemon=DaemonPlan())
    yield attrs.evolve(plan, daemon=attrs.evolve(plan.daemon, settings={}))
    for name in plan.daemon.settings:
        rest = {key: value for key, value in plan.daemon.settings.items() if key != name}
        yield attrs.evolve(plan, daemon=attrs.evolve(plan.daemon, settings=rest))


def _leases(plan: Plan) -> Iterator[Plan]:
    yield attrs.evolve(plan, leases=tuple(LeasePlan(name=one.name) for one in plan.leases))
    for n, lease in enumerate(plan.leases):
        for simpler in (
            LeasePlan(name=lease.name),
            attrs.evolve(lease, definition="web"),
            attrs.evolve(lease, changes={}),
            *(
                attrs.evolve(lease, changes={g: c for g, c in lease.changes.items() if g != one})
                for one in lease.changes
            ),
            attrs.evolve(lease, count=1),
            attrs.evolve(lease, host=""),
            attrs.evolve(lease, owner="alice"),
        ):
            yield attrs.evolve(plan, leases=_replaced(plan.leases, n, simpler))


def _faults(plan: Plan) -> Iterator[Plan]:
    for n, fault in enumerate(plan.faults):
        for milder in _milder(fault):
            yield attrs.evolve(plan, faults=_replaced(plan.faults, n, milder))


def _milder(fault: FaultPlan) -> Iterator[FaultPlan]:
    """Fewer strikes, all of them sure: what is left says which request it takes."""
    if fault.probability < 1.0 or fault.times is None:
        for nth in _FEW:
            yield attrs.evolve(fault, probability=1.0, times=1, nth=nth)
        yield attrs.evolve(fault, probability=1.0)
    if fault.times is not None and fault.times > 1:
        yield attrs.evolve(fault, times=1)
    if fault.nth > 1:
        yield attrs.evolve(fault, nth=1)
    for seconds in _LONG_SECONDS:
        if fault.seconds is None or fault.seconds > seconds:
            yield attrs.evolve(fault, seconds=seconds)
    if fault.where.daemon:
        yield attrs.evolve(fault, where=attrs.evolve(fault.where, daemon=0))
    for name, value in fault.values.items():
        if isinstance(value, float) and value > 1.0:
            yield attrs.evolve(fault, values=_with(fault.values, name, round(value / 2, 3)))


def _times(plan: Plan, seen_at: float) -> Iterator[Plan]:
    last = max(
        [m.at for m in _moments(plan) if not m.after]
        + [f.when.at + (f.seconds or 0.0) for f in plan.faults if not f.when.after],
        default=0.0,
    )
    for heal_at in (seen_at + 1.0, last + 1.0, plan.heal_at / 2):
        if last < heal_at < plan.heal_at - _SHORT_SECONDS:
            yield attrs.evolve(plan, heal_at=float(round(heal_at)))
    if last > _SHORT_SECONDS:
        yield moved(plan, lambda at: round(at / 2, 1))
    yield moved(plan, lambda at: float(round(at)))


def moved(plan: Plan, move: Callable[[float], float]) -> Plan:
    """The plan with everything at another time; what waits for a fault keeps its distance."""

    def later(when: Moment) -> Moment:
        return when if when.after else attrs.evolve(when, at=move(when.at))

    return attrs.evolve(
        plan,
        actions=tuple(attrs.evolve(a, when=later(a.when)) for a in plan.actions),
        faults=tuple(attrs.evolve(f, when=later(f.when)) for f in plan.faults),
        heal_at=move(plan.heal_at),
    )


def surely(plan: Plan) -> Plan:
    """The plan with every fault one that has to fire, and every deed one that has to be done."""
    faults = tuple(attrs.evolve(fault, may_miss=False) for fault in plan.faults)
    return attrs.evolve(plan, faults=faults, lenient=False)


def _moments(plan: Plan) -> Iterator[Moment]:
    yield from (action.when for action in plan.actions)
    yield from (fault.when for fault in plan.faults)


def _replaced(items: tuple[Part, ...], place: int, item: Part) -> tuple[Part, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _with(values: Mapping[str, object], name: str, value: object) -> Mapping[str, object]:
    return {**values, name: value}
