"""`simulator serve`: a cluster on a loopback port, in real time."""

import errno
import random
import sys
from enum import StrEnum
from functools import partial
from typing import Annotated

import trio
import typer

from simulator.api.server import MAX_BODY_BYTES, ApiServer
from simulator.cli.clock import RealClock
from simulator.cli.reported import reported
from simulator.controllers.manager import run_controllers
from simulator.controllers.settings import ControllerSettings
from simulator.journal import Journal
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from simulator.wire.server import serve_tcp

HOST = "127.0.0.1"
_JOURNAL_ENTRIES = 10_000
"""Kept in memory by a server that may run for days."""
_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it."""


class Controllers(StrEnum):
    """Which controllers run."""

    ALL = "all"
    NONE = "none"


def serve(
    *,
    port: Annotated[
        int, typer.Option(help="Port on loopback; 0 takes a free one.", max=65535)
    ] = 8001,
    nodes: Annotated[int, typer.Option(help="Nodes of the cluster.", min=0)] = 3,
    controllers: Annotated[
        Controllers, typer.Option(help="`none` is an API server alone: no nodes, nothing acts.")
    ] = Controllers.ALL,
    seed: Annotated[int, typer.Option(help="Seed of uids, names, addresses and delays.")] = 0,
) -> None:
    """Serve a cluster on loopback until interrupted; prints "ready URL" when it answers."""
    ending: str | int = 0
    try:
        trio.run(_serve, port, nodes if controllers is Controllers.ALL else None, seed)
    except* KeyboardInterrupt:
        ending = _INTERRUPTED
    except* OSError as errors:
        ending = _explained(port, errors)
    sys.exit(ending)


def _explained(port: int, errors: BaseExceptionGroup[OSError]) -> str:
    error = errors.exceptions[0]
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; choose another with --port N, or a free one with --port 0"
    return f"cannot serve on port {port}: {error}"


async def _serve(port: int, nodes: int | None, seed: int) -> None:
    """Run a cluster; with `nodes` of None nothing but its API server."""
    clock = RealClock()
    cluster = Cluster(clock, seed, Journal(limit=_JOURNAL_ENTRIES))
    bootstrap(cluster)
    handler = reported(ApiServer(cluster).handle)
    async with trio.open_nursery() as nursery:
        # The port first: a taken one is told before anything else has begun. The wire lets a little
        # more through than the API allows, so that the refusal is a Status.
        limit = MAX_BODY_BYTES + 1024
        listen = partial(serve_tcp, handler, port=port, host=HOST, max_body_bytes=limit)
        bound = await nursery.start(listen, name="API server")
        if nodes is not None:
            control_plane = partial(
                run_controllers,
                partial(VerbClient, cluster),
                clock=clock,
                rng=random.Random(f"{seed}/controllers"),
                nodes=nodes,
                settings=ControllerSettings(),
            )
            await nursery.start(control_plane, name="control plane")
        print(f"ready http://{HOST}:{bound}", flush=True)
