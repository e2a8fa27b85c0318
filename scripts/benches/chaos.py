"""
Row `chaos`: seeds a second, an exploration, an hour of a hundred leases.

Seeds are what a campaign plays, twenty leases and an hour of faults each; two worker processes at a
time, beside one. The exploration is of a lease's whole life, every single point, on two processes.
The hour, a hundred leases each updated once and a third of them closed and replaced, is beside the
same hour of ten.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import attrs
import trio

from scripts.benches.figures import Figure, say
from simulator.chaos import named, planfile, pool, run
from simulator.chaos.plan import Plan

SEEDS = 12
"""A round's; other ones in each, the same on one process and on two."""
FIRST_SEED = 1_000
HOUR = "bench-hundred"
EXPLORED = "explore-whole"
TENTH = 10


async def _play_seeds(first: int, jobs: int) -> None:
    items = ({"seed": seed} for seed in range(first, first + SEEDS))
    async with pool.run_all("swarm", items, jobs) as results:
        async for _, result in results:
            if "failure" in result:
                raise RuntimeError(result["failure"])


def _seeds_a_second(first: int, jobs: int) -> float:
    began = time.perf_counter()
    trio.run(_play_seeds, first, jobs)
    return SEEDS / (time.perf_counter() - began)


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _hour(plan: Plan) -> None:
    outcome = run.play(plan).outcome
    if not outcome.is_clean:
        raise RuntimeError(f"{plan.name}: {outcome}")


def _some(plan: Plan, part: int) -> Plan:
    """The same with one lease of so many."""
    kept = plan.leases[::part]
    names = {lease.name for lease in kept}
    actions = tuple(action for action in plan.actions if action.lease in names)
    return attrs.evolve(plan, leases=kept, actions=actions)


def _explore() -> None:
    command = (sys.executable, "-m", "simulator", "chaos", "explore", EXPLORED, "--jobs", "2")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(rounds: int) -> Sequence[Figure]:
    """All three; an exploration takes minutes, so of it there is one round."""
    plan = planfile.load(named.file(HOUR))
    two: list[float] = []
    one: list[float] = []
    hundred: list[float] = []
    ten: list[float] = []
    for number in range(rounds):
        first = FIRST_SEED + number * SEEDS
        two.append(_seeds_a_second(first, 2))
        one.append(_seeds_a_second(first, 1))
        hundred.append(_seconds(lambda: _hour(plan)))
        ten.append(_seconds(lambda: _hour(_some(plan, TENTH))))
        say(
            f"chaos, round {number + 1} of {rounds}: {two[-1]:.2f} seeds a second, "
            f"an hour of a hundred leases in {hundred[-1]:.1f} s"
        )
    say(f"chaos: {EXPLORED}, every point, two processes")
    return [
        Figure("seeds, two processes", "1/s", two, one, "one process"),
        Figure("an hour of a hundred leases", "s", hundred, ten, "of ten"),
        Figure("every point of a lease's life, two processes", "s", [_seconds(_explore)]),
    ]
