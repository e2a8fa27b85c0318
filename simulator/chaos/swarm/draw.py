"""
Plans drawn from seeds: twenty leases, an hour, everything that may go wrong, another mix each time.

Swarm testing: every seed leaves out a random half of the kinds of faults and of what else may happen,
so that what one kind would hide from another comes to light. All numbers come from one generator;
the same seed draws the same plan in every process. Pure.

Plans are drawn to reach the floor of `floor`, not to have every fault fire: most wait for a
request that may never be made.

Source: Groce et al., "Swarm Testing" (ISSTA 2012).
"""

import random
from collections.abc import Mapping, Sequence

from simulator.chaos.plan import (
    Action,
    DaemonPlan,
    FaultPlan,
    Moment,
    NodesPlan,
    Plan,
    WorldPlan,
)
from simulator.chaos.swarm.drawn_faults import draw_faults
from simulator.chaos.swarm.operators import draw_operations
from simulator.chaos.swarm.tenancies import LEASES, Deed, Tenancies, draw_tenancies

HOUR_SECONDS = 3600.0

_BUDGETS = ("image", "crash_loop", "unschedulable", "node_lost", "refused")
"""Of `deployment.budget_…_seconds`: unhealth for so long closes a lease."""


def name_of(seed: int) -> str:
    """What the plan of a seed is called."""
    return f"swarm-{seed}"


def draw(seed: int) -> Plan:
    """
    The plan of a seed.

    Args:
        seed: 0 or more; also that of the run's interleaving.
    """
    rng = random.Random(seed)
    world = _world(rng)
    tenancies = draw_tenancies(rng, HOUR_SECONDS - 60.0)
    settings = _settings(rng, world)
    closes = any(name.startswith("deployment.budget") for name in settings)
    faults = draw_faults(rng, tenancies.deeds, world, HOUR_SECONDS, closes=closes)
    actions = (
        *_processes(rng, tenancies, faults),
        *tenancies.actions,
        *draw_operations(rng, tenancies.lives, world, HOUR_SECONDS),
    )
    return Plan(
        name=name_of(seed),
        about=f"Drawn from seed {seed}.",
        seed=seed,
        world=world,
        daemon=DaemonPlan(
            settings=settings, leased_ips=True, restart_seconds=rng.choice((2.0, 10.0, 30.0))
        ),
        leases=tenancies.leases,
        actions=tuple(sorted(actions, key=lambda action: action.when.at)),
        faults=faults,
        lenient=True,
        heal_at=HOUR_SECONDS,
        bound_seconds=600.0,
        look_seconds=300.0,
    )


def _world(rng: random.Random) -> WorldPlan:
    """Mostly room enough; now and then too few cards, or too little of everything."""
    cards = rng.choice((1, 2, 2, 4))
    cpu = rng.choice(("16", "16", "16", "2"))
    quick = rng.random() < 0.75
    return WorldPlan(
        nodes=(NodesPlan(count=2, cpu=cpu), NodesPlan(count=1, cpu=cpu, gpu=cards)),
        market_nodes=rng.choice((1, 2, 2)),
        latency_seconds=0.0 if quick else rng.choice((0.001, 0.02, 0.02, 0.1)),
        jitter_seconds=0.0 if quick else rng.choice((0.0, 0.0, 0.05, 0.5)),
    )


def _settings(rng: random.Random, world: WorldPlan) -> Mapping[str, float]:
    """Pauses that make an hour cheap; in a quarter of the seeds unhealth closes leases soon."""
    settings: dict[str, float] = {
        "cluster.poll_seconds": float(rng.choice((6, 15, 30, 30, *(60,) * 10))),
        "cluster.lease_seconds": rng.choice((15, 30, 45, 45, 60, 60)),
        "cluster.audit_seconds": float(rng.choice((30, 120, 120, 120))),
        "cluster.capacity_seconds": float(rng.choice((5, 30, 60, 60))),
        "deployment.look_again_seconds": float(rng.choice((60, 100, 100, 100))),
    }
    if world.market_nodes == 1:
        # Nobody could confirm that several were lost; here no operator waits to be asked.
        settings["cluster.brake_min"] = LEASES
    if rng.random() < 0.25:
        budget = float(rng.choice((120, 300)))
        settings |= {f"deployment.budget_{cause}_seconds": budget for cause in _BUDGETS}
    return settings


def _processes(
    rng: random.Random, tenancies: Tenancies, faults: Sequence[FaultPlan]
) -> list[Action]:
    """Ends of the daemon, mostly while it does something, and starts after them."""
    deeds = rng.sample(tenancies.deeds, rng.choice((1, 1, 2, 3)))
    actions = [_at("start", 0.0)]
    free = 60.0
    for end_number, deed in enumerate(sorted(deeds, key=lambda deed: deed.time)):
        # The floor asks for one process that was killed.
        end = "kill" if end_number == 0 or rng.random() < 0.6 else "sigterm"
        ends = max(_while_done(rng, deed), free)
        starts = ends + rng.choice((0.5, 5.0, 30.0, 30.0, 120.0, 400.0))
        actions += [_at(end, ends), _at("start", min(starts, HOUR_SECONDS - 30.0))]
        free = starts + 30.0
    addressed = [fault for fault in faults if fault.where.lease and fault.where.verb]
    if addressed and rng.random() < 0.4:
        # In the very step in which something goes wrong, or soon after.
        name, late = rng.choice(addressed).name, rng.choice((0.0, 0.0, 0.5, 5.0))
        for do, time in (("kill", late), ("start", late + rng.choice((1.0, 30.0)))):
            actions.append(Action(do=do, when=Moment(after=name, at=time)))
    if rng.random() < 0.3:
        # A second one, which has to wait, for it asks every second; the newest is told to leave.
        starts = rng.uniform(60.0, HOUR_SECONDS * 0.8)
        actions += [_at("start", starts), _at("sigterm", starts + rng.uniform(20.0, 200.0))]
    return actions


def _while_done(rng: random.Random, deed: Deed) -> float:
    """Closings are noticed up to a minute later, everything else within seconds."""
    late = rng.uniform(0.0, 60.0) if deed.do == "close" else rng.uniform(0.0, 4.0)
    return min(deed.time + late, HOUR_SECONDS - 60.0)


def _at(do: str, time: float) -> Action:
    return Action(do=do, when=Moment(at=round(time, 2)))
