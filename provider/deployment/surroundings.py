"""What every manager works with: the parts of the daemon that leases share."""

import random

import attrs
import trio

from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.store import Store
from provider.ledger.hostnames import HostnameLedger
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
