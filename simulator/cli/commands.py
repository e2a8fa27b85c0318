"""The commands of the simulator."""

import typer

from simulator.cli.serve import serve

app = typer.Typer(
    name="simulator",
    help="A simulated Kubernetes cluster that real clients can talk to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _commands() -> None:
    """Keep `serve` a subcommand even while it is the only one."""


app.command()(serve)
