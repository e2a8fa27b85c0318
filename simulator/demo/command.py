"""The command `simulator demo`; what it needs is loaded only when it runs."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_WIDTH_WITHOUT_TERMINAL = 150

_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it."""

_UNFIT = 2
"""Exit status when a real cluster was not touched."""


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
    seed: Annotated[int, typer.Option(help="Names one course of events at pace fast.", min=0)] = 1,
    kubeconfig: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Play on this real cluster instead, at pace real, and remove everything at the end. "
            "The variable KUBECONFIG is ignored.",
        ),
    ] = None,
    beside_live_leases: Annotated[
        bool,
        typer.Option("--beside-live-leases", help="… although other providers' leases run there."),
    ] = False,
) -> None:
    """
    Watch the real daemon serve a simulated cluster and market.

    Three leases are won, deployed, updated and closed, through an outage and a restart. Ends with
    six claims and what was seen of each; exit code 0 only if all of them hold, 2 where a real
    cluster is not fit to be played on.
    """
    # Here and not above, so that `simulator serve` need not load the daemon.
    from rich.console import Console

    from provider.errors import ProviderError
    from simulator.demo.real import UnfitError
    from simulator.demo.show import play_fast, play_on_cluster, play_real

    watched = sys.stdout.isatty()
    console = Console(width=None if watched else _WIDTH_WITHOUT_TERMINAL)
    if kubeconfig is not None and pace is Pace.FAST:
        raise typer.BadParameter("a real cluster has no virtual time", param_hint="--pace fast")
    if kubeconfig is None and beside_live_leases:
        raise typer.BadParameter("goes with --kubeconfig", param_hint="--beside-live-leases")
    if pace is None:
        pace = Pace.REAL if watched else Pace.FAST
    status = _INTERRUPTED
    try:
        if kubeconfig is not None:
            hold = play_on_cluster(console, seed, kubeconfig, beside_live_leases=beside_live_leases)
        else:
            hold = play_fast(console, seed) if pace is Pace.FAST else play_real(console, seed)
        status = 0 if hold else 1
    except* (ProviderError, UnfitError) as errors:
        for error in errors.exceptions:
            typer.echo(f"demo: {error}", err=True)
        status = _UNFIT
    except* KeyboardInterrupt:
        console.print("interrupted")
    raise typer.Exit(status)
