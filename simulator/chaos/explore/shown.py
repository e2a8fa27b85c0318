"""A search as the terminal shows it: a few words while it runs, tables at its end."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.chaos.explore import summary
from simulator.chaos.explore.tally import Tally

_FAILURES_SHOWN = 10


def found(tally: Tally) -> str:
    """What a search has found by now, for the line that is shown while it runs."""
    counts = [f"{count} × {name}" for name, count in sorted(tally.invariants().items())]
    if tally.failed:
        counts.append(f"{tally.failed} failed")
    return ", ".join(counts)


def show(console: Console, tally: Tally, file: str, seconds: float, jobs: int) -> None:
    """Everything that a search has come to, and how to play again what failed."""
    counted = tally.search.counted
    steps = Table("task", "steps", title=f"{len(counted.steps)} steps", title_justify="left")
    steps.columns[1].justify = "right"
    for name, count in counted.tasks.most_common():
        steps.add_row(escape(name), str(count))
    numbers = ("runs", "fell", "ends", "sequences", "violated")
    runs = Table("struck", "what happens", *numbers, title_justify="left")
    for column in runs.columns[2:]:
        column.justify = "right"
    for kind, one in sorted(tally.kinds.items()):
        ends, sequences = len(one.end_states), len(one.sequences)
        counts = (one.runs, one.fell, ends, sequences, one.violated)
        runs.add_row(kind, summary.about(kind), *map(str, counts))
    console.print(steps)
    console.print(runs)
    if tally.search.pairs_stride > 1:
        console.print(
            f"of the pairs one in {tally.search.pairs_stride}; --pairs all plays them all"
        )
    console.print(
        f"{tally.total} runs at {len(counted.steps)} steps and {len(counted.requests)} requests, "
        f"{tally.fell} of them struck exactly there; {len(tally.end_states)} end states, "
        f"{len(tally.sequences)} sequences of writes; {seconds:.0f} s on {jobs} processes"
    )
    _show_troubles(console, tally, file)
    for strike, why in tally.failures[:_FAILURES_SHOWN]:
        console.print(f"no outcome: {strike}: {why}", markup=False)
    if tally.is_clean:
        console.print("every run held every invariant", style="green")


def _show_troubles(console: Console, tally: Tally, file: str) -> None:
    if not tally.troubles:
        return
    table = Table("invariant", "runs", "earliest", "there", "what happened", title_justify="left")
    table.columns[1].justify = "right"
    for trouble, found in tally.by_strike():
        strike = str(found.smallest) if found.smallest.kind else "none"
        table.add_row(
            trouble.invariant, str(found.count), strike, escape(found.what), escape(found.text)
        )
    console.print(table)
    for _, found in tally.by_strike():
        if found.smallest.kind:
            console.print(f"simulator chaos explore {file} --only '{found.smallest}'", markup=False)
