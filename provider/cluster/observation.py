"""What a look at market and cluster says a daemon would do; values only."""

import attrs

from provider.lease.identity import LeaseID
from provider.ledger.capacity import Capacity
from provider.market.market import EndpointStatus


@attrs.frozen
class Change:
    """One object that would be applied."""

    object: str
    """`Deployment <namespace>/web`."""
    paths: tuple[str, ...]
    """Where it differs; () for one that is not there."""


@attrs.frozen
class Observed:
    """What would become of one lease."""

    lease: LeaseID
    action: str
    """`deploy`, `adopt`, `await absence`, `alarm`, `tear down`, `ask again`; `wait for the brake` or
    `wait for a manifest`."""
    proof: str
    """What that follows from."""
    applied: tuple[Change, ...] = ()
    pruned: tuple[str, ...] = ()
    """Of the tenant namespace: ours and not wanted any more."""
    purged: tuple[str, ...] = ()
    """Declared hostnames and addresses that are not wanted any more."""
    torn_down: tuple[str, ...] = ()
    """What a teardown would delete by name; the Namespace takes everything in it along."""
    closed: str = ""
    """Why the lease would be closed on the market, and since when that is owed."""
    missing: str = ""
    """What there is no room for."""
    refused: str = ""
    """Why what it asks for cannot be done."""
    held_by_operator: bool = False


@attrs.frozen
class Observation:
    """Everything that a daemon would do now."""

    unseen: tuple[str, ...]
    """What could not be looked at; then nothing is said of leases."""
    stopped: str
    """Why a daemon would not go on here; "" when it would."""
    market: str
    """Why the market is not known; "" when it is."""
    endpoints: tuple[EndpointStatus, ...]
    leases: tuple[Observed, ...]
    quarantined: tuple[tuple[str, str], ...]
    """Records that cannot be read, and why."""
    capacity: Capacity

    @property
    def writes(self) -> int:
        """How many objects would be written or deleted."""
        return sum(
            len(o.applied) + len(o.pruned) + len(o.purged) + len(o.torn_down) for o in self.leases
        )
