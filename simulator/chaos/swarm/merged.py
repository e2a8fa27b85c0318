"""`simulator chaos report`: one page out of the results of every part of a campaign."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator.chaos.report.campaign import Campaign
    from simulator.chaos.report.trace import Trace
    from simulator.chaos.swarm.results import Result
    from simulator.chaos.swarm.tally import Tally

_UNFIT = 2
"""Exit status for a folder without results."""


def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="What `simulator chaos swarm --out DIR` wrote."),
    ],
    *,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The page; DIR/report.html by default.")
    ] = None,
    replays: Annotated[
        int, typer.Option(help="Play so many shrunken plans and show what happens.", min=0)
    ] = 5,
) -> None:
    """
    Merge the results of all indices into one page and a table.

    The page is one file that opens without a network. Exit code 1 if anything was violated, 2 if DIR
    holds no results.
    """
    from simulator.chaos.report.page import write_campaign
    from simulator.chaos.swarm import groups
    from simulator.chaos.swarm.results import ResultsError, read_all
    from simulator.chaos.swarm.summary import console, show
    from simulator.chaos.swarm.tally import Tally

    tally = Tally()
    found: list[Result] = []
    try:
        for result in read_all(folder):
            tally.add(result)
            found.append(result)
    except (OSError, ResultsError) as error:
        typer.echo(f"report: {error}", err=True)
        raise typer.Exit(_UNFIT) from None
    for group, failures in tally.groups.items():
        name = groups.file_of(group)
        failures.plan = name if (folder / name).exists() else ""
    printer = console()
    show(printer, tally)
    target = page or folder / "report.html"
    write_campaign(_campaign(folder, found, tally), _traces(folder, tally, replays), target)
    printer.print(f"written: {target}")
    raise typer.Exit(1 if tally.groups else 0)


def _campaign(folder: Path, found: "Iterable[Result]", tally: "Tally") -> "Campaign":
    from simulator.chaos.report.campaign import Campaign, FailureGroup, Row

    rows = tuple(
        Row(
            outcome=result.outcome,
            lacks=tally.floor.lacks(result.outcome),
            cpu_seconds=result.cpu_seconds,
        )
        for result in found
    )
    memory = tally.memory()
    return Campaign(
        title=f"swarm of {len(rows):,} seeds",
        rows=rows,
        groups=tuple(
            FailureGroup(
                invariant=group.invariant,
                key=group.key,
                count=failures.count,
                smallest_seed=failures.smallest_seed,
                text=failures.text,
                plan=(folder / failures.plan).read_text() if failures.plan else "",
                replay=_command(folder, failures.plan, failures.smallest_seed),
            )
            for group, failures in tally.worst()
        ),
        about={
            "largest worker, MB": f"{memory.start:.0f} at the start, {memory.end:.0f} at the end"
        },
    )


def _command(folder: Path, plan: str, seed: int) -> str:
    file = plan or f"failing/seed-{seed}.yaml"
    return f"simulator chaos run {folder / file}"


def _traces(folder: Path, tally: "Tally", most: int) -> "Iterator[Trace]":
    """What happens in the smallest plans of the most frequent failures."""
    from simulator.chaos import planfile
    from simulator.chaos.report.gathering import gather
    from simulator.chaos.run import play

    plans = [failures.plan for _, failures in tally.worst() if failures.plan]
    for name in plans[:most]:
        played = play(planfile.load(folder / name))
        yield gather(played, replay=f"simulator chaos run {folder / name}")
