"""
The daemon of the tour as a process: started, killed, started again.

Killed means: from that instant no byte of it reaches the world. Its link is cut first, since a
cancelled program still runs its clean-up and could write; then it is cancelled and let go.
"""

import logging
import random
from collections.abc import Mapping
from typing import Any

import attrs
import trio

from provider.app import Daemon
from provider.deployment.status import DeploymentStatus
from provider.lease.identity import LeaseID
from provider.lease.manifest import Manifest
from provider.settings import ClusterSettings, Settings
from provider.telemetry.logs import open_log
from provider.workload.options import RenderOptions
from simulator.demo.stage import Stage
from simulator.world import KUBERNETES

AGENT = "leasekeeper"
"""The daemon's User-Agent in the journals; the tour's own requests carry another."""

LINK = "daemon"

_POLL_SECONDS = 2.0
"""Between two polls of the market: the tour's watchers need not wait for a whole block."""

_DOMAIN = "apps.example"
"""Under which every service with an ingress gets a hostname."""


@attrs.define(eq=False)
class DaemonProcess:
    """One daemon at a time, in one life after another."""

    stage: Stage
    seed: int
    complaints: list[Mapping[str, Any]] = attrs.field(factory=list)
    """Errors from its log, of every life."""
    _lives: int = attrs.field(init=False, default=0)
    _daemon: Daemon | None = attrs.field(init=False, default=None)
    _scope: trio.CancelScope | None = attrs.field(init=False, default=None)
    _begun: trio.Event = attrs.field(init=False, factory=trio.Event)

    async def run(self) -> None:
        """Live until cancelled; `restart` ends one life and begins the next."""
        while True:
            self._lives += 1
            self._daemon = self._born()
            async with trio.open_nursery() as life_nursery:
                self._scope = life_nursery.cancel_scope
                await life_nursery.start(self._daemon.run, name=f"daemon {self._lives}")
                self._begun.set()

    def _born(self) -> Daemon:
        link = self.stage.network.link(LINK)
        link.restore()
        return Daemon(
            settings=Settings(
                provider=self.stage.provider,
                chain_id=self.stage.chain_id,
                kubernetes_url=f"http://{KUBERNETES}",
                market_urls=tuple(f"http://{host}" for host in self.stage.markets),
                cluster=ClusterSettings(poll_seconds=_POLL_SECONDS),
            ),
            wall=self.stage.clock,
            rng=random.Random(f"{self.seed}/daemon/{self._lives}"),
            log=open_log(self.stage.clock, self.complaints.append, level=logging.ERROR),
            options=RenderOptions(
                static_hosts_domain=_DOMAIN, records_namespace=self.stage.records_namespace
            ),
            kubernetes_network=link.backend,
            market_network=link.backend,
        )

    async def wait_begun(self) -> None:
        """Wait until manifests can be submitted."""
        await self._begun.wait()

    async def restart(self) -> None:
        """Cut its network, cancel it, and begin a new life; returns once that takes manifests."""
        assert self._scope is not None, "no daemon runs"
        self._begun = trio.Event()
        self.stage.network.link(LINK).cut()
        self._scope.cancel(reason="killed")
        await self._begun.wait()

    def submit(self, lease: LeaseID, manifest: Manifest) -> None:
        """Hand over a tenant's manifest of one group."""
        assert self._daemon is not None, "no daemon runs"
        (group,) = manifest
        self._daemon.submit(lease, manifest, group.name)

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """What it says of each lease; nothing before it has begun."""
        if self._daemon is None or not self._begun.is_set():
            return ()
        return self._daemon.statuses()
