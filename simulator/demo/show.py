"""Puts the tour on: on a simulated stage in virtual or real time, or on a real cluster."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import trio
from rich.console import Console

from provider.http.client import open_http
from provider.kubernetes.access import load_access
from provider.kubernetes.client import KubernetesClient
from simulator import deterministic
from simulator.demo.control import ControlPath
from simulator.demo.daemon import DaemonProcess
from simulator.demo.observer import Observer
from simulator.demo.real import RealCluster, own_provider, real_stage
from simulator.demo.screen import Screen
from simulator.demo.script import script
from simulator.demo.stage import Stage, simulated
from simulator.demo.tenants import cast
from simulator.demo.tour import Tour
from simulator.world import KUBERNETES

_REDRAW_SECONDS = 0.25

_LINK = "demo"

_AGENT = {"user-agent": "demo"}


def play_fast(console: Console, seed: int) -> bool:
    """In virtual time; one seed is one course of events. True when all verdicts hold."""
    return deterministic.run(seed, _play_simulated, Screen(console, live=False), seed)


def play_real(console: Console, seed: int) -> bool:
    """In real time, with a live table on a terminal. True when all verdicts hold."""
    return trio.run(_play_simulated, Screen(console, live=console.is_terminal), seed)


def play_on_cluster(
    console: Console, seed: int, kubeconfig: Path, *, beside_live_leases: bool
) -> bool:
    """
    On a real cluster, in real time. True when all verdicts hold and nothing is left.

    Raises:
        AccessError: the kubeconfig cannot be used.
        UnfitError: the tour must not or cannot be played there; nothing was written.
    """
    access = load_access(kubeconfig, None, os.environ)
    screen = Screen(console, live=console.is_terminal)
    screen.note(f"cluster: {access.describe()}")

    async def play() -> bool:
        async with access.open_http() as http:
            cluster = RealCluster(
                client=KubernetesClient(http),
                cast=cast(own_provider(seed)),
                records_namespace=f"leasekeeper-demo-{seed}",
            )
            await cluster.check(beside_live_leases=beside_live_leases)
            left: list[str] = []

            async def sweep() -> None:
                screen.note("removing what the tour has made")
                left.extend(await cluster.sweep())
                screen.note(f"still there: {', '.join(left)}" if left else "nothing is left")

            async with AsyncExitStack() as made:
                # However the tour ends; `sweep` outlives a cancel, with a deadline of its own.
                made.push_async_callback(sweep)
                await cluster.install()
                async with real_stage(access, cluster) as stage:
                    hold = await _play(stage, screen, seed)
            return hold and not left

    return trio.run(play)


async def _play_simulated(screen: Screen, seed: int) -> bool:
    async with simulated(seed) as stage:
        return await _play(stage, screen, seed)


async def _play(stage: Stage, screen: Screen, seed: int) -> bool:
    backend = stage.network.link(_LINK).backend
    async with (
        open_http(f"http://{KUBERNETES}", network_backend=backend, headers=_AGENT) as cluster,
        open_http(f"http://{stage.markets[0]}", network_backend=backend, headers=_AGENT) as market,
        trio.open_nursery() as tour_nursery,
    ):
        daemon = DaemonProcess(stage, seed)
        tour = Tour(
            stage=stage,
            daemon=daemon,
            market=ControlPath(market),
            observer=Observer(KubernetesClient(cluster)),
            screen=screen,
        )
        tour_nursery.start_soon(daemon.run, name="daemon")
        with screen.on():
            tour_nursery.start_soon(_redraw, tour, screen, name="redraw")
            await tour.run(script(cast(stage.provider), stage.patience))
        tour_nursery.cancel_scope.cancel(reason="the tour is over")
    screen.complaints(daemon.complaints)
    screen.end(tour.decided, seed=seed, trace=stage.trace())
    return all(verdict.holds for verdict in tour.decided)


async def _redraw(tour: Tour, screen: Screen) -> None:
    while screen.live:
        screen.draw(tour.table())
        await trio.sleep(_REDRAW_SECONDS)
