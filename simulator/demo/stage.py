"""Sets the stage of the tour: a world, the tour's own links into it, and a pace."""

import trio
from rich.console import Console

from provider.http.client import open_http
from provider.kubernetes.client import KubernetesClient
from provider.workload.crds import definitions
from simulator import deterministic
from simulator.controllers.settings import ControllerSettings
from simulator.demo.control import ControlPath
from simulator.demo.daemon import DaemonProcess
from simulator.demo.observer import Observer
from simulator.demo.screen import Screen
from simulator.demo.script import SCRIPT
from simulator.demo.tour import Tour
from simulator.world import KUBERNETES, MARKET, open_world

_REDRAW_SECONDS = 0.25

_LINK = "demo"

_AGENT = {"user-agent": "demo"}

_CONTROL_PLANE = ControllerSettings(ready_seconds=4.0)
"""Pods that take long enough to be watched while they start."""


def play_fast(console: Console, seed: int) -> bool:
    """In virtual time; one seed is one course of events. True when all verdicts hold."""
    return deterministic.run(seed, _play, Screen(console, live=False), seed)


def play_real(console: Console, seed: int) -> bool:
    """In real time, with a live table on a terminal. True when all verdicts hold."""
    return trio.run(_play, Screen(console, live=console.is_terminal), seed)


async def _play(screen: Screen, seed: int) -> bool:
    async with open_world(seed=seed, controllers=_CONTROL_PLANE) as world:
        await world.install(definitions())
        backend = world.network.link(_LINK).backend
        async with (
            open_http(f"http://{KUBERNETES}", network_backend=backend, headers=_AGENT) as cluster,
            open_http(f"http://{MARKET}", network_backend=backend, headers=_AGENT) as market,
            trio.open_nursery() as tour_nursery,
        ):
            daemon = DaemonProcess(world, seed)
            tour = Tour(
                world=world,
                daemon=daemon,
                market=ControlPath(market),
                observer=Observer(KubernetesClient(cluster)),
                screen=screen,
            )
            tour_nursery.start_soon(daemon.run, name="daemon")
            with screen.on():
                tour_nursery.start_soon(_redraw, tour, screen, name="redraw")
                await tour.run(SCRIPT)
            tour_nursery.cancel_scope.cancel(reason="the tour is over")
        screen.complaints(daemon.complaints)
        screen.end(tour.decided, seed=seed, trace=world.trace_hash())
    return all(verdict.holds for verdict in tour.decided)


async def _redraw(tour: Tour, screen: Screen) -> None:
    while screen.live:
        screen.draw(tour.table())
        await trio.sleep(_REDRAW_SECONDS)
