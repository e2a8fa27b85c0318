"""States of the network and of the daemon's machines: how they begin and end, by their `what`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import TypeAlias

from simulator.chaos.faults.addressing import host_name, rule
from simulator.chaos.faults.case import Case, Machine
from simulator.faults.effects import Pass

State: TypeAlias = Callable[[Case], AbstractAsyncContextManager[None]]
"""A fault that lasts as long as the block under it."""


@asynccontextmanager
async def _latency(case: Case) -> AsyncIterator[None]:
    network, world = case.world.network, case.world
    seconds, jitter = case.number("delay"), case.number("jitter")
    hosts = [world.rules, *(node.rules for node in world.market_nodes)]
    counting = [(rules, rules.add(rule(case, Pass(), always=True))) for rules in hosts]
    delay = (seconds, jitter)
    network.delays.append(delay)
    yield
    network.delays.remove(delay)
    for rules, counter in counting:
        rules.remove(counter)


@asynccontextmanager
async def _counted(case: Case, *names: str) -> AsyncIterator[None]:
    """Count each connection of a host or cable that suffers meanwhile."""
    network = case.world.network

    def suffered(name: str) -> None:
        if name in names:
            case.happened()

    network.on_suffered.append(suffered)
    yield
    network.on_suffered.remove(suffered)


def _host(*, silent: bool) -> State:
    @asynccontextmanager
    async def state(case: Case) -> AsyncIterator[None]:
        network, host = case.world.network, host_name(case.plan.where.host)
        case.hold(("host", host))
        async with _counted(case, host):
            (network.mute if silent else network.down)(host)
            yield
        if case.let_go(("host", host)):
            network.up(host)

    return state


def _cable(*, silent: bool) -> State:
    @asynccontextmanager
    async def state(case: Case) -> AsyncIterator[None]:
        network, machines = case.world.network, case.machines()
        names = [name for machine in machines for name in (machine.link.name, machine.host)]
        async with _counted(case, *names):
            for machine in machines:
                case.hold(("cable", machine.host))
                machine.link.cut(silent=silent)
                (network.mute if silent else network.down)(machine.host)
            yield
        for machine in machines:
            if case.let_go(("cable", machine.host)) and _is_alive(machine):
                machine.link.restore()
                network.up(machine.host)

    return state


def _is_alive(machine: Machine) -> bool:
    """False for a process that was killed: nothing brings its cable back."""
    return machine.is_running and machine.life.end in ("", "sigterm")


@asynccontextmanager
async def _clock(case: Case) -> AsyncIterator[None]:
    machines, seconds = case.machines(), case.number("seconds")
    for machine in machines:
        machine.clock.skew += seconds
        case.happened()
    yield
    for machine in machines:
        machine.clock.skew -= seconds


@asynccontextmanager
async def _pause(case: Case) -> AsyncIterator[None]:
    machines = [machine for machine in case.machines() if _is_alive(machine)]
    for machine in machines:
        case.hold(("pause", machine.host))
        machine.pause()
        case.happened()
    try:
        yield
    finally:
        # Also when the run breaks off: what stands still cannot even be cancelled.
        for machine in machines:
            if case.let_go(("pause", machine.host)):
                machine.resume()


NETWORK: Mapping[str, State] = MappingProxyType(
    {
        "latency": _latency,
        "host-silent": _host(silent=True),
        "host-down": _host(silent=False),
        "cable-silent": _cable(silent=True),
        "cable-cut": _cable(silent=False),
        "clock-jump": _clock,
        "daemon-paused": _pause,
    }
)
