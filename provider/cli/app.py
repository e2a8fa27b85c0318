"""The command `provider` and its subcommands."""

import typer

from provider.cli.sdl import sdl

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: provider sdl validate deploy.yaml",
)
app.add_typer(sdl, name="sdl")


@app.callback()
def provider() -> None:
    """Leasekeeper: runs what tenants lease, on Kubernetes."""
