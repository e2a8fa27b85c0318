"""
The simulated chain: blocks on the world's clock, and leases that change with them.

Heights follow from the clock, so nothing has to tick: a block comes every six seconds, and a
transaction makes the next block at once, with the rhythm going on from there. Every change thus
has a height of its own and is visible to the next question. A transaction may also wait for a later
block; it is carried out by the first question or transaction after that. Nothing here awaits.
"""

import bisect
import heapq
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from simulator.jsontypes import FrozenJSON
from simulator.market.history import History
from simulator.market.leases import (
    OUT_OF_FUNDS,
    OWNER_CLOSED,
    REASONS,
    Block,
    DeploymentName,
    DeploymentRecord,
    DeploymentState,
    LeaseName,
    LeaseRecord,
    LeaseState,
    Past,
)
from simulator.ports import Clock

BLOCK_SECONDS = 6.0
"""About the pace of the real chain."""

FIRST_HEIGHT = 20_000_000
"""Height at the world's beginning; like the real chain's, it is no small number."""

FUNDS = 5_000_000
"""uakt in the escrow of a deployment that does not say; upstream's smallest deposit was 5 AKT."""


class ChainError(Exception):
    """A transaction that the chain refuses."""


class UnknownLeaseError(ChainError):
    """No such lease, or no such deployment."""


Later: TypeAlias = Callable[[int], None]
"""What a waiting transaction does once its block is there; gets its height."""


