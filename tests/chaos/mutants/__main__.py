"""
`python -m tests.chaos.mutants`: plants faults into a copy of the project, one at a time.

Prints one row a fault; the exit status is 1 if one of them is not caught.
"""

import argparse
import sys

import trio
from rich.console import Console
from rich.table import Table

from tests.chaos.mutants.hunt import Hunt, hunt
from tests.chaos.mutants.patches import Mutant, PatchError, read_all

_COLUMNS = ("mutant", "trap", "wanted", "found", "by", "runs", "seconds", "")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="scripts/chaos mutants",
        allow_abbrev=False,
        description="Plant faults into a copy of the daemon, one at a time, and see each one caught "
        "by the invariant that its header names. They are tests/chaos/mutants/*.patch.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="beginnings of names, such as 07; all without"
    )
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time (default 1)")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    asked = parser.parse_args()
    try:
        mutants = _chosen(asked.names)
    except (PatchError, ValueError) as error:
        parser.error(str(error))
    if asked.list:
        _list(mutants)
        return
    hunts = trio.run(_hunt_all, mutants, max(1, asked.jobs))
    _show(hunts)
    sys.exit(any(not one.caught for one in hunts))


def _chosen(names: list[str]) -> tuple[Mutant, ...]:
    mutants = read_all()
    for name in names:
        if not any(mutant.name.startswith(name) for mutant in mutants):
            raise ValueError(f"no planted fault is called {name!r}")
    if not names:
        return mutants
    return tuple(m for m in mutants if any(m.name.startswith(name) for name in names))


async def _hunt_all(mutants: tuple[Mutant, ...], jobs: int) -> list[Hunt]:
    limiter = trio.CapacityLimiter(jobs)
    done: dict[str, Hunt] = {}

    async def one(mutant: Mutant) -> None:
        async with limiter:
            done[mutant.name] = found = await hunt(mutant)
        _say(found, len(done), len(mutants))

    async with trio.open_nursery() as nursery:
        for mutant in mutants:
            nursery.start_soon(one, mutant, name=mutant.name)
    return [done[mutant.name] for mutant in mutants]


def _say(found: Hunt, number: int, of: int) -> None:
    how = f"caught by {found.by}" if found.caught else f"NOT CAUGHT: {found.text}"
    print(f"· {number}/{of} {found.mutant.name}: {how}, {found.seconds:.0f} s", file=sys.stderr)


def _show(hunts: list[Hunt]) -> None:
    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for one in hunts:
        mutant = one.mutant
        row = (mutant.name, mutant.trap, mutant.invariant, ", ".join(one.found) or "–")
        by = one.by if one.caught else mutant.found_by
        verdict = "caught" if one.caught else f"NOT CAUGHT: {one.text}"
        table.add_row(*row, by, str(one.runs), f"{one.seconds:.1f}", verdict)
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    caught = sum(one.caught for one in hunts)
    print(f"{caught} of {len(hunts)} planted faults were caught by the invariant that they break")


def _list(mutants: tuple[Mutant, ...]) -> None:
    for mutant in mutants:
        print(f"{mutant.name}  {mutant.invariant}  {mutant.found_by}\n    {mutant.trap}")


if __name__ == "__main__":
    main()
