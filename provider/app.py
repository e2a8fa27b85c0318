"""
The composition root: builds the daemon's parts, nests their lives, owns signals and drain.

    process scope
    └─ HTTP clients            open as long as anything can still be sent
       └─ watch nursery        one reflector a kind; the daemon's own Lease, given back last
          └─ ClusterService    managers and followers; a drain ends it, and so the rest
"""

import random
import signal
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import attrs
import trio

from provider.cluster.inventory import FOLLOWED, Inventory, Outlines
from provider.cluster.leadership import Leadership, LeadershipLost, lease_name
from provider.cluster.observation import Observation
from provider.cluster.observe import Onlooker, observe
from provider.cluster.service import ClusterService
from provider.cluster.shown import Brake, Obligation, Reason
from provider.cluster.submission import MarketUnknown, Submission, Transfer
from provider.concurrency.clock import WallClock
from provider.deployment.status import DeploymentStatus
from provider.deployment.surroundings import Surroundings
from provider.deployment.writable import Unguarded, Writable
from provider.errors import ProviderError
from provider.http.client import HttpClient, open_http
from provider.http.connection import NetworkBackend
from provider.kubernetes.access import Access
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import (
    LEASE,
    MANIFEST,
    NAMESPACE,
    POD,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    Kind,
    ObjectKey,
)
from provider.kubernetes.reflector import Reflector
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.lease.manifest import Manifest
from provider.ledger.capacity import Capacity, CapacityLedger
from provider.ledger.hostnames import HostnameLedger
from provider.market.closing import Closer, NoCloser
from provider.market.endpoint import Endpoint, endpoint_name
from provider.market.market import EndpointStatus, Market
from provider.reconcile.prune import RENDERED
from provider.settings import Settings
from provider.telemetry.logs import Log
from provider.telemetry.metrics import Metrics
from provider.workload import labels
from provider.workload.options import RenderOptions

WATCHED: tuple[Kind, ...] = (NAMESPACE, *RENDERED, MANIFEST, PROVIDER_HOST, PROVIDER_LEASED_IP, POD)
"""What the daemon follows, everywhere, by the label that every object of a lease carries."""

_STARTING = "the daemon is starting"


