"""
One node of the chain: what it makes of it, and what it pretends.

A good node tells the newest block. A bad one lags, has stopped, is still catching up, is on another
chain, or lies about leases. All of that is plain fields, to be set at any moment.
"""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import attrs

from simulator.market.chain import Chain, UnknownLeaseError
from simulator.market.leases import (
    NO_REASON,
    OUT_OF_FUNDS,
    OWNER_CLOSED,
    Block,
    DeploymentName,
    DeploymentRecord,
    LeaseName,
    LeaseRecord,
    LeaseState,
)
from simulator.market.transactions import Executed, Outcome
from simulator.wire.messages import Request

BELIEVED_SECONDS = 60.0
"""A node whose newest block is older has stopped."""

_REASONS = {LeaseState.CLOSED: OWNER_CLOSED, LeaseState.INSUFFICIENT_FUNDS: OUT_OF_FUNDS}


@attrs.frozen(kw_only=True)
class Lie:
    """What a node says of leases although it is not so."""

    state: LeaseState | None
    """None for "not found"."""
    lease: LeaseName | None = None
    """None for every lease."""
    height: int | None = None
    """The block that the answer claims to describe; None for the node's own."""

    def about(self, name: LeaseName) -> bool:
        """True when it is this lease that is lied about."""
        return self.lease in (None, name)


Judge: TypeAlias = Callable[[Request], Outcome | None]
"""Says what becomes of a transaction, or None when it has nothing to say."""


@attrs.define(eq=False, kw_only=True)
class Node:
    """What one REST face shows; every field may be changed at any time."""

    chain: Chain
    lag_blocks: int = 0
    """So many blocks behind the newest, for ever."""
    halted_at: int | None = None
    """Height of the last block that it has; None for a node that goes on."""
    catching_up: bool = False
    """What it says of itself; it does not lag for that."""
    chain_id: str = ""
    """What it says it belongs to; "" for the truth."""
    block_age_seconds: float = 0.0
    """So much older than it is its newest block claims to be."""
    forgot: bool = False
    """It has lost its data: it knows the newest block, but no lease and no deployment."""
    lies: list[Lie] = attrs.field(factory=list)
    """The first that is about a lease counts."""
    closings: deque[Outcome] = attrs.field(factory=deque)
    """What becomes of the next transactions sent here, one each; after them all are executed."""
    judges: list[Judge] = attrs.field(factory=list)
    """Asked in their order about each transaction for which `closings` has nothing."""

    def block(self) -> Block:
        """The newest block that it knows."""
        newest = self.chain.block().height
        height = newest - self.lag_blocks
        if self.halted_at is not None:
            height = min(height, self.halted_at)
        found = self.chain.block_at(height)
        return attrs.evolve(found, time=found.time - self.block_age_seconds)

    def told_chain_id(self) -> str:
        """The chain that it says it belongs to."""
        return self.chain_id or self.chain.chain_id

    def is_sound(self, now: float) -> bool:
        """
        Whether it may be believed: in step, on the right chain, its newest block a minute old at most.

        Args:
            now: wall time of who asks; by a wrong clock an old block may be a new one.
        """
        age_seconds = abs(now - self.block().time)
        on_chain = self.chain_id in ("", self.chain.chain_id)
        return on_chain and not self.catching_up and age_seconds < BELIEVED_SECONDS

    def lie(self, name: LeaseName) -> Lie | None:
        """What it pretends about a lease; None for the truth."""
        return next((lie for lie in self.lies if lie.about(name)), None)

    def lease(self, name: LeaseName) -> LeaseRecord:
        """
        One lease, as this node tells it.

        Raises:
            UnknownLeaseError: it has none of that name, or says so.
        """
        lie = self.lie(name)
        if self.forgot:
            raise UnknownLeaseError(f"lease not found: {name}")
        if lie is None:
            return self.chain.lease(name, self.block().height)
        told = self._pretended(self.chain.lease(name), lie)
        if told is None:
            raise UnknownLeaseError(f"lease not found: {name}")
        return told

    def leases(self) -> tuple[LeaseRecord, ...]:
        """Every lease that it tells of, in the order of their names."""
        records = () if self.forgot else self.chain.leases(self.block().height)
        if not self.lies:
            return records
        told = []
        for record in records:
            lie = self.lie(record.name)
            found = record if lie is None else self._pretended(record, lie)
            if found is not None:
                told.append(found)
        return tuple(told)

    def deployment(self, name: DeploymentName) -> DeploymentRecord:
        """
        One deployment.

        Raises:
            UnknownLeaseError: it has none of that name.
        """
        if self.forgot:
            raise UnknownLeaseError(f"deployment not found: {name}")
        return self.chain.deployment(name, self.block().height)

    def deployments(self) -> tuple[DeploymentRecord, ...]:
        """Every deployment that it knows, in the order of their names."""
        return () if self.forgot else self.chain.deployments(self.block().height)

    def outcome(self, request: Request) -> Outcome:
        """What becomes of a transaction that arrives now."""
        if self.closings:
            return self.closings.popleft()
        judged = (judge(request) for judge in self.judges)
        return next((outcome for outcome in judged if outcome is not None), Executed())

    def _pretended(self, record: LeaseRecord, lie: Lie) -> LeaseRecord | None:
        if lie.state is None:
            return None
        if not lie.state.final:
            return attrs.evolve(record, state=lie.state, closed_on=0, reason=NO_REASON)
        closed_on = self.block().height if lie.height is None else lie.height
        return attrs.evolve(
            record, state=lie.state, closed_on=closed_on, reason=_REASONS[lie.state]
        )
