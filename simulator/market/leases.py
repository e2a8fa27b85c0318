"""
Values of the simulated chain: names of leases, their states, what they were won with.

Written down here although the daemon has its own: two independent sources, so that one mistake
cannot hide in both.
"""

from enum import StrEnum

import attrs

from simulator.jsontypes import FrozenJSON


class LeaseState(StrEnum):
    """States of `akash.market.v1.Lease`, under the names that the REST face uses."""

    ACTIVE = "active"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CLOSED = "closed"
    RECLAIMING = "reclaiming"

    @property
    def final(self) -> bool:
        """True when no later block changes it."""
        return self in (LeaseState.CLOSED, LeaseState.INSUFFICIENT_FUNDS)


class DeploymentState(StrEnum):
    """States of `akash.deployment.v1.Deployment`."""

    ACTIVE = "active"
    CLOSED = "closed"


OWNER_CLOSED = "lease_closed_owner"
OUT_OF_FUNDS = "lease_closed_reason_insufficient_funds"

PROVIDER_REASONS = (
    "lease_closed_reason_unstable",
    "lease_closed_reason_decommission",
    "lease_closed_reason_unspecified",
    "lease_closed_reason_manifest_timeout",
)
"""What a provider may say when it closes; numbers 10000 to 19999 of the enumeration."""

REASONS = (OWNER_CLOSED, *PROVIDER_REASONS, OUT_OF_FUNDS)
"""Why a lease was closed; `lease_closed_invalid` stands for a lease that was not."""

NO_REASON = "lease_closed_invalid"


@attrs.frozen(order=True)
class LeaseName:
    """`owner/dseq/gseq/oseq/provider`."""

    owner: str
    dseq: int
    gseq: int
    oseq: int
    provider: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.dseq}/{self.gseq}/{self.oseq}/{self.provider}"

    @property
    def deployment(self) -> "DeploymentName":
        """The deployment that it belongs to."""
        return DeploymentName(self.owner, self.dseq)


@attrs.frozen(order=True)
class DeploymentName:
    """`owner/dseq`."""

    owner: str
    dseq: int

    def __str__(self) -> str:
        return f"{self.owner}/{self.dseq}"


@attrs.frozen
class LeaseRecord:
    """A lease as one block has it."""

    name: LeaseName
    state: LeaseState
    created_at: int
    """Height."""
    closed_on: int = 0
    """Height of the closing, 0 while open."""
    reason: str = NO_REASON


@attrs.frozen
class DeploymentRecord:
    """What the tenant has on the chain, and what a provider checks a manifest against."""

    name: DeploymentName
    hash: bytes
    """Version hash of the newest manifest."""
    groups: tuple[FrozenJSON, ...]
    """Group specs as tenants send them, in the order of their gseq."""
    created_at: int
    """Height."""
    state: DeploymentState = DeploymentState.ACTIVE
    funds: int = 0
    """What its escrow account holds, in uakt; a figure, nothing is ever taken from it."""


@attrs.frozen
class Block:
    """One block."""

    height: int
    time: float
    """Seconds since 1970-01-01 UTC."""


@attrs.frozen
class Past:
    """What the blocks of a chain have seen."""

    blocks: tuple[Block, ...]
    """Those that transactions made, the oldest first; at least the first of all."""
    leases: tuple[tuple[tuple[int, LeaseRecord], ...], ...]
    """The states of each lease, with the heights from which they held."""
    deployments: tuple[tuple[tuple[int, DeploymentRecord], ...], ...]
    """The same of each deployment."""
