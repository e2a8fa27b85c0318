"""`provider hostname transfer`: a hostname to another lease of the same owner."""

from typing import Annotated
from urllib.parse import quote

import typer

from provider.cli.files import write_text
from provider.cli.leases import LeaseArgument, print_json
from provider.cli.running import (
    AsJSON,
    Gateway,
    Provider,
    Running,
    StateDirectory,
    TokenFile,
    find,
)

hostname = typer.Typer(no_args_is_help=True, help="Hostnames of leases of a running daemon.")


@hostname.callback()
def _commands() -> None:
    """Keep `transfer` a subcommand."""


@hostname.command(epilog="Example: provider hostname transfer www.example.com akash1h24…/1001/1/1")
def transfer(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The hostname.")],
    lease: LeaseArgument,
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """
    Move a hostname to LEASE, whose manifest must want it; its old route goes before the new one comes.

    Returns once the move is on record; the daemon finishes it, also after a restart.
    """
    running = Running(find(provider, gateway, state_dir, token_file))
    wanted = running.lease(lease)
    answer = running.post(f"/hostnames/{quote(host, safe='')}/transfer", {"lease": _name(wanted)})
    if as_json:
        print_json(answer)
        return
    write_text(f"{answer['transferred']} belongs to {answer['lease']}\n")


def _name(lease: object) -> str:
    """Without the provider: the daemon knows who it is."""
    return str(lease).rpartition("/")[0]
