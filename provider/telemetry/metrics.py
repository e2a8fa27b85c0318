"""
Every metric of the daemon: name, labels, meaning; on a registry of their own.

Names are upstream's where the meaning is equal. No label carries a lease: a thousand tenants must
not make a thousand series.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The daemon's counters and gauges; one instance per daemon, nothing global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deployment = Counter(
            "provider_deployment",
            "Steps of deployments, by action (reserve-hostnames, deploy, rollback, teardown) and result.",
            ("action", "result"),
            registry=self.registry,
        )
        self.managers = Gauge(
            "provider_deployment_manager",
            "Deployment managers that exist now.",
            registry=self.registry,
        )
        self.health = Counter(
            "provider_deployment_monitor_health",
            "Changes of a lease's observed health, by state (up, down, unknown).",
            ("state",),
            registry=self.registry,
        )
        self.crashes = Counter(
            "provider_manager_crashes",
            "Managers that broke on an unexpected error and were rebuilt.",
            registry=self.registry,
        )
        self.alarms = Counter(
            "provider_alarms",
            "Contradictions that only a human can resolve; the log says which lease.",
            registry=self.registry,
        )
        self.quarantined = Gauge(
            "provider_records_quarantined",
            "Records that cannot be decoded.",
            registry=self.registry,
        )
        self.market_polls = Counter(
            "provider_market_polls",
            "Polls of the market, by result (known, unknown).",
            ("result",),
            registry=self.registry,
        )