@attrs.define(eq=False, kw_only=True)
class Daemon:
    """One provider daemon; `run` it once. What it shows can be asked for at any time."""

    settings: Settings
    wall: WallClock
    rng: random.Random
    """Draws pauses, and the name under which this process claims to be the one that writes."""
    log: Log
    options: RenderOptions = attrs.field(factory=RenderOptions)
    metrics: Metrics = attrs.field(factory=Metrics)
    closer: Closer = attrs.field(factory=NoCloser)
    """How leases are given back to the market."""
    access: Access | None = None
    """Credentials for the API server; `None`: its URL is all there is."""
    kubernetes_network: NetworkBackend | None = None
    """How to reach the API server; `None`: the machine's own network."""
    market_network: NetworkBackend | None = None
    _book: CapacityLedger = attrs.field(init=False)
    _service: ClusterService | None = attrs.field(default=None, init=False)
    _leaving: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        def counted(action: str, result: str) -> None:
            self.metrics.inventory_requests.labels(action, result).inc()

        self._book = CapacityLedger(self.options, counted)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """
        Serve until drained; `started` is called once manifests can be submitted.

        Raises:
            LeadershipLost: another daemon writes for this provider now; after a drain.
            SettingsError: this cluster and these settings do not go together.

        Cancellation:
            As a killed process. To leave in good order, call `drain`.
        """
        stopped_by: ProviderError | None = None
        async with self._open_cluster() as cluster_http, AsyncExitStack() as endpoints:
            market = await self._market(endpoints)
            client = KubernetesClient(cluster_http, rng=self.rng, called=self.metrics.kube_call)
            store = Store(labels.index, WATCHED)
            inventory, leadership = self._inventory(store), self._leadership(client)
            self._service = service = ClusterService(
                provider=self.settings.provider,
                around=self._surroundings(client, store, inventory, leadership),
                market=market,
                settings=self.settings.cluster,
                leadership=leadership,
                inventory=inventory,
                watched=WATCHED,
            )
            if self._leaving:
                task_status.started()
                return
            self.log.info("starting", provider=self.settings.provider, closing=self.closer.note)
            async with trio.open_nursery() as watch_nursery:
                for kind in WATCHED:
                    reflector = Reflector(client, store, kind, f"{labels.MANAGED}=true", self.rng)
                    watch_nursery.start_soon(reflector.run, name=f"watch {kind.plural}")
                for kind, selector in FOLLOWED:
                    reflector = Reflector(client, inventory.outlines, kind, selector, self.rng)
                    watch_nursery.start_soon(reflector.run, name=f"follow {kind.plural}")
                watch_nursery.start_soon(_lead, leadership, service, name="leadership")
                task_status.started()
                try:
                    await service.run()
                except ProviderError as error:
                    stopped_by = error
                watch_nursery.cancel_scope.cancel(reason="drained")
            await leadership.release()
        if stopped_by is not None:
            raise stopped_by

    async def observe(self) -> Observation:
        """
        Look once and say what `run` would do; no write is sent, not even for the daemon's own Lease.

        Cancellation:
            Nothing is left behind.
        """
        async with self._open_cluster() as cluster_http, AsyncExitStack() as endpoints:
            market = await self._market(endpoints)
            client = Onlooker(cluster_http, rng=self.rng, called=self.metrics.kube_call)
            store = Store(labels.index, WATCHED)
            inventory = self._inventory(store)
            around = self._surroundings(client, store, inventory, Unguarded())
            return await observe(around, inventory, market, self.settings.cluster, WATCHED)

    def _open_cluster(self) -> AbstractAsyncContextManager[HttpClient]:
        backend = self.kubernetes_network
        if self.access is not None:
            return self.access.open_http(network_backend=backend)
        return open_http(self.settings.kubernetes_url, network_backend=backend)

    def _leadership(self, client: KubernetesClient) -> Leadership:
        name = lease_name(self.settings.provider)
        return Leadership(
            client,
            ObjectKey(LEASE, self.options.records_namespace, name),
            identity=f"leasekeeper-{self.rng.getrandbits(64):016x}",
            wall=self.wall,
            duration_seconds=self.settings.cluster.lease_seconds,
        )

    async def _market(self, endpoints: AsyncExitStack) -> Market:
        """Make clients of the chain's nodes, open as long as `endpoints`."""
        settings = self.settings
        return Market(
            endpoints=[await self._endpoint(endpoints, url) for url in settings.market_urls],
            provider=settings.provider,
            chain_id=settings.chain_id,
            wall=self.wall,
        )

    async def _endpoint(self, endpoints: AsyncExitStack, url: str) -> Endpoint:
        opened = open_http(url, network_backend=self.market_network)
        http: HttpClient = await endpoints.enter_async_context(opened)
        return Endpoint(
            http=http,
            name=endpoint_name(url),
            retry_seconds=self.settings.market.retry_seconds,
            deadline_seconds=self.settings.market.deadline_seconds,
        )

    def _surroundings(
        self, client: KubernetesClient, store: Store, inventory: Inventory, writable: Writable
    ) -> Surroundings:
        return Surroundings(
            client=client,
            store=store,
            ledger=HostnameLedger(blocked=self.options.blocked_hostnames),
            options=self.options,
            settings=self.settings.deployment,
            metrics=self.metrics,
            log=self.log,
            rng=self.rng,
            ready=trio.Event(),
            started_at=trio.current_time(),
            wall=self.wall,
            capacity=self._book,
            writable=writable,
            may_close=self._may_close,
            node_state=inventory.node_state,
            closer=self.closer,
        )

    def _inventory(self, store: Store) -> Inventory:
        fresh_seconds = self.settings.deployment.fresh_seconds
        return Inventory(store, Outlines(), self._book, fresh_seconds)

    def _may_close(self) -> bool:
        return self.service.may_close()

    # ── for whoever serves operators; before `run` there is little to say ───────────────────────

    @property
    def provider(self) -> str:
        """This provider's address."""
        return self.settings.provider

    @property
    def service(self) -> ClusterService:
        """The running service; only after `run` has started."""
        assert self._service is not None, "the daemon is not running"
        return self._service

    async def accept(self, lease: LeaseID, manifest: Manifest) -> Submission:
        """A tenant's manifest; see `ClusterService.accept`."""
        if self._service is None:
            await trio.lowlevel.checkpoint()
            return MarketUnknown(_STARTING, retry_after_seconds=1.0)
        return await self._service.accept(lease, manifest)

    async def transfer(self, hostname: str, lease: LeaseID) -> Transfer:
        """Move a hostname; see `ClusterService.transfer`."""
        if self._service is None:
            await trio.lowlevel.checkpoint()
            return MarketUnknown(_STARTING, retry_after_seconds=1.0)
        return await self._service.transfer(hostname, lease)

    def submit(self, lease: LeaseID, manifest: Manifest, group: str) -> None:
        """A manifest that is known to fit; see `ClusterService.submit`."""
        self.service.submit(lease, manifest, group)

    def release_brake(self, name: str) -> bool:
        """Let go what a brake holds up; False when there is no such brake."""
        return self._service is not None and self._service.release_brake(name)

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """One status a lease."""
        return self._service.statuses() if self._service is not None else ()

    def readiness(self) -> tuple[Reason, ...]:
        """Why the daemon is not ready; none: it is."""
        if self._service is None:
            return (Reason("starting", _STARTING),)
        return self._service.readiness()

    def brakes(self) -> tuple[Brake, ...]:
        """Every brake, engaged or not."""
        return self._service.brakes() if self._service is not None else ()

    def obligations(self) -> tuple[Obligation, ...]:
        """Leases that must be closed on the market."""
        return self._service.obligations() if self._service is not None else ()

    def capacity(self) -> Capacity:
        """Room on each node, and how much of it leases have reserved."""
        return self._book.report()

    def market(self) -> tuple[EndpointStatus, ...]:
        """Each endpoint of the market, and how it answered last."""
        return self._service.endpoints() if self._service is not None else ()

    def drain(self) -> None:
        """Begin to leave, also before `run`, which returns once what is on the wire has settled."""
        self._leaving = True
        if self._service is not None:
            self._service.drain()


async def _lead(leadership: Leadership, service: ClusterService) -> None:
    """Keep the Lease; a daemon from whom it was taken stops."""
    service.stop(LeadershipLost(await leadership.run()))


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
