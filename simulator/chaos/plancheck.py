"""What a plan must keep to besides the types of its fields, so that every part of it means something."""

import re
from collections.abc import Iterator, Mapping

import attrs

from simulator.chaos import actions, definitions
from simulator.chaos.entries import PlanError
from simulator.chaos.faults.catalog import CATALOG
from simulator.chaos.plan import Action, FaultPlan, LeasePlan, Moment, Plan
from simulator.chaos.process import settings
from simulator.controllers.settings import ControllerSettings

_CONTROLLERS = frozenset(
    field.name for field in attrs.fields(ControllerSettings) if field.type in (float, int)
)
_SPELLED = {"name": "object", "seconds": "for"}
"""Fields that have another name in a file."""
_NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII)
_OF_FAULTS = ("kubernetes", "market")


def check(plan: Plan) -> None:
    """
    Say what is wrong with a plan.

    Raises:
        PlanError: the first rule that it breaks.
    """
    for path, rule in _broken(plan):
        raise PlanError(path, rule)


def _broken(plan: Plan) -> Iterator[tuple[str, str]]:
    if not plan.name:
        yield "name", "expected a name"
    for field in ("heal_at", "bound_seconds", "look_seconds"):
        if getattr(plan, field) <= 0:
            yield field, "expected more than 0 seconds"
    yield from _world(plan)
    leases: set[str] = set()
    for index, lease in enumerate(plan.leases):
        yield from _lease(lease, f"leases[{index}]", leases)
        leases.add(lease.name)
    faults: set[str] = set()
    for index, fault in enumerate(plan.faults):
        yield from _fault(plan, fault, f"faults[{index}]", leases, faults)
        faults.add(fault.name)
    for index, action in enumerate(plan.actions):
        yield from _action(action, f"actions[{index}]", leases)
    moments = [(f"actions[{index}]", one.when) for index, one in enumerate(plan.actions)]
    moments += [(f"faults[{index}]", one.when) for index, one in enumerate(plan.faults)]
    for path, when in moments:
        yield from _moment(when, path, faults)
    if plan.explore is not None and plan.explore.lease not in leases:
        yield "explore.lease", f"no lease is called {plan.explore.lease!r}"
    yield from _asserts(plan)


def _world(plan: Plan) -> Iterator[tuple[str, str]]:
    world = plan.world
    if sum(nodes.count for nodes in world.nodes) < 1 or any(n.count < 0 for n in world.nodes):
        yield "world.nodes", "expected one node or more"
    if world.market_nodes < 1:
        yield "world.market_nodes", "expected one or more"
    if world.latency_seconds < 0 or world.jitter_seconds < 0:
        yield "world.latency_seconds", "expected no negative time"
    for name in world.controllers:
        if name not in _CONTROLLERS:
            known = ", ".join(sorted(_CONTROLLERS))
            yield f"world.controllers.{name}", f"no such setting; there are: {known}"
    try:
        settings(plan.daemon, chain_id="any", markets=["http://any"])
    except PlanError as error:
        yield error.path, error.rule
    if plan.daemon.restart_seconds is not None and plan.daemon.restart_seconds < 0:
        yield "daemon.restart_seconds", "expected no negative time"


def _lease(lease: LeasePlan, path: str, before: set[str]) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(lease.name):
        yield f"{path}.name", "expected letters and digits, with '-' between them"
    if lease.name.lower() in {name.lower() for name in before}:
        yield f"{path}.name", f"{lease.name!r} stands here for the second time"
    if lease.definition not in definitions.NAMES:
        yield f"{path}.definition", f"expected one of {', '.join(definitions.NAMES)}"
    if lease.owner not in definitions.OWNERS:
        yield f"{path}.owner", f"expected one of {', '.join(definitions.OWNERS)}"
    if lease.count < 1:
        yield f"{path}.count", "expected one or more"
    for generation, change in lease.changes.items():
        at = f"{path}.changes.{generation}"
        if generation < 1:
            yield at, "generations count from 1"
        yield from _change(change, at)


