"""
Where the replicas of one lease are: arranged anew, kept over an update, or settled where they run.

Pure; amounts are in what the caller passes as free, which is used up here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs

from provider.lease.scheduling import SchedulerParams
from provider.ledger.fit import Demand, Fit, Room, fit, wants
from provider.ledger.nodes import Amounts, Node, add

Spread: TypeAlias = Mapping[str, tuple[str, ...]]
"""By service, the node of each replica; "" where none could be found."""


@attrs.frozen
class Arrangement:
    """All services of a lease and their places."""

    demands: Sequence[Demand]
    nodes: Spread
    scheduling: Mapping[str, SchedulerParams]
    """By service, for those that placement adds something to."""

    def each(self, demand: Demand) -> Amounts:
        """What one replica of a service takes of its node."""
        return demand.taken(self.scheduling.get(demand.service, SchedulerParams()))

    def taken(self) -> Iterator[tuple[str, Amounts]]:
        """Node and amounts of every replica."""
        for demand in self.demands:
            amounts = self.each(demand)
            for node in self.nodes.get(demand.service, ()):
                yield node, amounts

    def stands(self, observed: Mapping[str, Sequence[str]], nodes: Mapping[str, Node]) -> bool:
        """True when no replica's node is gone, and every pod seen is on a node booked for it."""
        for demand in self.demands:
            booked = self.nodes.get(demand.service, ())
            if any(node not in nodes for node in booked):
                return False
            seen = Counter(observed.get(demand.service, ()))
            if seen.total() <= demand.replicas and seen - Counter(booked):
                return False
        return True


def arrange(
    demands: Sequence[Demand],
    nodes: Mapping[str, Node],
    free: dict[str, Amounts],
    old: Arrangement | None,
) -> Arrangement | str:
    """
    Find a place for everything, or say what is missing.

    Args:
        demands: of the wanted group.
        nodes: all, in the order in which they are tried.
        free: by node, without what `old` takes.
        old: where the lease is now. A service that asks for no more than before stays there,
            whatever else is on those nodes; of any other, its old nodes are tried first.
    """
    before = {demand.service: demand for demand in old.demands} if old else {}
    spread: dict[str, tuple[str, ...]] = {}
    scheduling: dict[str, SchedulerParams] = {}
    for demand in demands:
        former = before.get(demand.service)
        params = old.scheduling.get(demand.service) if old else None
        if params is not None and wants(demand, params):
            scheduling[demand.service] = params
        elif params is not None:
            continue
        if old is not None and former is not None and demand.within(former):
            spread[demand.service] = old.nodes.get(demand.service, ())[: demand.replicas]
            _take(demand, scheduling, spread[demand.service], free)
    for demand in reversed(demands):
        found = _complete(demand, nodes, free, old, spread, scheduling)
        if isinstance(found, str):
            return found
        spread[demand.service] = (*spread.get(demand.service, ()), *found.nodes)
        if found.params != SchedulerParams():
            scheduling[demand.service] = found.params
        _take(demand, scheduling, found.nodes, free)
    return Arrangement(tuple(demands), spread, scheduling)


def settle(
    arrangement: Arrangement,
    observed: Mapping[str, Sequence[str]],
    nodes: Mapping[str, Node],
    free: Callable[[], dict[str, Amounts]],
) -> Arrangement:
    """
    Give every replica of what runs a node, whether it fits or not.

    A replica is where a pod of its service is seen; else where it was booked, if that node still
    exists; else where it fits; else on the node that has most of what it needs. What is free is only
    asked for in the last two cases.
    """
    spread = {
        demand.service: _known_places(
            demand,
            observed.get(demand.service, ()),
            arrangement.nodes.get(demand.service, ()),
            nodes,
        )
        for demand in arrangement.demands
    }
    if all(len(spread[demand.service]) >= demand.replicas for demand in arrangement.demands):
        return attrs.evolve(arrangement, nodes=spread)
    left = free()
    for demand in arrangement.demands:
        _take(demand, arrangement.scheduling, spread[demand.service], left)
    for demand in arrangement.demands:
        for _ in range(demand.replicas - len(spread[demand.service])):
            one = attrs.evolve(demand, replicas=1)
            params = arrangement.scheduling.get(demand.service)
            found = fit(one, _rooms(nodes, left), only=params)
            node = found.nodes[0] if isinstance(found, Fit) else _least_bad(one, nodes, left)
            spread[demand.service] = (*spread[demand.service], node)
            _take(demand, arrangement.scheduling, (node,), left)
    return attrs.evolve(arrangement, nodes=spread)


def _known_places(
    demand: Demand, observed: Sequence[str], booked: Sequence[str], nodes: Mapping[str, Node]
) -> tuple[str, ...]:
    there = [name for name in booked if name in nodes]
    seen = [name for name in sorted(observed) if name in nodes]
    if len(seen) > demand.replicas:
        # Pods of two generations: those on nodes that are booked stand for the replicas.
        seen.sort(key=lambda name: name not in there)
    here = seen[: demand.replicas]
    rest = list((Counter(there) - Counter(here)).elements())
    return (*here, *rest[: demand.replicas - len(here)])


def _complete(
    demand: Demand,
    nodes: Mapping[str, Node],
    free: dict[str, Amounts],
    old: Arrangement | None,
    spread: Mapping[str, tuple[str, ...]],
    scheduling: Mapping[str, SchedulerParams],
) -> Fit | str:
    """Places for the replicas of a service that have none yet."""
    there = spread.get(demand.service, ())
    missing = attrs.evolve(demand, replicas=demand.replicas - len(there))
    params = scheduling.get(demand.service)
    former = old.nodes.get(demand.service, ()) if old else ()
    found = fit(missing, _rooms(nodes, free), preferred=former, only=params)
    if isinstance(found, str) and params is not None and not there:
        # The GPU it had may be of no use any more; another kind may serve.
        return fit(missing, _rooms(nodes, free), preferred=former)
    return found


def _rooms(nodes: Mapping[str, Node], free: Mapping[str, Amounts]) -> list[Room]:
    """The nodes that take something new: not closed, and of nothing more taken than there is."""
    return [
        Room(node, free[node.name])
        for node in nodes.values()
        if not node.closed and all(amount >= 0 for amount in free[node.name].values())
    ]


def _least_bad(demand: Demand, nodes: Mapping[str, Node], free: Mapping[str, Amounts]) -> str:
    def lack(node: Node) -> tuple[bool, float]:
        short = sum(
            max(amount - free[node.name].get(resource, 0), 0) / max(amount, 1)
            for resource, amount in demand.amounts.items()
        )
        return bool(node.closed) or not set(demand.classes) <= node.classes, short

    return min(nodes.values(), key=lack).name if nodes else ""


def _take(
    demand: Demand,
    scheduling: Mapping[str, SchedulerParams],
    nodes: Iterable[str],
    free: dict[str, Amounts],
) -> None:
    amounts = demand.taken(scheduling.get(demand.service, SchedulerParams()))
    for node in nodes:
        if node in free:
            add(free[node], amounts, -1)
