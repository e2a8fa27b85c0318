"""
The composition root: builds the daemon's parts, nests their lives, owns signals and drain.

    process scope
    └─ HTTP clients            open as long as anything can still be sent
       └─ watch nursery        one reflector a kind
          └─ ClusterService    managers and followers; a drain ends it, and so the rest
"""

import random
import signal
from contextlib import AsyncExitStack

import attrs
import trio

from provider.cluster.service import ClusterService
from provider.concurrency.clock import WallClock
from provider.deployment.status import DeploymentStatus
from provider.deployment.surroundings import Surroundings
from provider.http.client import open_http
from provider.http.connection import NetworkBackend
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    MANIFEST,
    NAMESPACE,
    NETWORK_POLICY,
    POD,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Kind,
)
from provider.kubernetes.reflector import Reflector
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.lease.manifest import Manifest
from provider.ledger.hostnames import HostnameLedger
from provider.market.endpoint import Endpoint, endpoint_name
from provider.market.market import Market
from provider.settings import Settings
from provider.telemetry.logs import Log
from provider.telemetry.metrics import Metrics
from provider.workload import labels
from provider.workload.options import RenderOptions

WATCHED: tuple[Kind, ...] = (
    NAMESPACE,
    NETWORK_POLICY,
    SECRET,
    SERVICE_ACCOUNT,
    ROLE,
    ROLE_BINDING,
    DEPLOYMENT,
    STATEFUL_SET,
    SERVICE,
    INGRESS,
    MANIFEST,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    POD,
)
"""What the daemon follows, everywhere, by the label that every object of a lease carries."""


@attrs.define(eq=False, kw_only=True)
class Daemon:
    """One provider daemon; `run` it once."""

    settings: Settings
    wall: WallClock
    rng: random.Random
    log: Log
    options: RenderOptions = attrs.field(factory=RenderOptions)
    metrics: Metrics = attrs.field(factory=Metrics)
    kubernetes_network: NetworkBackend | None = None
    """How to reach the API server; `None`: the machine's own network."""
    market_network: NetworkBackend | None = None
    _service: ClusterService | None = attrs.field(default=None, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """
        Serve until drained; `started` is called once manifests can be submitted.

        Cancellation:
            As a killed process. To leave in good order, call `drain`.
        """
        settings = self.settings
        async with (
            open_http(
                settings.kubernetes_url, network_backend=self.kubernetes_network
            ) as cluster_http,
            AsyncExitStack() as endpoints,
        ):
            client = KubernetesClient(cluster_http, rng=self.rng)
            store = Store(labels.index, WATCHED)
            around = Surroundings(
                client=client,
                store=store,
                ledger=HostnameLedger(),
                options=self.options,
                settings=settings.deployment,
                metrics=self.metrics,
                log=self.log,
                rng=self.rng,
                ready=trio.Event(),
                started_at=trio.current_time(),
            )
            market = Market(
                endpoints=[await self._endpoint(endpoints, url) for url in settings.market_urls],
                provider=settings.provider,
                chain_id=settings.chain_id,
                wall=self.wall,
            )
            self._service = ClusterService(settings.provider, around, market, settings.cluster)
            async with trio.open_nursery() as watch_nursery:
                for kind in WATCHED:
                    reflector = Reflector(client, store, kind, f"{labels.MANAGED}=true", self.rng)
                    watch_nursery.start_soon(reflector.run, name=f"watch {kind.plural}")
                task_status.started()
                await self._service.run()
                watch_nursery.cancel_scope.cancel(reason="drained")

    async def _endpoint(self, endpoints: AsyncExitStack, url: str) -> Endpoint:
        """Make a client of one of the chain's nodes, open as long as `endpoints`."""
        opened = open_http(url, network_backend=self.market_network)
        return Endpoint(
            http=await endpoints.enter_async_context(opened),
            name=endpoint_name(url),
            retry_seconds=self.settings.market.retry_seconds,
            deadline_seconds=self.settings.market.deadline_seconds,
        )

    @property
    def service(self) -> ClusterService:
        """The running service; only after `run` has started."""
        assert self._service is not None, "the daemon is not running"
        return self._service

    def submit(self, lease: LeaseID, manifest: Manifest, group: str) -> None:
        """A tenant's manifest; see `ClusterService.submit`."""
        self.service.submit(lease, manifest, group)

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """One status a lease; none before `run` has started."""
        return self._service.statuses() if self._service is not None else ()

    def drain(self) -> None:
        """Begin to leave; `run` returns once what is on the wire has settled."""
        self.service.drain()


async def drain_on_signal(daemon: Daemon) -> None:
    """
    Wait for SIGTERM or SIGINT, then drain; the second signal is the caller's business.

    Cancellation:
        Restores the signal handlers.
    """
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            daemon.log.info("draining", signal=signal.Signals(number).name)
            daemon.drain()
            return
