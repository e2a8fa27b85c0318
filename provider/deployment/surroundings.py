"""What every manager works with: the parts of the daemon that leases share."""

import random
from collections.abc import Callable

import attrs
import trio

from provider.concurrency.clock import SystemClock, WallClock
from provider.deployment.writable import Unguarded, Writable
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.store import Store
from provider.ledger.capacity import CapacityLedger
from provider.ledger.hostnames import HostnameLedger
from provider.market.closing import Closer, NoCloser
from provider.reconcile.health import NodeStates, all_ready
from provider.settings import DeploymentSettings
from provider.telemetry.logs import Log
from provider.telemetry.metrics import Metrics
from provider.workload.options import RenderOptions


@attrs.frozen(kw_only=True)
class Surroundings:
    """Built once by the composition root."""

    client: KubernetesClient
    store: Store
    ledger: HostnameLedger
    options: RenderOptions
    settings: DeploymentSettings
    metrics: Metrics
    log: Log
    rng: random.Random
    """Jitter of pauses."""
    ready: trio.Event
    """Set once the cluster was seen whole and the ledger holds what was seen."""
    started_at: float
    """Trio time of the process's start: a predecessor's writes can land for a while after it."""
    wall: WallClock = attrs.field(factory=SystemClock)
    """Since when a closing is owed is told in wall time, so that it outlives the process."""
    addresses: HostnameLedger = attrs.field(factory=HostnameLedger)
    """Which lease holds which name of a leased IP."""
    capacity: CapacityLedger | None = None
    """What every lease takes of the nodes; `None`: no book is kept, and everything has room."""
    writable: Writable = attrs.field(factory=Unguarded)
    """Asked before every request that is not a read."""
    may_close: Callable[[], bool] = lambda: True
    """The brake on closings: asked in the step before each one is sent."""
    node_state: NodeStates = all_ready
    """What is seen of a node; a pod on one that is not ready tells nothing."""
    closer: Closer = attrs.field(factory=NoCloser)
