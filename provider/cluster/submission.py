"""What became of a manifest or of a hostname's transfer, as values for whoever asked."""

from typing import TypeAlias

import attrs

from provider.lease.identity import LeaseID


@attrs.frozen
class Accepted:
    """The record of the lease holds the manifest: from here on it survives a crash."""

    generation: int
    """`metadata.generation` of the record."""
    new: bool
    """False when the record held the same manifest already."""


@attrs.frozen
class Closing:
    """The lease is over, or the daemon leaves; nothing new is taken for it."""

    why: str


@attrs.frozen
class Rejected:
    """It breaks a rule; nothing was changed."""

    path: str
    """Where, e.g. `[0].services[1].image`."""
    rule: str


@attrs.frozen
class MarketUnknown:
    """Nobody can say now whether it may be taken; ask again."""

    why: str
    retry_after_seconds: float


@attrs.frozen
class NoLease:
    """No lease of this provider that anybody knows of."""

    why: str


@attrs.frozen
class Transferred:
    """The hostname belongs to the lease now; its route follows."""

    hostname: str
    lease: LeaseID


Submission: TypeAlias = Accepted | Closing | Rejected | MarketUnknown | NoLease
Transfer: TypeAlias = Transferred | Closing | Rejected | MarketUnknown | NoLease
