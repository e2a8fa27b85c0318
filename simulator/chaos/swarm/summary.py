"""What a campaign came to, as tables for a terminal."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.chaos.swarm.tally import Tally

_WIDTH_WITHOUT_TERMINAL = 150


def console() -> Console:
    """Where campaigns print."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def show(printer: Console, tally: Tally) -> None:
    """Print the numbers, and the groups of failures if there are any."""
    printer.print(numbers(tally))
    if tally.groups:
        printer.print(failures(tally))


def numbers(tally: Tally) -> Table:
    """One row for each number."""
    memory = tally.memory()
    table = Table("campaign", "", title_justify="left")
    table.add_row("seeds played", f"{tally.runs}")
    table.add_row("counted", f"{tally.counted}")
    lacked = ", ".join(f"{name} {n}" for name, n in sorted(tally.lacked.items()))
    table.add_row(
        "below the floor", f"{tally.below}" + (f" (too few of: {lacked})" if lacked else "")
    )
    table.add_row("failed", f"{tally.failed} in {len(tally.groups)} groups")
    for name, middle in tally.medians().items():
        table.add_row(f"median of {name}", f"{middle:g}")
    table.add_row("distinct traces", f"{tally.traces}")
    table.add_row(
        "CPU seconds a seed", f"{tally.cpu_seconds / tally.runs if tally.runs else 0:.2f}"
    )
    table.add_row(
        "largest worker, MB",
        f"{memory.start:.0f} at the start, {memory.middle:.0f} in the middle, {memory.end:.0f} at the end",
    )
    fired = ", ".join(f"{what} {n}" for what, n in sorted(tally.fired.items()))
    table.add_row("faults that fired", fired)
    return table


def failures(tally: Tally) -> Table:
    """One row for each group, the most frequent first."""
    table = Table("violated", "divergence", "runs", "first seed", "for instance", "plan")
    for group, found in tally.worst():
        table.add_row(
            group.invariant,
            Text(group.key),
            f"{found.count}",
            f"{found.smallest_seed}",
            Text(found.text),
            found.plan,
        )
    return table
