"""A server with all that it was asked to have: cluster, chain, controllers, files, listeners."""

import errno
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import attrs
import trio

from simulator.access.users import ADMIN as PROXIED
from simulator.access.users import ANONYMOUS, MASTERS, authenticated
from simulator.api.server import MAX_BODY_BYTES, ApiServer
from simulator.cli import kubeconfig, state
from simulator.cli.clock import FastClock, RealClock
from simulator.cli.reported import reported
from simulator.cli.state import Credentials, StateFile
from simulator.controllers.manager import run_controllers
from simulator.controllers.settings import ControllerSettings
from simulator.journal import Journal
from simulator.market.chain import Chain
from simulator.market.rest import MarketServer
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from simulator.wire.server import serve_tcp

HOST = "127.0.0.1"
SAVE_SECONDS = 10.0
"""Real seconds between two looks at whether there is something to save."""

_JOURNAL_ENTRIES = 10_000
"""Kept in memory by a server that may run for days."""


@attrs.frozen(kw_only=True)
class Options:
    """What to serve."""

    port: int
    """0 takes a free one; so for the market."""
    nodes: int | None
    """None is an API server alone: no control plane."""
    seed: int
    tls: bool
    kubeconfig: Path | None
    market_port: int | None
    """None serves no market."""
    state: Path | None
    speed: float


class PortError(Exception):
    """A port that cannot be served on; str() says what to do."""

    def __init__(self, option: str, port: int, error: OSError) -> None:
        text = f"cannot serve on port {port}: {error}"
        if error.errno == errno.EADDRINUSE:
            text = (
                f"port {port} is taken; choose another with {option} N, "
                f"or a free one with {option} 0"
            )
        super().__init__(text)


@attrs.frozen
class _Parts:
    options: Options
    cluster: Cluster
    chain: Chain
    credentials: Credentials


def run(options: Options, say: Callable[[str], None]) -> int:
    """
    Serve until a signal comes; returns the exit status that it stands for.

    Args:
        options: what to serve.
        say: told one line at a time what is reached where, `ready URL` first.

    Raises:
        ForeignFileError, StateError: a file that was named cannot be used; nothing has begun.
        PortError: a port is taken; inside an ExceptionGroup, as are the others.
        OSError: a file cannot be written.
    """
    if options.kubeconfig is not None:
        kubeconfig.check(options.kubeconfig)
    clock = None if options.speed == 1 else FastClock(options.speed)
    saved = None if options.state is None else state.read(options.state)
    return trio.run(_run, options, saved, say, clock=clock)


async def _run(options: Options, saved: state.Saved | None, say: Callable[[str], None]) -> int:
    clock = RealClock(saved.now if saved else 0.0)
    cluster = Cluster(clock, options.seed, Journal(limit=_JOURNAL_ENTRIES))
    chain = Chain(clock)
    if saved is None:
        bootstrap(cluster)
    else:
        assert options.state is not None, "what was saved came from a file"
        state.load(options.state, saved, cluster, chain)
    credentials = saved.credentials if saved else state.new_credentials()
    if options.tls:
        credentials = state.with_certificates(credentials, clock.now())
    cluster.service_accounts = options.nodes is not None
    _admit(cluster, credentials, tls=options.tls)
    parts = _Parts(options, cluster, chain, credentials)
    if options.state is None:
        return await _serve(parts, say)
    file = StateFile(options.state, cluster, chain, credentials)
    file.save()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_keep_saving, file, options.speed, name="state file")
            ending = await _serve(parts, say)
            nursery.cancel_scope.cancel(reason="the server has ended")
    finally:
        file.save()
    return ending


def _admit(cluster: Cluster, credentials: Credentials, *, tls: bool) -> None:
    """Let the server recognize its admin; over plain HTTP everybody without credentials is one."""
    authenticator = cluster.authenticator
    authenticator.key = credentials.key
    authenticator.static[credentials.token] = authenticated(state.ADMIN, (MASTERS,))
    authenticator.anonymous = ANONYMOUS if tls else PROXIED


async def _keep_saving(file: StateFile, speed: float) -> None:
    """Save now and then; a disk that is full now may not be full later."""
    while True:
        # Trio's seconds may be shorter than real ones, see FastClock.
        await trio.sleep(SAVE_SECONDS * speed)
        try:
            file.save()
        except OSError as error:
            text = f"state not saved: {error}; the file keeps what was saved before"
            print(text, file=sys.stderr, flush=True)


async def _serve(parts: _Parts, say: Callable[[str], None]) -> int:
    """Listen, run the control plane, tell where; until a signal comes."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            # The ports first: a taken one is told before anything else has begun.
            url = await _listen_api(nursery, parts)
            lines = [f"ready {url}"]
            if parts.options.market_port is not None:
                lines.append(f"market {await _listen_market(nursery, parts)}")
            if parts.options.nodes is not None:
                await nursery.start(
                    _control_plane(parts, parts.options.nodes), name="control plane"
                )
            if (path := parts.options.kubeconfig) is not None:
                credentials = parts.credentials
                certificates = credentials.certificates if parts.options.tls else None
                access = kubeconfig.Access(url, credentials.token, certificates)
                kubeconfig.write(path, access)
                lines.append(f"kubeconfig {path.absolute()}")
            for line in lines:
                say(line)
            ending = 128 + await anext(signals)
            nursery.cancel_scope.cancel(reason="a signal has come")
    return ending


async def _listen_api(nursery: trio.Nursery, parts: _Parts) -> str:
    certificates = parts.credentials.certificates if parts.options.tls else None
    # The wire lets a little more through than the API allows, so that the refusal is a Status.
    listen = partial(
        serve_tcp,
        reported(ApiServer(parts.cluster).handle),
        port=parts.options.port,
        host=HOST,
        max_body_bytes=MAX_BODY_BYTES + 1024,
        ssl_context=certificates.server_context() if certificates else None,
    )
    port = await _bound(nursery, listen, "--port", parts.options.port, "API server")
    return f"{'https' if certificates else 'http'}://{HOST}:{port}"


async def _listen_market(nursery: trio.Nursery, parts: _Parts) -> str:
    wanted = parts.options.market_port or 0
    handler = reported(MarketServer(parts.chain).handle)
    listen = partial(serve_tcp, handler, port=wanted, host=HOST)
    port = await _bound(nursery, listen, "--market-port", wanted, "market")
    return f"http://{HOST}:{port}"


async def _bound(
    nursery: trio.Nursery,
    listen: Callable[..., Awaitable[None]],
    option: str,
    wanted: int,
    name: str,
) -> int:
    """
    Start a listener; returns its port.

    Raises:
        PortError: it cannot have the one that it wants.
    """
    try:
        port: int = await nursery.start(listen, name=name)
    except OSError as error:
        raise PortError(option, wanted, error) from error
    return port


def _control_plane(parts: _Parts, nodes: int) -> Callable[..., Awaitable[None]]:
    settings = ControllerSettings()
    certificates = parts.credentials.certificates
    if parts.options.tls and certificates is not None:
        settings = attrs.evolve(settings, root_certificate=certificates.authority.decode())
    return partial(
        run_controllers,
        partial(VerbClient, parts.cluster),
        clock=parts.cluster.clock,
        rng=random.Random(f"{parts.options.seed}/controllers"),
        nodes=nodes,
        settings=settings,
    )
