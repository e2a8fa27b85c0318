"""The command `simulator chaos show`: a trace as a timeline in a terminal, or as a page."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_BAD_TRACE = 2
_WIDTH_WITHOUT_TERMINAL = 150


class Only(StrEnum):
    """What alone is shown."""

    VIOLATIONS = "violations"


def show(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="What `--trace FILE` kept.")],
    *,
    lease: Annotated[str, typer.Option(metavar="NAME", help="Only this lease of the plan.")] = "",
    only: Annotated[
        Only | None, typer.Option(help="Only leases with violations, and only these.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="Columns; those of the terminal where there is one.", min=40)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page to look at in a browser instead."),
    ] = None,
) -> None:
    """
    Look at one run: lanes over time for each lease, then what matters in the order of time.

    Exit code 2 for a file that is no trace, or a lease that it does not have.
    """
    from rich.console import Console

    from simulator.chaos.report import page, terminal, tracefile
    from simulator.chaos.report.timeline import WORLD, timeline

    try:
        found = tracefile.read(trace)
        if html is not None:
            page.write_replay(found, html)
            typer.echo(f"{html}: {html.stat().st_size:,} bytes")
            return
    except (tracefile.TraceError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_BAD_TRACE) from error
    names = [one.name for one in found.header.leases]
    if lease and lease not in names:
        typer.echo(f"{trace}: no lease {lease}; it has {', '.join(names)}", err=True)
        raise typer.Exit(_BAD_TRACE)
    shown = timeline(found)
    chosen = tuple(
        one
        for one in shown.lanes
        if (not lease or one.title in (WORLD, lease)) and (only is None or one.violations)
    )
    columns = width or (None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)
    console = Console(width=columns, highlight=False)
    for line in terminal.head(found.header):
        console.print(line, soft_wrap=True)
    console.print()
    is_colourless = console.color_system is None
    for line in terminal.lanes(shown, console.width, chosen, is_colourless=is_colourless):
        console.print(line, no_wrap=True, overflow="crop")
    console.print(terminal.key())
    console.print()
    for row in terminal.matters(found, lease, only_violations=only is not None):
        console.print(row)
