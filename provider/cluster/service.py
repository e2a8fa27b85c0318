"""
Many leases: follows the market, gives every lease its manager, and keeps them until they end.

    process ─┬─ managers      one task a lease
             └─ followers     ended first by a drain
                ├─ admit      starts managers that somebody asked for
                ├─ poll       the market's word about every lease; a poll is the truth
                ├─ audit      what the cluster holds that no manager owns
                ├─ probe      how the endpoints do that are not in use
                └─ inventory  nodes and pods, for the book of capacity
"""

import attrs
import trio

from provider.cluster.audit import is_gone, owned_leases
from provider.cluster.hearing import Hearing
from provider.cluster.intake import RETRY_SECONDS, Intake
from provider.cluster.inventory import Inventory
from provider.cluster.leadership import Leadership
from provider.cluster.recovery import await_turn, learn_api_servers, recover
from provider.cluster.shown import Brake, Obligation, Reason
from provider.cluster.submission import Closing, MarketUnknown, Submission, Transfer
from provider.cluster.survey import CLOSURES, LOSSES, Survey
from provider.concurrency.wakeup import Wakeup
from provider.deployment.manager import DeploymentManager
from provider.deployment.status import DeploymentStatus
from provider.deployment.surroundings import Surroundings
from provider.errors import ProviderError
from provider.kubernetes.kinds import Kind
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, Manifest
from provider.lease.rules import validate
from provider.ledger.brakes import ClosureBrake, Limits, LossBrake
from provider.market.market import EndpointStatus, Market
from provider.market.standing import Held, NotKnown
from provider.settings import ClusterSettings, SettingsError

_PAUSE_EVERY = 500
"""So many traces are looked at before others get their turn."""


class NotAcceptedError(ProviderError):
    """A manifest that comes for a lease which cannot take one."""


