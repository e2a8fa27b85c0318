"""
Where a lease stands, as far as the market has proven it.

A lease is held, lost or *not known*; the third case is never folded into one of the others: callers
`match` and finish with `assert_never`.
"""

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from provider.lease.identity import LeaseID


@attrs.frozen
class Held:
    """The tenant pays: the lease is `active` or `reclaiming`."""

    height: int | None
    """Block that the answer describes; None when it did not say."""
    state: str = "active"


@attrs.frozen
class Lost:
    """The lease ended, and it is proven; no later answer changes it."""

    height: int
    """Block that the answer describes."""
    state: str
    """`closed` or `insufficient_funds`."""
    endpoint: str
    """Who said so."""
    reason: str = ""
    """The chain's own word for why, for instance `lease_closed_owner`; "" when it gave none."""


@attrs.frozen
class NotKnown:
    """No usable answer: proves nothing, ask again."""

    why: str
    alarm: bool = False
    """True when the endpoint contradicts what was proven before: a human should look."""


Standing: TypeAlias = Held | Lost | NotKnown


@attrs.frozen
class Snapshot:
    """This provider's leases, from one endpoint at about one moment."""

    height: int | None
    """The lowest block that a page described; None when a page did not say."""
    states: Mapping[LeaseID, Standing]
    """Every lease that the list shows as held; one that was proven lost before is not known."""
