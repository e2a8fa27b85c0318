"""
A daemon with its listeners, for as long as it runs.

    one nursery
    ├─ signals        the first SIGTERM or SIGINT drains, the second ends the process at once
    ├─ heartbeat      what /livez looks at
    ├─ probes         before the daemon, so that kubelet has an answer while it waits for its turn
    ├─ gateway        for operators
    ├─ what was found says in the log what the cluster is, and what is missing there
    ├─ readiness      says in the log when the daemon becomes ready, and why it no longer is
    └─ the daemon     its end ends the rest
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio

from provider.app import Daemon, drain_on_signal
from provider.cli.found import tell_cluster
from provider.cli.state import StateDir
from provider.concurrency.clock import SystemClock
from provider.gateway.connection import Limits
from provider.gateway.listening import Address, listen
from provider.gateway.messages import Handler
from provider.gateway.operator import Operator
from provider.gateway.probes import Heartbeat, Probes
from provider.gateway.served import Served
from provider.gateway.token import open_token
from provider.http.client import open_http
from provider.kubernetes.access import Access
from provider.kubernetes.client import KubernetesClient
from provider.market.closing import Closer, ControlCloser, NoCloser
from provider.settings import Settings
from provider.telemetry.logs import Log
from provider.telemetry.metrics import Metrics
from provider.workload.options import RenderOptions

OPERATOR_LIMITS = Limits()
PROBE_LIMITS = Limits(body_bytes=1024, idle_seconds=10.0, receive_seconds=5.0, handle_seconds=10.0)
"""Tighter: other machines reach it, and nobody there has much to say."""
_LOOK_SECONDS = 0.5
"""Between two looks at readiness, for the log only."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""How this machine reaches a listener on every address."""


@attrs.frozen(kw_only=True)
class Start:
    """Everything that a start needs, checked."""

    settings: Settings
    options: RenderOptions
    access: Access
    log: Log
    listen: Address
    probes: Address
    state: StateDir
    token_file: Path
    market_close: str
    """URL of a simulated market; "" when closings cannot be sent."""


async def serve(start: Start) -> None:
    """
    Run a daemon until it is drained.

    Raises:
        ListenError: an address cannot be listened on.
        TokenError: the token's file cannot be used.
    """
    token, metrics, log = open_token(start.token_file), Metrics(), start.log
    async with _open_closer(start.market_close) as closer, trio.open_nursery() as nursery:
        daemon = Daemon(
            settings=start.settings,
            wall=SystemClock(),
            rng=random.Random(),
            log=log,
            options=start.options,
            metrics=metrics,
            access=start.access,
            closer=closer,
        )
        nursery.start_soon(drain_on_signal, daemon, name="signals")
        heartbeat = Heartbeat()
        nursery.start_soon(heartbeat.run, name="heartbeat")
        probes = Probes(daemon, metrics, heartbeat)
        probes_at = await _listen(nursery, start.probes, probes.handle, log, PROBE_LIMITS)
        operator = Operator(daemon, token, metrics)
        url = f"http://{_reachable(await _listen(nursery, start.listen, operator.handle, log))}"
        _say_where(start.state, url, log)
        log.info("market", endpoints=", ".join(start.settings.market_urls))
        log.info("gateway", at=url, token=str(start.token_file))
        log.info("probes", at=f"http://{_reachable(probes_at)}")
        nursery.start_soon(_tell_cluster, start, metrics, name="what was found")
        nursery.start_soon(_tell_readiness, daemon, log, name="readiness")
        try:
            await daemon.run()
        finally:
            start.state.remove_url(url)
        log.info("drained")
        nursery.cancel_scope.cancel(reason="the daemon has left")


async def _listen(
    nursery: trio.Nursery,
    address: Address,
    handler: Handler,
    log: Log,
    limits: Limits = OPERATOR_LIMITS,
) -> Address:
    serve_there = partial(listen, address, handler, log=log, limits=limits)
    bound: Address = await nursery.start(serve_there, name=f"listen on {address}")
    return bound


def _say_where(state: StateDir, url: str, log: Log) -> None:
    try:
        state.write_url(url)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}"
        log.warning(
            "state directory", why=why, do="commands need --gateway URL and --token-file FILE"
        )


def _reachable(address: Address) -> Address:
    return attrs.evolve(address, host=_EVERYWHERE.get(address.host, address.host))


@asynccontextmanager
async def _open_closer(url: str) -> AsyncIterator[Closer]:
    if not url:
        yield NoCloser()
        return
    async with open_http(url) as http:
        yield ControlCloser(http)


async def _tell_cluster(start: Start, metrics: Metrics) -> None:
    async with start.access.open_http() as http:
        client = KubernetesClient(http, rng=random.Random(), called=metrics.kube_call)
        records, at = start.options.records_namespace, start.access.describe()
        await tell_cluster(client.requests, records, at, start.log)


async def _tell_readiness(served: Served, log: Log) -> None:
    """Write a line whenever the reasons change, with how many leases were found."""
    last = None
    while True:
        await trio.sleep(_LOOK_SECONDS)
        reasons = tuple(sorted({reason.name: reason.text for reason in served.readiness()}.items()))
        names = [name for name, _ in reasons]
        if names != last:
            last = names
            if reasons:
                log.info("not ready", why="; ".join(f"{name}: {text}" for name, text in reasons))
            else:
                log.info("ready", leases=len(served.statuses()))
