"""
The daemon in front of a real cluster, its market simulated, with a wire between them that can be cut.

The market knows what the test's tenants do; what the cluster holds is read past the daemon.
"""

import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from provider.app import Daemon
from provider.deployment.status import DeploymentStatus
from provider.http.client import open_http
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    MANIFEST,
    NAMESPACE,
    POD,
    PROVIDER_HOST,
    Kind,
    ObjectKey,
)
from provider.kubernetes.outcomes import Absent, Found, Listing
from provider.lease.identity import LeaseID
from provider.sdl.compile import Compiled, compile_sdl
from provider.settings import ClusterSettings, Settings
from provider.telemetry.logs import open_log
from provider.workload import labels
from provider.workload.options import RenderOptions
from simulator.demo.control import ControlPath
from simulator.demo.real import real_stage
from simulator.demo.stage import Stage
from simulator.world import KUBERNETES
from tests.cluster.premises import Opened, Premises

IMAGE = os.environ.get("LEASEKEEPER_TEST_IMAGE", "registry.k8s.io/pause:3.10")
"""Of every service; another one where the cluster cannot pull from there."""

READY_SECONDS = 60.0
"""An image of 300 kB is pulled, a pod starts."""
GONE_SECONDS = 60.0

_DEFINITION = """
version: "2.0"
services:
  web:
    image: {image}
    expose:
      - port: 80
        as: 80
        accept: [{host}]
        to:
          - global: true
  worker:
    image: {image}
    env: [GENERATION={generation}]
profiles:
  compute:
    small:
      resources:
        cpu: {{units: 0.01}}
        memory: {{size: 16Mi}}
        storage: {{size: 16Mi}}
  placement:
    here:
      pricing:
        small: {{denom: uakt, amount: 1}}
deployment:
  web:
    here: {{profile: small, count: 1}}
  worker:
    here: {{profile: small, count: 1}}
"""


def definition(premises: Premises, lease: LeaseID, generation: int = 1) -> Compiled:
    """Two services, of which generations differ in the second."""
    host = f"{lease.dseq}.{premises.run}.example.com"
    return compile_sdl(_DEFINITION.format(image=IMAGE, host=host, generation=generation))


