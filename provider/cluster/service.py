"""
Many leases: follows the market, gives every lease its manager, and keeps them until they end.

    process ─┬─ managers      one task a lease
             └─ followers     ended first by a drain
                ├─ admit      starts managers that somebody asked for
                ├─ poll       the market's word about every lease; a poll is the truth
                └─ audit      what the cluster holds that no manager owns
"""

import attrs
import trio

from provider.cluster.audit import owned_leases
from provider.cluster.recovery import recover
from provider.concurrency.wakeup import Wakeup
from provider.deployment.manager import DeploymentManager
from provider.deployment.mark import Loss
from provider.deployment.status import DeploymentStatus
from provider.deployment.surroundings import Surroundings
from provider.errors import ProviderError
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, Manifest
from provider.lease.rules import validate
from provider.market.market import Market
from provider.market.standing import Held, Lost, NotKnown, Standing
from provider.settings import ClusterSettings


class NotAcceptedError(ProviderError):
    """A manifest that comes for a lease which cannot take one."""


@attrs.define(eq=False)
class ClusterService:
    """The leases of one provider; `run` once."""

    provider: str
    around: Surroundings
    market: Market
    settings: ClusterSettings
    _managers: dict[LeaseID, DeploymentManager] = attrs.field(factory=dict, init=False)
    _unstarted: list[DeploymentManager] = attrs.field(factory=list, init=False)
    _heard: dict[LeaseID, tuple[float, Standing]] = attrs.field(factory=dict, init=False)
    _admit_wakeup: Wakeup = attrs.field(factory=Wakeup, init=False)
    _following: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _draining: bool = attrs.field(default=False, init=False)

    # ── from outside ────────────────────────────────────────────────────────────────────────────

    def submit(self, lease: LeaseID, manifest: Manifest, group: str) -> None:
        """
        A tenant's manifest for a lease: the group of that name becomes what should run.

        Raises:
            ManifestError: it breaks a rule.
            NotAcceptedError: another provider's lease, no such group, a lost lease, or a drain.
        """
        validate(manifest)
        if lease.provider != self.provider:
            raise NotAcceptedError(f"{lease} is a lease of another provider")
        wanted = next((g for g in manifest if g.name == group), None)
        if wanted is None:
            raise NotAcceptedError(f"the manifest has no group {group!r}")
        self._submit_group(lease, wanted)

    def _submit_group(self, lease: LeaseID, wanted: Group) -> None:
        if self._draining:
            raise NotAcceptedError("the daemon is leaving")
        manager = self._want(lease)
        if manager.loss is not None:
            raise NotAcceptedError(f"{lease} is {manager.loss.reason}")
        manager.submit(wanted)

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """One status a manager, sorted by lease."""
        return tuple(self._managers[lease].status for lease in sorted(self._managers))

    def manager(self, lease: LeaseID) -> DeploymentManager | None:
        """The task that owns a lease, `None` when there is none."""
        return self._managers.get(lease)

    def drain(self) -> None:
        """Leave the cluster as it is: start nothing new, let what is on the wire settle, end."""
        self._draining = True
        self._following.cancel(reason="drain")
        for manager in self._managers.values():
            manager.drain()

    # ── the tasks ───────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """
        Serve until drained.

        Cancellation:
            As a killed process: nothing is settled, the next start derives what is owed.
        """
        async with trio.open_nursery() as manager_nursery:
            with self._following:
                async with trio.open_nursery() as follower_nursery:
                    follower_nursery.start_soon(self._admit, manager_nursery, name="admit")
                    follower_nursery.start_soon(self._poll, name="poll market")
                    follower_nursery.start_soon(self._audit, name="audit")
            manager_nursery.cancel_scope.deadline = (
                trio.current_time() + self.settings.drain_seconds
            )

    def _want(self, lease: LeaseID) -> DeploymentManager:
        """The lease's manager, made and queued for its start when there is none."""
        manager = self._managers.get(lease)
        if manager is None:
            manager = DeploymentManager(lease, self.around, self.ask)
            self._managers[lease] = manager
            self._unstarted.append(manager)
            self._admit_wakeup.set()
            self.around.metrics.managers.set(len(self._managers))
        return manager

    async def _admit(self, manager_nursery: trio.Nursery) -> None:
        while True:
            await self._admit_wakeup.wait()
            while self._unstarted:
                manager = self._unstarted.pop(0)
                manager_nursery.start_soon(self._manage, manager, name=f"manager {manager.lease}")

    async def _manage(self, manager: DeploymentManager) -> None:
        await manager.run()
        if manager.loss is not None and not self._draining:
            del self._managers[manager.lease]
            self._heard.pop(manager.lease, None)
            self.market.forget(manager.lease)
            self.around.metrics.managers.set(len(self._managers))

    # ── the market ──────────────────────────────────────────────────────────────────────────────

    async def ask(self, lease: LeaseID, mark: Loss | None) -> Standing:
        """
        Where a lease stands: what was heard a moment ago, else asked by name.

        Args:
            lease: which.
            mark: the loss that a predecessor has put on its record; closed is final, so a later
                "active" is a lie, and an earlier one a node that lags.

        Cancellation:
            Nothing is left behind.
        """
        if mark is not None:
            self.market.note_closed(lease, mark.height)
        heard = self._heard.get(lease)
        if heard is not None and mark is None:
            at, standing = heard
            fresh = trio.current_time() - at <= self.settings.held_fresh_seconds
            if isinstance(standing, Lost) or (isinstance(standing, Held) and fresh):
                await trio.lowlevel.checkpoint()
                return standing
        return self._hear(lease, await self.market.observe(lease))

    def _hear(self, lease: LeaseID, standing: Standing) -> Standing:
        """Remember, and pass a proven loss on in the same step."""
        manager = self._managers.get(lease)
        if manager is not None:
            self._heard[lease] = (trio.current_time(), standing)
            if isinstance(standing, Lost):
                manager.lose(Loss(standing.state, standing.height, standing.endpoint))
        return standing

    async def _poll(self) -> None:
        while True:
            await self._poll_once()
            await trio.sleep(self.settings.poll_seconds)

    async def _poll_once(self) -> None:
        snapshot = await self.market.leases()
        if isinstance(snapshot, NotKnown):
            self.around.metrics.market_polls.labels("unknown").inc()
            self.around.log.warning("market not known", why=snapshot.why)
            return
        self.around.metrics.market_polls.labels("known").inc()
        for lease in sorted(snapshot.states):
            standing = snapshot.states[lease]
            if isinstance(standing, Held):
                self._want(lease)
            self._hear(lease, standing)
        missing = [lease for lease in sorted(self._managers) if lease not in snapshot.states]
        limiter = trio.CapacityLimiter(self.settings.observe_parallel)
        async with trio.open_nursery() as nursery:
            for lease in missing:
                if self._managers[lease].loss is None:
                    nursery.start_soon(self._ask_by_name, lease, limiter, name=f"ask for {lease}")

    async def _ask_by_name(self, lease: LeaseID, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            self._hear(lease, await self.market.observe(lease))

    # ── the cluster ─────────────────────────────────────────────────────────────────────────────

    async def _audit(self) -> None:
        """Give every lease that the cluster shows a manager, now and again; never writes."""
        await recover(self.around)
        while True:
            for lease in owned_leases(self.around.store, self.provider):
                self._want(lease)
            await trio.sleep(self.settings.audit_seconds)
