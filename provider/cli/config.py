"""`provider config check`: which settings hold, and what is wrong with them."""

import typer
from rich.console import Console
from rich.table import Table

from provider.cli.options import LEFTOVERS, taking_settings
from provider.cli.panels import PanelledCommand
from provider.configuration.effective import Effective
from provider.configuration.table import OPTIONS

config = typer.Typer(no_args_is_help=True, help="Settings of `provider run`.")


@config.callback()
def _commands() -> None:
    """Keep `check` a subcommand."""


@config.command(
    cls=PanelledCommand,
    context_settings=LEFTOVERS,
    epilog="Example: provider config check --config provider.toml",
)
@taking_settings
def check(*, effective: Effective) -> None:
    """
    Print every setting with the value that holds and where it came from; start nothing.

    Takes what `provider run` takes. All errors are printed at once, and the exit code is 1 if there are any.
    """
    table = Table("SETTING", "VALUE", "FROM", box=None)
    for option in OPTIONS:
        given = effective.given.get(option.key)
        if given is not None and given.value not in ("", ()):
            value = ", ".join(given.value) if isinstance(given.value, tuple) else str(given.value)
            table.add_row(option.key, value, given.source)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    for warning in effective.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for problem in effective.problems:
        typer.echo(f"error: {problem}", err=True)
    if effective.problems:
        raise typer.Exit(1)
