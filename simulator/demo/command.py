"""The command `simulator demo`; what it needs is loaded only when it runs."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 150

_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it."""


class Pace(StrEnum):
    """How the tour's time passes."""

    FAST = "fast"
    """Virtual time, a few seconds."""
    REAL = "real"
    """To watch; less than three minutes."""


def demo(
    pace: Annotated[
        Pace | None, typer.Option(help="Virtual or real time; fast where there is no terminal.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Names one course of events at pace fast.")] = 1,
) -> None:
    """
    Watch the real daemon serve a simulated cluster and market.

    Three leases are won, deployed, updated and closed, through an outage and a restart. Ends with
    six claims and what was seen of each; exit code 0 only if all of them hold.
    """
    # Here and not above, so that `simulator serve` need not load the daemon.
    from simulator.demo.stage import play_fast, play_real

    watched = sys.stdout.isatty()
    console = Console(width=None if watched else _WIDTH_WITHOUT_TERMINAL)
    if pace is None:
        pace = Pace.REAL if watched else Pace.FAST
    status = _INTERRUPTED
    try:
        hold = play_fast(console, seed) if pace is Pace.FAST else play_real(console, seed)
        status = 0 if hold else 1
    except* KeyboardInterrupt:
        console.print("interrupted")
    raise typer.Exit(status)
