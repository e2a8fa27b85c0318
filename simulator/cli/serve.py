"""`simulator serve`: a cluster on a loopback port, in real time or faster."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.kubeconfig import ForeignFileError
from simulator.cli.running import Options, PortError, run
from simulator.cli.state import StateError

_USAGE = 2
"""Exit status of a command line that cannot be followed."""


class Controllers(StrEnum):
    """Which controllers run."""

    ALL = "all"
    NONE = "none"


def serve(
    *,
    port: Annotated[
        int, typer.Option(help="Port on loopback; 0 takes a free one.", min=0, max=65535)
    ] = 8001,
    nodes: Annotated[int, typer.Option(help="Nodes of the cluster.", min=0)] = 3,
    controllers: Annotated[
        Controllers,
        typer.Option(help="With none: an API server alone, no nodes, nothing acts; RBAC holds."),
    ] = Controllers.ALL,
    seed: Annotated[int, typer.Option(help="Seed of uids, names, addresses and delays.")] = 0,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls",
            help="Serve https with a certificate authority of its own; who comes without "
            "credentials is nobody then, not the admin.",
        ),
    ] = False,
    write_kubeconfig: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Write a kubeconfig of the admin there (mode 0600); only a file that this "
            "command wrote is overwritten.",
        ),
    ] = None,
    market_port: Annotated[
        int | None,
        typer.Option(
            metavar="M",
            help="Serve the simulated market on this loopback port, too; 0 takes a free one.",
            min=0,
            max=65535,
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Go on from this file if it is there; save cluster and chain to it every ten "
            "seconds and at the end.",
        ),
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            metavar="K",
            help="The server's time passes K times as fast as the wall clock.",
            min=0.01,
            max=10_000,
        ),
    ] = 1,
) -> None:
    r"""
    Serve a Kubernetes cluster on loopback until interrupted.

    \b
    Prints "ready URL" once it answers, then where market and kubeconfig are.
    Over plain HTTP a client without credentials is cluster admin, as behind
    kubectl proxy; a wrong token is refused.

    \b
    A cluster to play with:
      simulator serve
      kubectl -s http://127.0.0.1:8001 get nodes
    One that kubectl knows by its kubeconfig, over https:
      simulator serve --port 0 --tls --write-kubeconfig /tmp/simulator.yaml
      kubectl --kubeconfig /tmp/simulator.yaml get nodes
    With a market for a provider, both kept for the next time:
      simulator serve --market-port 8002 --state /tmp/simulator.json
    Ten minutes in ten seconds:
      simulator serve --speed 60

    \b
    --speed concerns all that the server waits for or dates: controllers, pods,
    blocks, watches, bookmarks, the life of tokens, timestamps. At K a watch
    with timeoutSeconds=300 ends after 300/K real seconds. What clients wait for
    on their side is real time, and as timestamps run ahead of the wall clock,
    ages that a client works out itself are wrong.
    """
    ending: str | int = 0
    options = Options(
        port=port,
        nodes=nodes if controllers is Controllers.ALL else None,
        seed=seed,
        tls=tls,
        kubeconfig=write_kubeconfig,
        market_port=market_port,
        state=state,
        speed=speed,
    )
    try:
        ending = run(options, _say)
    except* KeyboardInterrupt:
        ending = 130
    except* (ForeignFileError, StateError) as errors:
        print(_first(errors), file=sys.stderr)
        ending = _USAGE
    except* PortError as errors:
        print(_first(errors), file=sys.stderr)
        ending = 1
    except* OSError as errors:
        print(f"cannot serve: {_first(errors)}", file=sys.stderr)
        ending = 1
    sys.exit(ending)


def _say(line: str) -> None:
    print(line, flush=True)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
