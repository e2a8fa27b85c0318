"""`provider manifest send`: what a tenant would send, from the operator's hand."""

from typing import Annotated

import orjson
import typer

from provider.cli.files import failure, read_text, write_text
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
from provider.lease.codec import encode_manifest
from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError

manifest = typer.Typer(no_args_is_help=True, help="Manifests for leases of a running daemon.")

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A manifest (JSON) or a stack definition (SDL); - reads standard input.",
    ),
]


@manifest.callback()
def _commands() -> None:
    """Keep `send` a subcommand."""


@manifest.command(epilog="Example: provider manifest send akash1h24…/1000/1/1 deploy.yaml")
def send(
    lease: LeaseArgument,
    file: File,
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """
    Send a manifest to a lease; returns once the daemon has it on record.

    Its hash must be the one that the tenant put on the chain. The same manifest again changes nothing.
    """
    body = manifest_of(file, read_text(file))
    running = Running(find(provider, gateway, state_dir, token_file))
    wanted = running.lease(lease)
    answer = running.put(f"{running.path_of(wanted)}/manifest", body)
    if as_json:
        print_json(answer)
        return
    outcome = "accepted" if answer["new"] else "unchanged"
    write_text(f"{outcome}: generation {answer['generation']}\n")


def manifest_of(file: str, text: str) -> bytes:
    """
    A manifest as JSON, from one or from a stack definition.

    Raises:
        typer.Exit: it is neither; standard error has said where.
    """
    if text.lstrip().startswith("["):
        return text.encode()
    try:
        compiled = compile_sdl(text)
    except SdlError as error:
        raise failure(f"{file}:{error}") from error
    for warning in compiled.warnings:
        typer.echo(f"{file}:{warning}", err=True)
    return orjson.dumps(encode_manifest(compiled.manifest))