@attrs.define(eq=False)
class Tenancy:
    """One lease on a real cluster."""

    here: Opened
    stage: Stage
    lease: LeaseID
    market: ControlPath
    nursery: trio.Nursery
    _daemon: Daemon | None = None
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    _ended: trio.Event = attrs.field(factory=trio.Event)
    _lives: int = 0

    # ── the daemon ──────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """A new process, as far as anybody can tell."""
        self._lives += 1
        link = self.stage.network.link("daemon")
        link.restore()
        self._daemon = Daemon(
            settings=Settings(
                provider=self.stage.provider,
                chain_id=self.stage.chain_id,
                kubernetes_url=f"http://{KUBERNETES}",
                market_urls=tuple(f"http://{host}" for host in self.stage.markets),
                cluster=ClusterSettings(poll_seconds=1.0),
            ),
            wall=self.stage.clock,
            rng=random.Random(f"{self.here.premises.run}/{self.lease}/{self._lives}"),
            log=open_log(self.stage.clock, lambda _: None),
            options=RenderOptions(records_namespace=self.stage.records_namespace),
            kubernetes_network=link.backend,
            market_network=link.backend,
        )
        self._scope, self._ended = trio.CancelScope(), trio.Event()
        await self.nursery.start(self._run, self._daemon, self._scope, self._ended)

    async def _run(
        self,
        daemon: Daemon,
        scope: trio.CancelScope,
        ended: trio.Event,
        task_status: trio.TaskStatus[None],
    ) -> None:
        try:
            with scope:
                await daemon.run(task_status=task_status)
        finally:
            ended.set()

    async def drain(self) -> None:
        """SIGTERM."""
        if self._daemon is not None:
            self._daemon.drain()
            await self._ended.wait()

    async def kill(self) -> None:
        """From here on no byte of it reaches the cluster."""
        self.stage.network.link("daemon").cut()
        self._scope.cancel()
        await self._ended.wait()

    def submit(self, compiled: Compiled) -> None:
        """Hand the manifest over."""
        assert self._daemon is not None
        [group] = compiled.manifest
        self._daemon.submit(self.lease, compiled.manifest, group.name)

    def status(self) -> DeploymentStatus | None:
        """The daemon's word on the lease."""
        statuses = self._daemon.statuses() if self._daemon is not None else ()
        return next((status for status in statuses if status.lease == self.lease), None)

    def writes(self, since: int = 0) -> list[str]:
        """What it asked the API server to change, its own Lease aside; by number of the request."""
        return [
            f"{e.method} {e.target}"
            for e in self.stage.asked.requests[since:]
            if e.agent.startswith("leasekeeper")
            and e.method != "GET"
            and "/coordination.k8s.io/" not in e.target
        ]

    def now(self) -> int:
        """Number of requests so far."""
        return len(self.stage.asked.requests)

    # ── waiting ─────────────────────────────────────────────────────────────────────────────────

    async def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        with trio.move_on_after(seconds):
            while not condition():
                await trio.sleep(0.1)
            return
        raise AssertionError(f"not within {seconds} s: {what}; {self.status()}")

    async def until_complete(self, seconds: float = READY_SECONDS) -> None:
        """Deployed, and its pods Ready."""

        def whole() -> bool:
            status = self.status()
            return (
                status is not None
                and status.phase == "deploy-complete"
                and status.health == "healthy"
            )

        await self.until(whole, seconds, "whole and healthy")

    # ── the cluster itself ──────────────────────────────────────────────────────────────────────

    async def read(self, kind: Kind, name: str, namespace: str = "") -> dict | None:
        """One object past the daemon, None when the server says that it is absent."""
        read = await self.here.client.get(ObjectKey(kind, namespace, name))
        assert isinstance(read, Found | Absent), read
        return read.object if isinstance(read, Found) else None

    async def listed(self, kind: Kind) -> list[dict]:
        """The objects of a kind in the tenant namespace."""
        listing = await self.here.client.list(kind, self.lease.namespace)
        assert isinstance(listing, Listing), listing
        return list(listing.items)

    async def pods(self, service: str) -> list[dict]:
        """Pods of a service that are not on their way out."""
        return [
            pod
            for pod in await self.listed(POD)
            if pod["metadata"]["labels"].get(labels.SERVICE) == service
            and "deletionTimestamp" not in pod["metadata"]
        ]

    async def replaced(self, service: str, old: list[dict]) -> list[dict]:
        """Pods of a service once none of the old ones is among them."""
        uids = {pod["metadata"]["uid"] for pod in old}
        with trio.fail_after(READY_SECONDS):
            while True:
                pods = await self.pods(service)
                if pods and not uids & {pod["metadata"]["uid"] for pod in pods}:
                    return pods
                await trio.sleep(0.25)

    async def generations(self) -> dict[str, int]:
        """`metadata.generation` of each Deployment."""
        found = await self.listed(DEPLOYMENT)
        return {one["metadata"]["name"]: one["metadata"]["generation"] for one in found}

    async def remains(self) -> list[str]:
        """What is left of the lease."""
        hosts = await self.here.client.list(PROVIDER_HOST, self.stage.records_namespace)
        assert isinstance(hosts, Listing), hosts
        left = [
            f"ProviderHost {one['metadata']['name']}"
            for one in hosts.items
            if labels.lease_from_labels(one["metadata"].get("labels") or {}) == self.lease
        ]
        if await self.read(NAMESPACE, self.lease.namespace):
            left.append("Namespace")
        if await self.read(MANIFEST, self.lease.namespace, self.stage.records_namespace):
            left.append("record")
        return left

    async def until_gone(self, seconds: float = GONE_SECONDS) -> None:
        """Until nothing is left of the lease in the cluster."""
        left: list[str] = []
        with trio.move_on_after(seconds):
            while left := await self.remains():
                await trio.sleep(0.25)
            return
        raise AssertionError(f"not within {seconds} s: {left} left; {self.status()}")


@asynccontextmanager
async def tenancy(premises: Premises, number: int) -> AsyncIterator[Tenancy]:
    """A running daemon; it leaves in good order, so that the next need not wait for its Lease."""
    async with (
        premises.opened() as here,
        real_stage(premises.access, here.cluster) as stage,
        open_http(
            f"http://{stage.markets[0]}", network_backend=stage.network.link("tenant").backend
        ) as market,
        trio.open_nursery() as nursery,
    ):
        one = Tenancy(here, stage, premises.lease(number), ControlPath(market), nursery)
        try:
            await one.start()
            yield one
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 20):
                await one.drain()
            nursery.cancel_scope.cancel()
