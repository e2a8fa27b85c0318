"""`simulator chaos swarm`: plays drawn plans, counts, groups and shrinks what fails."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it."""

_UNFIT = 2
"""Exit status when the folder cannot be used."""


def swarm(
    *,
    count: Annotated[int, typer.Option(help="Seeds to play; of each index.", min=1)],
    first_seed: Annotated[int, typer.Option(help="The first of them.", min=0)] = 0,
    jobs: Annotated[
        int, typer.Option(help="Worker processes; 0 for one a core.", min=0, max=256)
    ] = 0,
    minutes: Annotated[
        float | None, typer.Option(help="Begin no seed after so long.", min=0.0)
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="For results and plans that failed.")
    ] = Path("chaos-results"),
    index: Annotated[
        int,
        typer.Option(
            envvar="JOB_COMPLETION_INDEX",
            help="Which part of a campaign over several machines: it begins COUNT seeds after the "
            "part before, and its results are a file of their own.",
            min=0,
        ),
    ] = 0,
    shrink_runs: Annotated[
        int, typer.Option(help="Most runs to shrink a plan; 0 shrinks none.", min=0)
    ] = 400,
) -> None:
    """
    Draw a plan from each of many seeds, play it, and check everything.

    Each seed is 20 leases and an hour of faults, then everything is healed and what is owed has to be
    done. Seeds in which too little happened do not count. Failures are grouped by what they violated,
    one plan of each group is shrunk and saved in DIR; `simulator chaos run FILE` replays it. Seeds
    whose results are in DIR are not played again. Exit code 1 if anything was violated.
    """
    import trio

    from simulator.chaos.bar import Bar
    from simulator.chaos.swarm.campaign import Campaign
    from simulator.chaos.swarm.progress import Progress
    from simulator.chaos.swarm.results import ResultsError
    from simulator.chaos.swarm.shares import Share
    from simulator.chaos.swarm.summary import console, show
    from simulator.chaos.swarm.tally import Tally

    campaign = Campaign(
        share=Share(first_seed=first_seed, count=count, index=index),
        folder=out,
        jobs=jobs or os.cpu_count() or 1,
        seconds=float("inf") if minutes is None else minutes * 60,
        shrink_runs=shrink_runs,
        commit=_commit(),
    )
    tally = Tally()
    status = 0
    printer = console()
    printer.print(
        f"seeds {campaign.share.seeds[0]} to {campaign.share.seeds[-1]}, results in {out}"
    )
    try:
        with Bar(printer, campaign.share.count) as bar:
            trio.run(campaign.run, tally, Progress(bar).told)
    except* KeyboardInterrupt:
        status = _INTERRUPTED
    except* (OSError, ResultsError) as errors:
        typer.echo(f"swarm: {errors.exceptions[0]}", err=True)
        raise typer.Exit(_UNFIT) from None
    show(printer, tally)
    if status:
        printer.print(f"interrupted; the same command goes on with what {out} holds")
    raise typer.Exit(1 if tally.groups else status)


def _commit() -> str:
    """The commit that is checked out here; "" outside of a checkout."""
    place = Path(sys.modules[__name__].__file__ or ".").parent
    try:
        found = subprocess.run(
            ("git", "rev-parse", "HEAD"), cwd=place, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return found.stdout.strip()
