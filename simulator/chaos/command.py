"""The commands under `simulator chaos`. What each needs is loaded only when it runs."""

import typer

from simulator.chaos.explore.command import explore
from simulator.chaos.named import listed
from simulator.chaos.report.show import show
from simulator.chaos.running import EPILOG, run
from simulator.chaos.swarm.command import swarm
from simulator.chaos.swarm.merged import report

chaos = typer.Typer(
    name="chaos",
    no_args_is_help=True,
    help="Play plans in which everything goes wrong against the real daemon, in virtual time: lose leases "
    "at every moment, under every fault, and prove that nothing is orphaned, murdered or billed wrongly.",
)

chaos.command(epilog=EPILOG)(run)
chaos.command(epilog="Example: simulator chaos explore explore-whole --jobs 2")(explore)
chaos.command(epilog="Example: simulator chaos swarm --count 1000 --jobs 2")(swarm)
chaos.command(epilog="Example: simulator chaos report chaos-results")(report)
chaos.command(
    epilog="Example: simulator chaos run 12-hung-apply-then-close --trace t.jsonl.gz; simulator chaos show t.jsonl.gz"
)(show)

chaos.command("plans", epilog="Example: simulator chaos plans --faults")(listed)


@chaos.command(hidden=True)
def worker() -> None:
    """Do items from standard input, one JSON line each, and answer in lines; used by the others."""
    from simulator.chaos.worker import serve

    serve()
