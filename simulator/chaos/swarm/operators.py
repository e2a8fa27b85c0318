"""
What operators, and others with rights in the cluster, do in the hour of a drawn plan. Pure.

Each seed has a random part of the kinds. Taking the labels off an object is left out: it disowns the
object, and what becomes of it then is nobody's promise.
"""

import random
from collections.abc import Callable, Sequence

from simulator.chaos.plan import Action, LeasePlan, Moment, WorldPlan

_WORKLOADS = {
    "web": ("deployments", "web"),
    "stack": ("deployments", "web"),
    "everything": ("statefulsets", "db"),
    "gpu": ("deployments", "trainer"),
    "worker": ("deployments", "worker"),
}
"""An object of each definition that is scaled or deleted behind the daemon's back."""

Opened = Sequence[tuple[LeasePlan, float, float]]
"""Leases with when they are opened and when they are closed, or the hour ends."""


def draw_operations(
    rng: random.Random, opened: Opened, world: WorldPlan, seconds: float
) -> list[Action]:
    """
    Draw deeds; those that are done to leases fall into their lives.

    Args:
        rng: every number comes from it.
        opened: all leases.
        world: whose nodes are drained.
        seconds: all deeds are done by then.
    """
    kinds: tuple[Callable[[], list[Action]], ...] = (
        lambda: _hold(rng, opened, seconds),
        lambda: _drain(rng, world, seconds),
        lambda: _scale(rng, opened),
        lambda: _delete(rng, opened),
    )
    return [
        action
        for kind in kinds
        if rng.random() < 0.3
        for _ in range(rng.choice((1, 1, 2)))
        for action in kind()
    ]


def _hold(rng: random.Random, opened: Opened, seconds: float) -> list[Action]:
    lease, begins, ends = rng.choice(opened)
    time = rng.uniform(begins + 5.0, max(begins + 5.0, ends - 60.0))
    until = min(time + rng.uniform(30.0, 600.0), seconds - 20.0)
    return [_of(lease, "hold", time), _of(lease, "unhold", until)]


def _drain(rng: random.Random, world: WorldPlan, seconds: float) -> list[Action]:
    nodes = sum(nodes.count for nodes in world.nodes)
    values = {"node": f"node{rng.randint(1, nodes)}"}
    time = rng.uniform(60.0, seconds - 600.0)
    until = min(time + rng.uniform(20.0, 500.0), seconds - 20.0)
    return [
        Action(do=do, when=Moment(at=round(at, 2)), values=values)
        for do, at in (("drain-node", time), ("uncordon", until))
    ]


def _scale(rng: random.Random, opened: Opened) -> list[Action]:
    lease, begins, ends = rng.choice(opened)
    kind, name = _WORKLOADS[lease.definition]
    replicas = rng.randint(0, 3)
    time = rng.uniform(begins + 20.0, ends)
    return [_of(lease, "scale", time, kind=kind, object=name, replicas=replicas)]


def _delete(rng: random.Random, opened: Opened) -> list[Action]:
    lease, begins, ends = rng.choice(opened)
    kind, name = _WORKLOADS[lease.definition]
    if lease.definition != "worker" and rng.random() < 0.5:
        kind = "services"
    return [_of(lease, "delete", rng.uniform(begins + 20.0, ends), kind=kind, object=name)]


def _of(lease: LeasePlan, do: str, time: float, **values: object) -> Action:
    return Action(do=do, when=Moment(at=round(time, 2)), lease=lease.name, values=values)
