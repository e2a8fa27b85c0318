"""
Every metric of the daemon: name, labels, meaning; on a registry of their own.

Names are upstream's where the meaning is equal. No label carries a lease: a thousand tenants must
not make a thousand series. Counters have closed arms, which are there from the start at 0, so that a
rate is right from its first step on; `docs/metrics.md` lists all of them.
"""

import attrs
from prometheus_client import CollectorRegistry, Counter, Gauge

KUBE_RESULTS = ("success", "fail", "unknown")
"""A 2xx; any other answer; no answer, so that nobody knows."""


@attrs.frozen
class Family:
    """One metric as the docs and the tests see it."""

    name: str
    kind: str
    """counter or gauge."""
    help: str
    labels: tuple[str, ...]
    arms: tuple[tuple[str, ...], ...]
    """Every combination of labels that a counter can move; empty: it has none, or they are open."""


class Metrics:
    """The daemon's counters and gauges; one instance per daemon, nothing global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.families: list[Family] = []
        self._count_what_happens()
        self._gauge_leases()
        self._gauge_surroundings()

    def _count_what_happens(self) -> None:
        self.deployment = self._counter(
            "provider_deployment",
            "Steps of deployments; a failed teardown is one that goes on trying.",
            ("action", "result"),
            ("reserve-hostnames", "success"),
            ("reserve-hostnames", "err"),
            ("deploy", "success"),
            ("deploy", "fail"),
            ("rollback", "success"),
            ("rollback", "fail"),
            ("teardown", "success"),
            ("teardown", "fail"),
        )
        self.monitor = self._counter(
            "provider_deployment_monitor",
            "Monitors of leases that began and ended.",
            ("action",),
            ("start",),
            ("stop",),
        )
        self.health = self._counter(
            "provider_deployment_monitor_health",
            "Changes of a lease's observed health; failed: a budget of unhealth is spent.",
            ("state",),
            ("up",),
            ("down",),
            ("unknown",),
            ("failed",),
        )
        self.inventory_requests = self._counter(
            "provider_inventory_requests",
            "Room in the cluster asked for and given back.",
            ("action", "result"),
            ("reserve", "create"),
            ("reserve", "insufficient-capacity"),
            ("unreserve", "destroyed"),
            ("unreserve", "not-found"),
        )
        self.kube_calls = self._counter(
            "provider_kube_calls",
            "Requests to the API server; action is resource and verb, unknown: no answer came.",
            ("action", "result"),
        )
        self.manifests = self._counter(
            "provider_manifests",
            "Manifests that tenants sent, by what became of them.",
            ("result",),
            ("accepted",),
            ("unchanged",),
            ("rejected",),
            ("closing",),
            ("no-lease",),
            ("market-unknown",),
        )
        self.closures = self._counter(
            "provider_closures",
            "Attempts to close a lease on the market; unknown: no answer came.",
            ("result",),
            ("done",),
            ("refused",),
            ("unknown",),
        )
        self.market_polls = self._counter(
            "provider_market_polls",
            "Polls of the market.",
            ("result",),
            ("known",),
            ("unknown",),
        )
        self.crashes = self._counter(
            "provider_manager_crashes",
            "Managers that broke on an unexpected error and were rebuilt.",
        )
        self.alarms = self._counter(
            "provider_alarms",
            "Contradictions that only a human can resolve; the log says which lease.",
        )

    def _gauge_leases(self) -> None:
        self.managers = self._gauge(
            "provider_deployment_manager", "Deployment managers that exist now."
        )
        self.leases = self._gauge("provider_leases", "Leases now, by phase.", "phase")
        self.quarantined = self._gauge(
            "provider_records_quarantined", "Records that cannot be decoded."
        )
        self.close_owed = self._gauge(
            "provider_close_owed", "Leases that must be closed on the market, by cause.", "cause"
        )

    def _gauge_surroundings(self) -> None:
        self.brake_engaged = self._gauge(
            "provider_brake_engaged", "1 while a brake holds something up.", "brake"
        )
        self.ready = self._gauge("provider_ready", "1 while there is no reason not to be ready.")
        self.market_endpoint_up = self._gauge(
            "provider_market_endpoint_up",
            "1 when the endpoint's last answer was usable.",
            "endpoint",
        )
        self.inventory_reservations = self._gauge(
            "provider_inventory_reservations_total",
            "What leases have reserved; cpu in cores, memory and storage in bytes.",
            "classification",
            "quantity",
        )
        self.inventory_allocatable = self._gauge(
            "provider_inventory_allocatable_total",
            "What the nodes offer; cpu in cores, gpu in devices, memory and storage in bytes.",
            "quantity",
        )
        self.inventory_available = self._gauge(
            "provider_inventory_available_total",
            "What the nodes still have room for; units as in the total.",
            "quantity",
        )

    def kube_call(self, verb: str, plural: str, result: str) -> None:
        """Count one request to the API server."""
        self.kube_calls.labels(f"{plural}-{verb}", result).inc()

    def _counter(
        self, name: str, text: str, labels: tuple[str, ...] = (), *arms: tuple[str, ...]
    ) -> Counter:
        self.families.append(Family(name, "counter", text, labels, arms))
        counter = Counter(name, text, labels, registry=self.registry)
        for arm in arms:
            counter.labels(*arm)
        return counter

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self.families.append(Family(name, "gauge", text, labels, ()))
        return Gauge(name, text, labels, registry=self.registry)
