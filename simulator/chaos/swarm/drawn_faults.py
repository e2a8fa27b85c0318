"""
The faults of a drawn plan. Pure; all draws from one generator.

Swarm testing: a seed knows only a random part of the kinds below. Faults of requests strike around
something that a tenant does, for nothing else sends many requests: one request of one lease, told
by what it means, or whatever comes along for a while. The others are states of the network, the
market, the cluster and the daemon, and last.
"""

import random
from collections.abc import Sequence

import attrs

from simulator.chaos.plan import FaultPlan, Moment, Where, WorldPlan
from simulator.chaos.swarm.fault_kinds import FAMILIES, Drawn
from simulator.chaos.swarm.tenancies import Deed

_FAMILIES = {"request": 10, "watch": 3, "network": 2, "market": 3, "cluster": 3, "daemon": 2}
"""How often each is drawn; closings only where the daemon closes leases."""

_APPLIED = (
    "deployments",
    "statefulsets",
    "services",
    "ingresses",
    "networkpolicies",
    "namespaces",
    "manifests",
    "providerhosts",
)
_DELETED = ("namespaces", "manifests", "manifests", "providerhosts")
_WATCHED = ("", "deployments", "pods", "namespaces", "manifests", "providerhosts", "ingresses")
_PASSING = ("", "", "write", "write", "apply", "delete", "read", "list", "get")


def draw_faults(
    rng: random.Random,
    deeds: Sequence[Deed],
    world: WorldPlan,
    seconds: float,
    *,
    closes: bool = False,
) -> tuple[FaultPlan, ...]:
    """
    Draw faults; each has a name of its own and may miss.

    Args:
        rng: every number comes from it.
        deeds: what requests of the daemon follow.
        world: whose nodes and market there are.
        seconds: all faults have ended by then, or end at its end.
        closes: whether the daemon closes unhealthy leases within the hour.
    """
    drawing = _Drawing(rng, deeds, world, seconds)
    weights = {**_FAMILIES, "closing": 3} if closes else _FAMILIES
    kinds = {
        family: [kind for kind in FAMILIES[family] if rng.random() < 0.45] for family in weights
    }
    there = {family: weight for family, weight in weights.items() if kinds[family]}
    families = rng.choices(tuple(there), tuple(there.values()), k=rng.randint(12, 18))
    found = [drawing.fault(family, rng.choice(kinds[family])) for family in families]
    found.sort(key=lambda fault: fault.when.at)
    return tuple(
        attrs.evolve(fault, name=f"{fault.what}-{number}") for number, fault in enumerate(found, 1)
    )


@attrs.frozen
class _Drawing:
    rng: random.Random
    deeds: Sequence[Deed]
    world: WorldPlan
    seconds: float

    def fault(self, family: str, kind: Drawn) -> FaultPlan:
        """One fault of this kind."""
        rng = self.rng
        values = {name: value(rng) for name, value in kind.values.items()}
        if "node" in kind.draws:
            values["node"] = f"node{rng.randint(1, sum(n.count for n in self.world.nodes))}"
        plain = FaultPlan(what=kind.what, values=values, may_miss=True)
        deed = rng.choice(self.deeds)
        if family == "request":
            return self._of_request(plain, kind, deed)
        if family == "watch":
            return self._of_watch(plain, deed)
        if family == "closing":
            return attrs.evolve(plain, seconds=None, times=rng.choice((1, 2)))
        return self._state(plain, kind, deed)

    def _of_request(self, plain: FaultPlan, kind: Drawn, deed: Deed) -> FaultPlan:
        rng = self.rng
        if "passing" in kind.draws or rng.random() < 0.5:
            lasts = rng.uniform(5.0, 60.0) if deed.do == "close" else rng.uniform(3.0, 60.0)
            late = rng.uniform(0.0, 60.0) if deed.do == "close" else rng.uniform(-5.0, 1.0)
            where = Where() if "passing" in kind.draws else Where(verb=rng.choice(_PASSING))
            return attrs.evolve(
                plain,
                when=self._at(deed.time + late),
                seconds=round(lasts, 1),
                where=where,
                times=None,
                probability=rng.choice((0.1, 0.3, 0.7)),
            )
        return attrs.evolve(
            plain,
            when=self._at(deed.time - 0.1),
            seconds=rng.choice((120.0, 600.0)),
            where=self._addressed(deed),
            nth=rng.choice((1, 1, 1, 2)),
            times=rng.choice((1, 1, 2, 4)),
        )

    def _addressed(self, deed: Deed) -> Where:
        """A request that the daemon is likely to make for a deed."""
        rng = self.rng
        if deed.do == "close":
            verb, kinds = rng.choice((("delete", _DELETED), ("get", ("namespaces",))))
            return Where(verb=verb, kind=rng.choice(kinds), lease=deed.lease)
        return Where(
            verb=rng.choice(("apply", "apply", "apply", "write")),
            kind=rng.choice(_APPLIED),
            lease=deed.lease,
            generation=rng.choice((0, deed.generation)),
            dry_run=rng.choice((None, None, False)),
        )

    def _of_watch(self, plain: FaultPlan, deed: Deed) -> FaultPlan:
        rng = self.rng
        return attrs.evolve(
            plain,
            when=self._at(deed.time - rng.uniform(0.0, 30.0)),
            seconds=round(rng.uniform(10.0, 400.0), 1),
            where=Where(kind=rng.choice(_WATCHED)),
            times=rng.choice((1, 3, None)),
        )

    def _state(self, plain: FaultPlan, kind: Drawn, deed: Deed) -> FaultPlan:
        rng = self.rng
        where = Where(
            lease=deed.lease if "lease" in kind.draws else "",
            host=self._host(kind) if "host" in kind.draws else "",
        )
        least, most = kind.lasts
        return attrs.evolve(
            plain,
            when=self._at(deed.time - rng.uniform(0.0, min(30.0, least))),
            seconds=round(rng.uniform(least, most), 1),
            where=where,
        )

    def _host(self, kind: Drawn) -> str:
        nodes = ["market", "market-2"][: self.world.market_nodes]
        return self.rng.choice(nodes if "market" in kind.what else ["kubernetes", *nodes])

    def _at(self, time: float) -> Moment:
        return Moment(at=round(min(max(time, 1.0), self.seconds - 60.0), 1))