@attrs.define(eq=False)
class Chain:
    """Leases and deployments by name; what is asked for without a height is the newest block's."""

    clock: Clock
    chain_id: str = "akashnet-2"
    """As mainnet calls itself, so that a daemon with its default settings believes what it hears."""
    _anchors: list[Block] = attrs.field(init=False)
    """Blocks that transactions made, the oldest first; between them others follow at their pace."""
    _leases: History[LeaseName, LeaseRecord] = attrs.field(init=False, factory=History)
    _deployments: History[DeploymentName, DeploymentRecord] = attrs.field(
        init=False, factory=History
    )
    _sorted: list[LeaseName] = attrs.field(init=False, factory=list)
    _waiting: list[tuple[int, int, Later]] = attrs.field(init=False, factory=list)
    """A heap: height, order of arrival, what is to be done."""
    _arrivals: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._anchors = [Block(FIRST_HEIGHT, self.clock.now())]

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def block(self) -> Block:
        """The newest block."""
        newest = self._newest()
        self._carry_out(newest.height)
        return newest

    def block_at(self, height: int) -> Block:
        """A block that is there already; the first one for any height below it."""
        at = bisect.bisect_right(self._anchors, height, key=lambda block: block.height)
        anchor = self._anchors[max(at - 1, 0)]
        passed = max(height - anchor.height, 0)
        return Block(anchor.height + passed, anchor.time + passed * BLOCK_SECONDS)

    def lease(self, name: LeaseName, height: int | None = None) -> LeaseRecord:
        """
        One lease.

        Raises:
            UnknownLeaseError: it was not opened up to that height.
        """
        found = self._leases.at(name, self._height(height))
        if found is None:
            raise UnknownLeaseError(f"lease not found: {name}")
        return found

    def leases(self, height: int | None = None) -> tuple[LeaseRecord, ...]:
        """Every lease, open or not, in the order of their names."""
        at = self._height(height)
        found = (self._leases.at(name, at) for name in self._sorted)
        return tuple(record for record in found if record is not None)

    def changes(self, name: LeaseName) -> tuple[tuple[float, LeaseRecord], ...]:
        """
        What became of a lease, each with the time of its block; () for one that was never opened.

        Asks no clock: it can be read when the world is over.
        """
        states = self._leases.states(name) if name in self._sorted else ()
        return tuple((self.block_at(height).time, record) for height, record in states)

    def deployment(self, name: DeploymentName, height: int | None = None) -> DeploymentRecord:
        """
        One deployment.

        Raises:
            UnknownLeaseError: it was not created up to that height.
        """
        found = self._deployments.at(name, self._height(height))
        if found is None:
            raise UnknownLeaseError(f"deployment not found: {name}")
        return found

    def deployments(self, height: int | None = None) -> tuple[DeploymentRecord, ...]:
        """Every deployment, open or not, in the order of their names."""
        at = self._height(height)
        found = (self._deployments.at(name, at) for name in sorted(self._deployments))
        return tuple(record for record in found if record is not None)

    # ── transactions ────────────────────────────────────────────────────────────────────────────

    def open(
        self,
        name: LeaseName,
        *,
        manifest_hash: bytes = b"",
        groups: Sequence[FrozenJSON] = (),
        funds: int = FUNDS,
    ) -> LeaseRecord:
        """
        Tenant and provider agree: the lease is active from the next block on.

        Args:
            name: of a lease that never was.
            manifest_hash: version hash of the tenant's manifest, if its deployment is new.
            groups: its group specs as `provider sdl groups` prints them, likewise.
            funds: what its escrow account holds, in uakt, likewise.

        Raises:
            ChainError: the lease exists, its provider is its owner, or its deployment is closed.
        """
        now = self._height()
        if self._leases.at(name, now) is not None:
            raise ChainError(f"lease exists: {name}")
        if name.owner == name.provider:
            raise ChainError(f"owner and provider must differ: {name}")
        is_new = self._deployments.at(name.deployment, now) is None
        if not is_new:
            self._open_deployment(name.deployment)
        height = self.next_block()
        if is_new:
            self._put(
                DeploymentRecord(
                    name.deployment, manifest_hash, tuple(groups), created_at=height, funds=funds
                ),
                height,
            )
        bisect.insort(self._sorted, name)
        return self._change(LeaseRecord(name, LeaseState.ACTIVE, created_at=height), height)

    def update(
        self,
        name: DeploymentName,
        manifest_hash: bytes,
        *,
        groups: Sequence[FrozenJSON] | None = None,
    ) -> DeploymentRecord:
        """
        The tenant announces a new manifest.

        The real chain keeps the groups of a deployment for ever; `groups` is for those who set a
        scene and know its groups only now.

        Raises:
            UnknownLeaseError: it was never created.
            ChainError: it is closed.
        """
        found = self._open_deployment(name)
        height = self.next_block()
        changed = attrs.evolve(found, hash=manifest_hash)
        if groups is not None:
            changed = attrs.evolve(changed, groups=tuple(groups))
        return self._put(changed, height)

    def close(self, name: LeaseName, *, reason: str = OWNER_CLOSED) -> LeaseRecord:
        """
        End a lease for good; the reason decides between `closed` and `insufficient_funds`.

        Raises:
            UnknownLeaseError: it was never opened.
            ChainError: it ended before, or there is no such reason.
        """
        self.check_close(name, reason)
        return self.close_in(self.next_block(), name, reason)

    def check_close(self, name: LeaseName, reason: str) -> None:
        """
        Look whether a lease could be closed now.

        Raises:
            UnknownLeaseError: it was never opened.
            ChainError: it ended before, or there is no such reason.
        """
        if reason not in REASONS:
            raise ChainError(f"no such reason: {reason}")
        self._open_lease(name)

    def close_in(self, height: int, name: LeaseName, reason: str) -> LeaseRecord:
        """
        Close a lease in a block that is being made; for transactions that waited for it.

        Raises:
            ChainError: it ended before.
        """
        # Whatever waited for this very block came before.
        found = self._open_lease(name, height)
        state = LeaseState.INSUFFICIENT_FUNDS if reason == OUT_OF_FUNDS else LeaseState.CLOSED
        return self._change(
            attrs.evolve(found, state=state, closed_on=height, reason=reason), height
        )

    def close_deployment(self, name: DeploymentName) -> DeploymentRecord:
        """
        The owner ends a deployment, and with it every lease that is left of it.

        Raises:
            UnknownLeaseError: it was never created.
            ChainError: it ended before.
        """
        found = self._open_deployment(name)
        height = self.next_block()
        for record in self.leases(height):
            if record.name.deployment == name and not record.state.final:
                self.close_in(height, record.name, OWNER_CLOSED)
        return self._put(attrs.evolve(found, state=DeploymentState.CLOSED, funds=0), height)

    def reclaim(self, name: LeaseName) -> LeaseRecord:
        """
        The provider announces that it wants its capacity back; the lease is held all the same.

        Raises:
            UnknownLeaseError: it was never opened.
            ChainError: it ended before.
        """
        self._open_lease(name)
        height = self.next_block()
        return self._change(
            attrs.evolve(self._open_lease(name, height), state=LeaseState.RECLAIMING), height
        )

    def next_block(self) -> int:
        """Make a block for a transaction; returns its height."""
        self._anchors.append(Block(self.block().height + 1, self.clock.now()))
        return self.block().height

    def later(self, blocks: int, do: Later) -> int:
        """
        Let a transaction wait in the mempool.

        Returns:
            The height of the block it will be in, `blocks` above the newest.
        """
        due = self._height() + blocks
        self._arrivals += 1
        heapq.heappush(self._waiting, (due, self._arrivals, do))
        return due

    # ── the whole of it ─────────────────────────────────────────────────────────────────────────

    def past(self) -> Past:
        """All that its blocks have seen; what waits for a later one is not in it."""
        self.block()
        return Past(
            tuple(self._anchors),
            tuple(self._leases.states(name) for name in self._sorted),
            tuple(self._deployments.states(name) for name in sorted(self._deployments)),
        )

    def take_over(self, past: Past) -> None:
        """Let a chain on which nothing has happened have the past of another one."""
        self._anchors = list(past.blocks)
        for lease_states in past.leases:
            for height, lease in lease_states:
                self._change(lease, height)
        for deployment_states in past.deployments:
            for height, deployment in deployment_states:
                self._put(deployment, height)
        self._sorted = sorted(self._leases)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def _newest(self) -> Block:
        anchor = self._anchors[-1]
        passed = int((self.clock.now() - anchor.time) / BLOCK_SECONDS)
        return Block(anchor.height + passed, anchor.time + passed * BLOCK_SECONDS)

    def _height(self, height: int | None = None) -> int:
        return self.block().height if height is None else height

    def _carry_out(self, height: int) -> None:
        while self._waiting and self._waiting[0][0] <= height:
            due, _arrival, do = heapq.heappop(self._waiting)
            do(due)

    def _open_lease(self, name: LeaseName, height: int | None = None) -> LeaseRecord:
        found = self.lease(name, height)
        if found.state.final:
            raise ChainError(f"lease is not active: {name}")
        return found

    def _open_deployment(self, name: DeploymentName) -> DeploymentRecord:
        found = self.deployment(name)
        if found.state is DeploymentState.CLOSED:
            raise ChainError(f"deployment closed: {name}")
        return found

    def _change(self, record: LeaseRecord, height: int) -> LeaseRecord:
        return self._leases.put(record.name, height, record)

    def _put(self, record: DeploymentRecord, height: int) -> DeploymentRecord:
        return self._deployments.put(record.name, height, record)
