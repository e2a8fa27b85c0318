"""`simulator lease`: what a tenant does on the simulated chain that `simulator serve` serves."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import trio
import typer

from provider.errors import ProviderError
from provider.http.client import open_http
from provider.lease.identity import LeaseID
from provider.sdl.compile import Compiled, compile_sdl
from simulator.demo.control import ControlPath, RefusedError

lease = typer.Typer(
    no_args_is_help=True,
    help="Open, update and close leases on the market of `simulator serve --market-port`.",
)

Market = Annotated[
    str, typer.Option("--market", metavar="URL", help="Where the simulated market is.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A stack definition.")]
Lease = Annotated[str, typer.Argument(metavar="LEASE", help="owner/dseq/gseq/oseq/provider")]

_MARKET = "http://127.0.0.1:8002"
_OWNER = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"

_Do = Callable[[ControlPath], Awaitable[None]]


@lease.command(
    "open", epilog="Example: simulator lease open deploy.yaml --provider akash1… --dseq 7"
)
def open_lease(
    file: File,
    *,
    provider: Annotated[str, typer.Option(metavar="ADDR", help="The provider that wins it.")],
    dseq: Annotated[int, typer.Option(help="Number of the deployment.", min=1)],
    owner: Annotated[str, typer.Option(metavar="ADDR", help="The tenant.")] = _OWNER,
    market: Market = _MARKET,
) -> None:
    """
    Create a deployment of FILE whose first group PROVIDER wins; prints the lease.

    The manifest is sent separately, as a tenant does: provider manifest send LEASE FILE
    """
    won = LeaseID(owner, dseq, 1, 1, provider)
    compiled = _compiled(file)
    _do(market, lambda control: control.open(won, compiled))
    typer.echo(str(won))


@lease.command(epilog="Example: simulator lease update akash1…/7/1/1/akash1… deploy.yaml")
def update(name: Lease, file: File, *, market: Market = _MARKET) -> None:
    """Announce a new manifest on the chain, as a tenant does before sending it."""
    one, compiled = _lease(name), _compiled(file)
    _do(market, lambda control: control.update(one, compiled))


@lease.command(epilog="Example: simulator lease close akash1…/7/1/1/akash1…")
def close(name: Lease, *, market: Market = _MARKET) -> None:
    """Close a lease as its tenant."""
    one = _lease(name)
    _do(market, lambda control: control.close(one))


def _compiled(file: Path) -> Compiled:
    try:
        return compile_sdl(file.read_text())
    except (OSError, ProviderError) as error:
        raise _failure(f"{file}: {error}") from error


def _lease(name: str) -> LeaseID:
    try:
        return LeaseID.parse(name)
    except ProviderError as error:
        raise _failure(str(error)) from error


def _do(market: str, act: _Do) -> None:
    try:
        trio.run(partial(_with_control, market, act))
    except* ProviderError as errors:
        raise _failure(
            f"{errors.exceptions[0]}; is it there? simulator serve --market-port 8002"
        ) from errors
    except* RefusedError as errors:
        raise _failure(str(errors.exceptions[0])) from errors


async def _with_control(market: str, act: _Do) -> None:
    async with open_http(market) as http:
        await act(ControlPath(http))


def _failure(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(1)