def _change(change: Mapping[str, object], path: str) -> Iterator[tuple[str, str]]:
    for key, value in change.items():
        if key not in definitions.CHANGES:
            yield f"{path}.{key}", f"no such key; there are: {', '.join(definitions.CHANGES)}"
        elif key == "count":
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                yield f"{path}.{key}", "expected a whole number, at least 1"
        elif not isinstance(value, str) or not value:
            yield f"{path}.{key}", "expected a text"
        elif key == "definition" and value not in definitions.NAMES:
            yield f"{path}.{key}", f"expected one of {', '.join(definitions.NAMES)}"


def _action(action: Action, path: str, leases: set[str]) -> Iterator[tuple[str, str]]:
    deed = actions.DEEDS.get(action.do)
    if deed is None:
        yield f"{path}.do", f"no such deed; there are: {', '.join(actions.DEEDS)}"
        return
    if deed.of_lease and not action.lease:
        yield f"{path}.lease", f"missing: {action.do} is about a lease"
    if action.lease and action.lease not in leases:
        yield f"{path}.lease", f"no lease is called {action.lease!r}"
    if action.lease and not deed.of_lease:
        yield f"{path}.lease", f"{action.do} is about no lease"
    for key, value in action.values.items():
        if key not in deed.values:
            known = ", ".join(("at", "after", "plus", *deed.values))
            yield f"{path}.{key}", f"no such key; there are: {known}"
            continue
        kind = deed.values[key]
        if isinstance(value, bool) is not (kind is bool) or not isinstance(
            value, (int, float) if kind is float else kind
        ):
            yield f"{path}.{key}", f"expected a {_KINDS[kind]}"
        elif key == "kind" and value not in actions.PATHS:
            yield f"{path}.{key}", f"expected one of {', '.join(actions.PATHS)}"
    for key in deed.needs:
        if key not in action.values:
            yield f"{path}.{key}", f"missing: {action.do} needs it"


_KINDS = {str: "text", int: "whole number", float: "number", bool: "flag"}


def _fault(
    plan: Plan, fault: FaultPlan, path: str, leases: set[str], before: set[str]
) -> Iterator[tuple[str, str]]:
    kind = CATALOG.get(fault.what)
    if kind is None:
        yield f"{path}.what", f"no such fault; there are: {', '.join(CATALOG)}"
    else:
        for key, rule in kind.flaws(fault):
            yield f"{path}.{_SPELLED.get(key, key)}", rule
    if fault.name and fault.name in before:
        yield f"{path}.name", f"{fault.name!r} stands here for the second time"
    if fault.where.lease and fault.where.lease not in leases:
        yield f"{path}.lease", f"no lease is called {fault.where.lease!r}"
    if fault.nth < 1:
        yield f"{path}.nth", "expected 1 or more"
    if fault.times is not None and fault.times < 1:
        yield f"{path}.times", "expected 1 or more, or all"
    if not 0 < fault.probability <= 1:
        yield f"{path}.probability", "expected more than 0, at most 1"
    if fault.seconds is not None and fault.seconds <= 0:
        yield f"{path}.for", "expected more than 0 seconds"
    host, markets = fault.where.host, plan.world.market_nodes
    hosts = ("", *_OF_FAULTS, *(f"market-{number}" for number in range(2, markets + 1)))
    if host not in hosts:
        yield f"{path}.host", f"expected one of {', '.join(hosts[1:])}"


def _moment(when: Moment, path: str, faults: set[str]) -> Iterator[tuple[str, str]]:
    if when.at < 0:
        yield f"{path}.{'plus' if when.after else 'at'}", "expected no negative time"
    if when.after and when.after not in faults:
        yield f"{path}.after", f"no fault is called {when.after!r}"


def _asserts(plan: Plan) -> Iterator[tuple[str, str]]:
    if not plan.asserts:
        return
    from simulator.chaos import expectations

    for index, one in enumerate(plan.asserts):
        if rule := expectations.check(one):
            yield f"asserts[{index}]", rule
