"""What the tour plays on: a market of its own, and a cluster behind a wire that it can cut."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from provider.workload.crds import definitions
from simulator.controllers.settings import ControllerSettings
from simulator.demo.tenants import PROVIDER
from simulator.faults.network import Network
from simulator.faults.rules import Rules
from simulator.journal import Journal
from simulator.ports import Clock
from simulator.world import open_world

_CONTROL_PLANE = ControllerSettings(ready_seconds=4.0)
"""Pods that take long enough to be watched while they start."""


@attrs.frozen(eq=False, kw_only=True)
class Stage:
    """Built on a simulated world, or in front of a real cluster."""

    provider: str
    """Whose leases are played."""
    records_namespace: str
    chain_id: str
    clock: Clock
    began_at: float
    """Trio time."""
    network: Network
    """The API server is on it as `KUBERNETES`, the chain's nodes as `markets`."""
    markets: tuple[str, ...]
    """Two: when many leases end at once, one node's word is not enough."""
    rules: Rules
    """Faults between the daemon and the API server."""
    asked: Journal
    """What the API server was asked."""
    told: Journal
    """What the market was asked."""
    patience: float = 1.0
    """How much longer than in the simulated cluster things may take."""

    def trace(self) -> str:
        """Names this course of events; the same again in virtual time only."""
        both = self.asked.trace_hash() + self.told.trace_hash()
        return hashlib.sha256(both.encode()).hexdigest()


@asynccontextmanager
async def simulated(seed: int) -> AsyncIterator[Stage]:
    """A world from its seed."""
    async with open_world(seed=seed, controllers=_CONTROL_PLANE, market_nodes=2) as world:
        await world.install(definitions())
        yield Stage(
            provider=PROVIDER,
            records_namespace="lease",
            chain_id=world.chain.chain_id,
            clock=world.clock,
            began_at=trio.current_time(),
            network=world.network,
            markets=tuple(node.host for node in world.market_nodes),
            rules=world.rules,
            asked=world.journal,
            told=world.answers.journal,
        )
