"""`provider brake release`: let go what a brake holds up."""

from typing import Annotated
from urllib.parse import quote

import typer

from provider.cli.files import write_text
from provider.cli.leases import print_json
from provider.cli.running import (
    AsJSON,
    Gateway,
    Provider,
    Running,
    StateDirectory,
    TokenFile,
    find,
)

brake = typer.Typer(
    no_args_is_help=True, help="Brakes on what happens to many leases of a running daemon at once."
)


@brake.callback()
def _commands() -> None:
    """Keep `release` a subcommand."""


@brake.command(epilog="Example: provider brake release losses")
def release(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="`losses` or `closures`; see `provider status`.")
    ],
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """
    Let a brake go, after having looked at what it holds up.

    Released losses are torn down, with the tenants' data; released closures close leases for ever.
    """
    running = Running(find(provider, gateway, state_dir, token_file))
    answer = running.post(f"/brakes/{quote(name, safe='')}/release")
    if as_json:
        print_json(answer)
        return
    write_text(f"released: {answer['released']}\n")
