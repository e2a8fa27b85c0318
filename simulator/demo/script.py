"""
The tour as data: what happens, in which order, to whom, and for how long.

Times are seconds of the world; at real pace that is what one waits, so all of them together, with
what the cluster itself needs, stay below three minutes.
"""

from typing import TypeAlias

import attrs

from simulator.demo.tenants import Cast, Tenant


@attrs.frozen
class Win:
    """Leases are won and their manifests sent; until every pod runs."""

    tenants: tuple[Tenant, ...]
    within_seconds: float


@attrs.frozen
class Update:
    """One tenant sends a manifest with another image for one service; until that runs."""

    tenant: Tenant
    service: str
    old_image: str
    new_image: str
    within_seconds: float


@attrs.frozen
class Outage:
    """The API server is gone, then back."""

    seconds: float


@attrs.frozen
class Restart:
    """The daemon is killed and started again, and listened to."""

    listen_seconds: float


@attrs.frozen
class CutShort:
    """A lease is won while the API server is slow, and closed in the middle of its deploy."""

    tenant: Tenant
    whole: Tenant
    """Another tenant of the same definition, deployed whole."""
    slow: str
    """Resource whose writes for this lease take long."""
    delay_seconds: float
    """How long each of them takes."""
    within_seconds: float


@attrs.frozen
class CloseAll:
    """The tenants close their leases, one after another; until nothing is left of any."""

    tenants: tuple[Tenant, ...]
    pause_seconds: float
    within_seconds: float


Step: TypeAlias = Win | Update | Outage | Restart | CutShort | CloseAll


def script(cast: Cast, patience: float = 1.0) -> tuple[Step, ...]:
    """
    Everything that happens, in its order.

    Args:
        cast: who rents.
        patience: stretches what is waited for; a real cluster has images to pull.
    """
    win, cut, end = 60.0 * patience, 60.0 * patience, 180.0 * patience
    return (
        Win(cast.first, within_seconds=win),
        Update(
            cast.several_services,
            service="caddy",
            old_image="caddy:2-alpine",
            new_image="caddy:2.10-alpine",
            within_seconds=win,
        ),
        Outage(seconds=15.0),
        Restart(listen_seconds=60.0),
        CutShort(
            cast.latecomer,
            whole=cast.several_services,
            slow="statefulsets",
            delay_seconds=6.0,
            within_seconds=cut,
        ),
        CloseAll(cast.first, pause_seconds=4.0, within_seconds=end),
    )
