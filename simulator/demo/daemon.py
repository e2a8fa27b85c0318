"""
The daemon of the tour as a process: started, killed, started again.

Killed means: from that instant no byte of it reaches the world. Its link is cut first, since a
cancelled program still runs its clean-up and could write; then it is cancelled and let go.
"""

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
from simulator.demo.tenants import PROVIDER
from simulator.world import KUBERNETES, MARKET, World

AGENT = "leasekeeper"
"""The daemon's User-Agent in the journals; the tour's own requests carry another."""

LINK = "daemon"


@attrs.define(eq=False)
class DaemonProcess:
    """At most one running daemon."""

    world: World
    seed: int
    complaints: list[Mapping[str, Any]] = attrs.field(factory=list)
    """Errors from its log, of every life."""
    _lives: int = attrs.field(init=False, default=0)
    _daemon: Daemon | None = attrs.field(init=False, default=None)
    _scope: trio.CancelScope | None = attrs.field(init=False, default=None)

    async def start(self, nursery: trio.Nursery) -> None:
        """Start a fresh daemon; returns once manifests can be submitted."""
        self._lives += 1
        link = self.world.network.link(LINK)
        link.restore()
        daemon = Daemon(
            settings=Settings(
                provider=PROVIDER,
                chain_id=self.world.chain.chain_id,
                kubernetes_url=f"http://{KUBERNETES}",
                market_url=f"http://{MARKET}",
                cluster=ClusterSettings(poll_seconds=2.0),
            ),
            wall=self.world.clock,
            rng=random.Random(f"{self.seed}/daemon/{self._lives}"),
            log=open_log(self.world.clock, self.complaints.append, level=40),
            options=RenderOptions(static_hosts_domain="apps.example"),
            kubernetes_network=link.backend,
            market_network=link.backend,
        )
        self._daemon = daemon
        self._scope = trio.CancelScope()
        await nursery.start(self._run, daemon, self._scope, name=f"daemon {self._lives}")

    async def _run(
        self,
        daemon: Daemon,
        scope: trio.CancelScope,
        *,
        task_status: trio.TaskStatus[None],
    ) -> None:
        with scope:
            await daemon.run(task_status=task_status)

    def kill(self) -> None:
        """Cut its network, then cancel it; nothing of it is used again."""
        self.world.network.link(LINK).cut()
        if self._scope is not None:
            self._scope.cancel(reason="killed")
        self._daemon = None

    def submit(self, lease: LeaseID, manifest: Manifest, group: str) -> None:
        """Hand over a tenant's manifest."""
        assert self._daemon is not None, "no daemon runs"
        self._daemon.submit(lease, manifest, group)

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """What it says of each lease; nothing when none runs."""
        return self._daemon.statuses() if self._daemon is not None else ()
