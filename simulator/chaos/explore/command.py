"""`simulator chaos explore`: strikes a run at every one of its points."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from simulator.chaos.explore.search import Search
    from simulator.chaos.explore.tally import Tally

_VIOLATED, _UNFIT, _INTERRUPTED = 1, 2, 130
_PAIRS = ("", "none", "sampled", "all")
_WIDTH_WITHOUT_TERMINAL = 150


def explore(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN", help="A plan with `explore`, or the name of one.")
    ],
    *,
    jobs: Annotated[int, typer.Option(help="Processes; 0 for one a core.", min=0, max=256)] = 0,
    only: Annotated[
        str,
        typer.Option(metavar="STRIKE", help="Play one run and show it: --only 'cancel at 137'."),
    ] = "",
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of --only: keep everything that happened.")
    ] = None,
    kinds: Annotated[
        str,
        typer.Option(
            help="Some of cancel,close,sigterm,kill at steps and answer-lost,applied-late,"
            "late-and-closed,reset,silent,torn,error,conflict,throttled at requests; as the plan "
            "says, else all, by default."
        ),
    ] = "",
    pairs: Annotated[
        str,
        typer.Option(
            help="A loss at each step, then a crash at each request of the teardown: none, sampled "
            "or all; as the plan says by default."
        ),
    ] = "",
    stride: Annotated[int, typer.Option(help="Play one strike in so many.", min=1)] = 1,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page that opens without a network.")
    ] = None,
) -> None:
    """
    Play a plan once for each point at which it can be struck, and check everything each time.

    Points are the steps of all tasks that serve a lease, and the daemon's requests about leases, in the
    window that the plan gives. At a step the lease's scope is cancelled, the market closes the lease,
    or the daemon is told to leave or killed; requests are refused, lost or applied late.
    Exit code 1 if anything was violated, or a run was not struck where it should have been; 2 for a
    plan that cannot be explored.
    """
    from simulator.chaos import running
    from simulator.chaos.entries import PlanError
    from simulator.chaos.explore.search import SearchError, search
    from simulator.chaos.explore.strikes import KINDS

    wanted = tuple(kind for kind in kinds.split(",") if kind)
    if unknown := [kind for kind in wanted if kind not in KINDS]:
        raise typer.BadParameter(f"{unknown[0]}: one of {', '.join(KINDS)}", param_hint="--kinds")
    if pairs not in _PAIRS:
        raise typer.BadParameter("none, sampled or all", param_hint="--pairs")
    try:
        path = running.find(plan)
        if only:
            status = _play_one(path, only, trace)
        else:
            jobs = jobs or os.cpu_count() or 1
            opening = search(path.read_text(), jobs=jobs, kinds=wanted, pairs=pairs, stride=stride)
            status = _search(plan, opening, jobs, json, report)
    except (PlanError, SearchError, LookupError, ValueError, OSError) as error:
        typer.echo(f"{plan}: {error}", err=True)
        raise typer.Exit(_UNFIT) from error
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    raise typer.Exit(status)


def _search(
    plan: str,
    opening: "AbstractAsyncContextManager[Search]",
    jobs: int,
    json: Path | None,
    report: Path | None,
) -> int:
    import orjson
    import trio
    from rich.console import Console

    from simulator.chaos.bar import Bar
    from simulator.chaos.explore.shown import found, show
    from simulator.chaos.explore.tally import Tally

    console = Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)

    async def run() -> "Tally":
        async with opening as opened:
            tally = Tally(plan, opened)
            console.print(
                f"{len(opened.counted.steps)} steps and {len(opened.counted.requests)} requests: "
                f"{len(opened.strikes)} strikes"
            )
            with Bar(console, len(opened.strikes)) as bar:
                async for struck in opened.results:
                    tally.add(struck)
                    bar.told(tally.total, found(tally))
            return tally

    began = time.perf_counter()
    try:
        tally = trio.run(run)
    except BaseExceptionGroup as group:
        # Nurseries wrap what ends them.
        raise _leaf(group) from None
    seconds = time.perf_counter() - began
    show(console, tally, plan, seconds, jobs)
    if report is not None:
        from simulator.chaos.explore.summary import exploration
        from simulator.chaos.report import page

        page.write_exploration(exploration(tally, seconds, jobs), report)
    if json is not None:
        json.write_bytes(orjson.dumps(tally.as_json(), option=orjson.OPT_INDENT_2))
    return 0 if tally.is_clean else _VIOLATED


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _play_one(path: Path, only: str, trace: Path | None) -> int:
    from rich.console import Console

    from simulator.chaos.explore import work
    from simulator.chaos.explore.strikes import Strike
    from simulator.chaos.running import show

    plan = work.planned(path.read_text())
    run = work.replay(plan, Strike.parse(only))
    if trace is not None:
        from simulator.chaos.report import tracefile

        tracefile.write(run, trace)
    show(Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL), plan, run)
    return 0 if run.outcome.is_clean else _VIOLATED