@attrs.define(eq=False, kw_only=True)
class ClusterService:
    """The leases of one provider; `run` once."""

    provider: str
    around: Surroundings
    market: Market
    settings: ClusterSettings
    leadership: Leadership
    inventory: Inventory
    watched: tuple[Kind, ...]
    """What the store of the surroundings holds."""
    _managers: dict[LeaseID, DeploymentManager] = attrs.field(factory=dict, init=False)
    _unstarted: list[DeploymentManager] = attrs.field(factory=list, init=False)
    _hearing: Hearing = attrs.field(init=False)
    _intake: Intake = attrs.field(init=False)
    _survey: Survey = attrs.field(init=False)
    _admit_wakeup: Wakeup = attrs.field(factory=Wakeup, init=False)
    _following: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _draining: bool = attrs.field(default=False, init=False)
    _stopped_by: ProviderError | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        settings = self.settings
        limits = Limits(settings.brake_min, settings.brake_share, settings.brake_window_seconds)
        self._hearing = Hearing(
            self.around, self.market, settings, self._managers, LossBrake(limits)
        )
        self._intake = Intake(self._hearing, self._want)
        self._survey = Survey(
            self._hearing,
            self.leadership,
            self.watched,
            self.inventory.outlines,
            ClosureBrake(limits),
        )

    # ── from outside ────────────────────────────────────────────────────────────────────────────

    async def accept(self, lease: LeaseID, manifest: Manifest) -> Submission:
        """A tenant's manifest, checked against the chain; see `Intake.accept`."""
        if (refused := self._refused()) is not None:
            await trio.lowlevel.checkpoint()
            return refused
        return await self._intake.accept(lease, manifest)

    async def transfer(self, hostname: str, lease: LeaseID) -> Transfer:
        """Move a hostname to a lease of the same owner; see `Intake.transfer`."""
        if (refused := self._refused()) is not None:
            await trio.lowlevel.checkpoint()
            return refused
        return await self._intake.transfer(hostname, lease)

    def _refused(self) -> Closing | MarketUnknown | None:
        """Why this daemon takes nothing in at all; `None` when it does."""
        if self._draining:
            return Closing("the daemon is leaving")
        if not self.leadership.held():
            return MarketUnknown(
                f"this daemon does not write: {self.leadership.why}", RETRY_SECONDS
            )
        return None

    def submit(self, lease: LeaseID, manifest: Manifest, group: str) -> None:
        """
        A manifest that is known to fit: the group of that name becomes what should run.

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

    def release_brake(self, name: str) -> bool:
        """An operator's word that what a brake holds up is right; False when there is no such brake."""
        if name == LOSSES:
            self._hearing.release()
        elif name == CLOSURES:
            self._survey.release_closures()
        else:
            return False
        self.around.log.warning("brake released", brake=name)
        return True

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """One status a manager, sorted by lease."""
        return tuple(self._managers[lease].status for lease in sorted(self._managers))

    def readiness(self) -> tuple[Reason, ...]:
        """Why the daemon is not ready; none: it is."""
        leaving = (Reason("leaving", "the daemon is leaving"),) if self._draining else ()
        return leaving + self._survey.readiness()

    def brakes(self) -> tuple[Brake, ...]:
        """Every brake, engaged or not."""
        return self._survey.brakes()

    def may_close(self) -> bool:
        """Whether closings may be sent now; asked in the step before each one."""
        return not self._draining and self._survey.may_close()

    def obligations(self) -> tuple[Obligation, ...]:
        """Leases that must be closed on the market."""
        return self._survey.obligations()

    def endpoints(self) -> tuple[EndpointStatus, ...]:
        """Each endpoint of the market, and how it answered last."""
        return self.market.statuses()

    def manager(self, lease: LeaseID) -> DeploymentManager | None:
        """The task that owns a lease, `None` when there is none."""
        return self._managers.get(lease)

    def drain(self) -> None:
        """Leave the cluster as it is: start nothing new, let what is on the wire settle, end."""
        self._draining = True
        self._following.cancel(reason="drain")
        for manager in self._managers.values():
            manager.drain()

    def stop(self, error: ProviderError) -> None:
        """Drain, since this daemon may not go on; `run` raises the error once that is done."""
        self._stopped_by = error
        self.around.log.error("stopping", why=str(error))
        self.drain()

    # ── the tasks ───────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """
        Serve until drained.

        Raises:
            ProviderError: what `stop` was told, after the drain.

        Cancellation:
            As a killed process: nothing is settled, the next start derives what is owed.
        """
        async with trio.open_nursery() as manager_nursery:
            with self._following:
                async with trio.open_nursery() as follower_nursery:
                    follower_nursery.start_soon(self._admit, manager_nursery, name="admit")
                    follower_nursery.start_soon(self._poll, name="poll market")
                    follower_nursery.start_soon(self._audit, name="audit")
                    follower_nursery.start_soon(self._probe, name="probe market")
                    follower_nursery.start_soon(
                        self.inventory.follow, self.settings.capacity_seconds, name="inventory"
                    )
            manager_nursery.cancel_scope.deadline = (
                trio.current_time() + self.settings.drain_seconds
            )
        if self._stopped_by is not None:
            raise self._stopped_by

    def _want(self, lease: LeaseID) -> DeploymentManager:
        """The lease's manager, made and queued for its start when there is none."""
        manager = self._managers.get(lease)
        if manager is None:
            manager = DeploymentManager(lease, self.around, self._hearing.ask)
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
        # Torn down, or another daemon has seen to that: see `_let_go`.
        if not self._draining:
            del self._managers[manager.lease]
            self._hearing.forget(manager.lease)
            self.around.metrics.managers.set(len(self._managers))

    # ── the market ──────────────────────────────────────────────────────────────────────────────

    async def _poll(self) -> None:
        while True:
            await self._poll_once()
            await trio.sleep(self.settings.poll_seconds)

    async def _poll_once(self) -> None:
        snapshot = await self._hearing.poll()
        if isinstance(snapshot, NotKnown):
            return
        listed: set[DeploymentManager] = set()
        for lease, standing in snapshot.states.items():
            held = isinstance(standing, Held)
            manager = self._want(lease) if held else self._managers.get(lease)
            if manager is not None:
                listed.add(manager)
                # Its own key: of ten thousand equal ones each comparison would count.
                self._hearing.hear(manager.lease, standing)
        missing = [
            manager.lease
            for manager in self._managers.values()
            if manager not in listed and manager.loss is None
        ]
        limiter = trio.CapacityLimiter(self.settings.observe_parallel)
        async with trio.open_nursery() as nursery:
            for lease in missing:
                nursery.start_soon(self._ask_by_name, lease, limiter, name=f"ask for {lease}")
        await self._hearing.confirm()
        if not self.around.ready.is_set():
            self._let_go()

    def _let_go(self) -> None:
        """
        While another daemon writes: end the managers of lost leases of which it has left nothing.

        They have done nothing yet, and nobody tells them that it is done. Not at once: what a
        predecessor had on the wire when it was killed can still land. What is there all the same, the
        audit finds once it is this daemon's turn.
        """
        up_seconds = trio.current_time() - self.around.started_at
        if up_seconds < self.around.settings.unsettled_seconds:
            return
        waiting = self._hearing.brake.waiting
        for lease, manager in self._managers.items():
            if (manager.loss is not None or lease in waiting) and is_gone(self.around.store, lease):
                manager.drain()

    async def _ask_by_name(self, lease: LeaseID, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            self._hearing.hear(lease, await self.market.observe(lease))

    async def _probe(self) -> None:
        while True:
            await self.market.probe()
            await trio.sleep(self.settings.audit_seconds)

    # ── the cluster ─────────────────────────────────────────────────────────────────────────────

    async def _audit(self) -> None:
        """Once this daemon writes: give every lease that the cluster shows a manager, again and again."""
        self.around = await learn_api_servers(self.around)
        for manager in self._managers.values():
            # None of them has rendered anything: the gate is shut.
            manager.around = self.around
        await await_turn(self.around)
        try:
            recovered = await recover(self.around, self.inventory, self.provider)
        except SettingsError as error:
            self.stop(error)
            return
        for lease in recovered.marked:
            self._hearing.brake.note(lease, trio.current_time())
        while True:
            for number, lease in enumerate(owned_leases(self.around.store, self.provider), 1):
                self._want(lease)
                if number % _PAUSE_EVERY == 0:
                    await trio.lowlevel.checkpoint()
            await trio.sleep(self.settings.audit_seconds)
