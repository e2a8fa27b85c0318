"""Frozen settings, one class a room; each field says unit, default, range and reason."""

from typing import Any

import attrs

from provider.errors import ProviderError


class SettingsError(ProviderError):
    """A setting that cannot be used; raised at start only."""


def _positive(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if value <= 0:
        raise SettingsError(f"{attribute.name} must be above 0, got {value}")


def _several(_: object, attribute: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    if not value or len(set(value)) < len(value):
        raise SettingsError(f"{attribute.name} must name one or more, none of them twice")


def _seconds(default: float) -> float:
    value: float = attrs.field(default=default, validator=_positive)
    return value


LEASE_SECONDS_MIN = 15
"""Below it the daemon's own pauses and retries no longer fit between two renewals."""


def _lease_seconds(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not (isinstance(value, int) and value >= LEASE_SECONDS_MIN):
        raise SettingsError(
            f"{attribute.name} must be a whole number from {LEASE_SECONDS_MIN}, got {value}"
        )


@attrs.frozen
class DeploymentSettings:
    """How one lease's manager behaves."""

    retry_base_seconds: float = _seconds(0.5)
    """First pause after a failed request; doubles up to `retry_cap_seconds`."""
    retry_cap_seconds: float = _seconds(15.0)
    """Longest pause between attempts: a recovered API server is used again within this time."""
    supersessions_max: int = attrs.field(default=3, validator=_positive)
    """After so many superseded generations in a row the running one is finished first."""
    supersede_seconds: float = _seconds(30.0)
    """After so long without a finished generation the running one is finished first."""
    unsettled_seconds: float = _seconds(70.0)
    """A write without an answer can still land for so long: the server's own limit is 60 s."""
    blocked_report_seconds: float = _seconds(120.0)
    """A teardown that waits longer says what blocks it."""
    look_again_seconds: float = _seconds(60.0)
    """Longest time between two looks at something that is awaited, for a lost wake-up."""
    fresh_seconds: float = _seconds(90.0)
    """What the store says is believed for health for so long after its last event or bookmark."""
    budget_image_seconds: float = _seconds(86400.0)
    """Observed unhealth for so long, because an image cannot be pulled, makes closing the lease owed; a day,
    so that nobody loses a lease over a night."""
    budget_crash_loop_seconds: float = _seconds(86400.0)
    """The same for containers that keep crashing."""
    budget_unschedulable_seconds: float = _seconds(86400.0)
    """The same for pods that fit on no node."""
    budget_node_lost_seconds: float = _seconds(86400.0)
    """The same for pods that are gone with their node."""
    budget_refused_seconds: float = _seconds(86400.0)
    """The same for a first manifest whose objects the API server refuses."""


@attrs.frozen
class ClusterSettings:
    """How the service follows the market and the cluster."""

    poll_seconds: float = _seconds(6.0)
    """Between two polls of the market; about one block."""
    held_fresh_seconds: float = _seconds(15.0)
    """A "held" answer serves a deploy for so long before the market is asked again by name."""
    lease_seconds: int = attrs.field(default=15, validator=_lease_seconds)
    """Duration of the daemon's own Lease: so long after its holder fell silent another daemon writes.
    Renewed three times in it; 15 as in client-go."""
    audit_seconds: float = _seconds(30.0)
    """Between two comparisons of cluster and managers."""
    observe_parallel: int = attrs.field(default=8, validator=_positive)
    """How many leases are asked for by name at once."""
    drain_seconds: float = _seconds(15.0)
    """What is on the wire gets so long to settle after SIGTERM; above a request's own 10 s."""
    capacity_seconds: float = _seconds(5.0)
    """Between two looks at nodes and pods for the book of capacity; costs no request."""
    accept_seconds: float = _seconds(30.0)
    """A manifest that is not on record by then is answered "ask again"; it is not forgotten."""
    brake_min: int = attrs.field(default=3, validator=_positive)
    """So many leases may be lost, or closed as unhealthy, within a window in any case."""
    brake_share: float = attrs.field(default=0.05, validator=_positive)
    """Of all leases, where that is more: 32 were once closed because one node lost its network."""
    brake_window_seconds: float = _seconds(600.0)
    """The window; ten minutes tell an outage from ordinary comings and goings."""


@attrs.frozen
class MarketSettings:
    """How the chain's nodes are asked."""

    retry_seconds: float = _seconds(30.0)
    """A node that failed is left alone for so long while others answer."""
    deadline_seconds: float = _seconds(10.0)
    """Of one question; a healthy node answers in tens of milliseconds."""


@attrs.frozen
class Settings:
    """Everything that the daemon is told at start."""

    provider: str
    """This provider's address, bech32 with prefix `akash`."""
    chain_id: str
    """The chain whose answers count."""
    kubernetes_url: str
    """Base URL of the API server."""
    market_urls: tuple[str, ...] = attrs.field(validator=_several)
    """Base URLs of Akash nodes' REST APIs, in the order of preference; each a different node."""
    deployment: DeploymentSettings = DeploymentSettings()
    cluster: ClusterSettings = ClusterSettings()
    market: MarketSettings = MarketSettings()
