"""Whether the Go provider's hostname operator is at work beside us: two that write routes undo each other."""

from collections.abc import Iterable
from datetime import datetime

from provider.jsontypes import FrozenJSON
from provider.reconcile.ownership import GO_PROVIDER, managed_fields

RECENT_SECONDS = 3600.0
"""The operator writes each of its routes again whenever it restarts or its list is renewed."""


def operator_at_work(ingresses: Iterable[FrozenJSON], now: float) -> str:
    """
    Why a start with `routes = "daemon"` must not go on; "" when it may.

    Args:
        ingresses: of leases, as observed.
        now: wall time, seconds since 1970-01-01 UTC.
    """
    for ingress in ingresses:
        for entry in managed_fields(ingress):
            if entry.get("manager") == GO_PROVIDER and _age(entry, now) < RECENT_SECONDS:
                metadata = ingress["metadata"]
                return (
                    f"the hostname operator wrote Ingress {metadata.get('namespace')}/"
                    f'{metadata["name"]} within the last hour: stop it, or set routes = "operator"'
                )
    return ""


def _age(entry: FrozenJSON, now: float) -> float:
    """Seconds since an entry was written; an entry without a time that can be read is old."""
    try:
        return now - datetime.fromisoformat(entry["time"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return float("inf")
