"""
The simulated chain: blocks on the world's clock, and leases that change with them.

Heights follow from the clock, so nothing has to tick: a block comes every six seconds, and a
transaction makes the next block at once, with the rhythm going on from there. Every change thus
has a height of its own and is visible to the next question. Nothing here awaits.
"""

from collections.abc import Sequence

import attrs

from simulator.jsontypes import FrozenJSON
from simulator.market.leases import (
    REASONS,
    Block,
    DeploymentName,
    DeploymentRecord,
    LeaseName,
    LeaseRecord,
    LeaseState,
)
from simulator.ports import Clock

BLOCK_SECONDS = 6.0
"""About the pace of the real chain."""

FIRST_HEIGHT = 20_000_000
"""Height at the world's beginning; like the real chain's, it is no small number."""


class ChainError(Exception):
    """A transaction that the chain refuses."""


class UnknownLeaseError(ChainError):
    """No such lease, or no such deployment."""


@attrs.define(eq=False)
class Chain:
    """Leases and deployments by name."""

    clock: Clock
    chain_id: str = "leasekeeper-sim"
    _anchor: Block = attrs.field(init=False)
    """The last block that a transaction made; later ones follow at their pace."""
    _leases: dict[LeaseName, LeaseRecord] = attrs.field(init=False, factory=dict)
    _deployments: dict[DeploymentName, DeploymentRecord] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._anchor = Block(FIRST_HEIGHT, self.clock.now())

    def block(self) -> Block:
        """The newest block."""
        passed = int((self.clock.now() - self._anchor.time) / BLOCK_SECONDS)
        return Block(self._anchor.height + passed, self._anchor.time + passed * BLOCK_SECONDS)

    def lease(self, name: LeaseName) -> LeaseRecord:
        """
        One lease.

        Raises:
            UnknownLeaseError: it was never opened.
        """
        try:
            return self._leases[name]
        except KeyError:
            raise UnknownLeaseError(f"lease not found: {name}") from None

    def leases(self) -> tuple[LeaseRecord, ...]:
        """Every lease, open or not, in the order of their names."""
        return tuple(self._leases[name] for name in sorted(self._leases))

    def deployment(self, name: DeploymentName) -> DeploymentRecord:
        """
        One deployment.

        Raises:
            UnknownLeaseError: it was never created.
        """
        try:
            return self._deployments[name]
        except KeyError:
            raise UnknownLeaseError(f"deployment not found: {name}") from None

    def open(
        self, name: LeaseName, *, manifest_hash: bytes = b"", groups: Sequence[FrozenJSON] = ()
    ) -> LeaseRecord:
        """
        Tenant and provider agree: the lease is active from the next block on.

        Raises:
            ChainError: the lease exists, or its provider is its owner.
        """
        if name in self._leases:
            raise ChainError(f"lease exists: {name}")
        if name.owner == name.provider:
            raise ChainError(f"owner and provider must differ: {name}")
        height = self._next_block()
        deployment = DeploymentName(name.owner, name.dseq)
        if deployment not in self._deployments:
            self._deployments[deployment] = DeploymentRecord(
                name=deployment, hash=manifest_hash, groups=tuple(groups), created_at=height
            )
        return self._change(LeaseRecord(name, LeaseState.ACTIVE, created_at=height))

    def update(self, name: DeploymentName, manifest_hash: bytes) -> DeploymentRecord:
        """
        The tenant announces a new manifest.

        Raises:
            UnknownLeaseError: it was never created.
        """
        found = self.deployment(name)
        self._next_block()
        self._deployments[name] = attrs.evolve(found, hash=manifest_hash)
        return self._deployments[name]

    def close(self, name: LeaseName, *, reason: str = "lease_closed_owner") -> LeaseRecord:
        """
        End a lease for good; the reason decides between `closed` and `insufficient_funds`.

        Raises:
            UnknownLeaseError: it was never opened.
            ChainError: it ended before, or there is no such reason.
        """
        if reason not in REASONS:
            raise ChainError(f"no such reason: {reason}")
        found = self._open_lease(name)
        state = (
            LeaseState.INSUFFICIENT_FUNDS
            if reason == "lease_closed_reason_insufficient_funds"
            else LeaseState.CLOSED
        )
        height = self._next_block()
        return self._change(attrs.evolve(found, state=state, closed_on=height, reason=reason))

    def reclaim(self, name: LeaseName) -> LeaseRecord:
        """
        The provider announces that it wants its capacity back; the lease is held all the same.

        Raises:
            UnknownLeaseError: it was never opened.
            ChainError: it ended before.
        """
        found = self._open_lease(name)
        self._next_block()
        return self._change(attrs.evolve(found, state=LeaseState.RECLAIMING))

    def _open_lease(self, name: LeaseName) -> LeaseRecord:
        found = self.lease(name)
        if found.state.final:
            raise ChainError(f"lease is not active: {name}")
        return found

    def _next_block(self) -> int:
        self._anchor = Block(self.block().height + 1, self.clock.now())
        return self._anchor.height

    def _change(self, record: LeaseRecord) -> LeaseRecord:
        self._leases[record.name] = record
        return record
