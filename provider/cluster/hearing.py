"""
What the market says of each lease, and what follows from it in the same step.

A proven loss ends its lease at once, unless the brake on losses keeps it; what is kept waits for the
same proof from a second endpoint, or for an operator.
"""

from collections.abc import Mapping
from typing import assert_never

import attrs
import trio

from provider.deployment.manager import DeploymentManager
from provider.deployment.mark import Loss
from provider.deployment.surroundings import Surroundings
from provider.lease.identity import LeaseID
from provider.ledger.brakes import LossBrake
from provider.market.market import Market
from provider.market.standing import Held, Lost, NotKnown, Snapshot, Standing
from provider.settings import ClusterSettings

_BRAKED = "lost at block {}, but many leases were lost at once: waiting for a second endpoint or an operator"


@attrs.define(eq=False)
class Hearing:
    """One memory for all leases."""

    around: Surroundings
    market: Market
    settings: ClusterSettings
    managers: Mapping[LeaseID, DeploymentManager]
    """Those that exist now; only they can lose their lease."""
    brake: LossBrake[Lost]
    _heard: dict[LeaseID, tuple[float, Standing]] = attrs.field(factory=dict, init=False)
    _trouble: str = attrs.field(default="the market was not asked yet", init=False)
    _alarmed: set[LeaseID] = attrs.field(factory=set, init=False)

    @property
    def trouble(self) -> str:
        """Why the market is not known; "" when it is."""
        return self._trouble

    async def knows_no(self, lease: LeaseID) -> bool:
        """
        True when the market lists leases now, and not this one.

        Proves nothing about a lease that was ever held; it tells a stranger's question from an outage.
        """
        snapshot = await self.poll()
        return isinstance(snapshot, Snapshot) and lease not in snapshot.states

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
                return self._braked(lease, standing)
        return self.hear(lease, await self.market.observe(lease))

    def hear(self, lease: LeaseID, standing: Standing) -> Standing:
        """Remember, and pass a proven loss on in the same step; what the brake keeps is not known."""
        manager = self.managers.get(lease)
        if manager is None:
            return standing
        self._heard[lease] = trio.current_time(), standing
        if isinstance(standing, NotKnown) and standing.alarm and manager.loss is not None:
            # A manager that still holds its lease tells of it by itself.
            self._alarm(lease, standing.why)
        standing = self._braked(lease, standing)
        if isinstance(standing, Lost):
            _lose(manager, standing)
        return standing

    def _braked(self, lease: LeaseID, standing: Standing) -> Standing:
        manager = self.managers.get(lease)
        if not isinstance(standing, Lost) or manager is None or manager.loss is not None:
            return standing
        owed = manager.status.close_owed
        # What we asked to be closed is no surprise; the other brake has counted it.
        passed = (owed is not None and owed.sent) or self.brake.admit(
            lease, standing, leases=len(self.managers), now=trio.current_time()
        )
        return standing if passed else NotKnown(_BRAKED.format(standing.height))

    def _alarm(self, lease: LeaseID, why: str) -> None:
        """Tell once of a contradiction."""
        if lease not in self._alarmed:
            self._alarmed.add(lease)
            self.around.metrics.alarms.inc()
            self.around.log.error("alarm", lease=str(lease), what=why)

    def forget(self, lease: LeaseID) -> None:
        """Nothing is left of a lost lease."""
        self._heard.pop(lease, None)
        self._alarmed.discard(lease)
        self.brake.withdraw(lease)
        self.market.forget(lease)

    # ── the poll ────────────────────────────────────────────────────────────────────────────────

    async def poll(self) -> Snapshot | NotKnown:
        """
        Ask for all leases at once; those that the answer lacks still have to be asked for by name.

        Cancellation:
            Nothing is left behind.
        """
        snapshot = await self.market.leases()
        if isinstance(snapshot, NotKnown):
            self._trouble = snapshot.why or "the market does not answer"
            self.around.metrics.market_polls.labels("unknown").inc()
            self.around.log.warning("market not known", why=snapshot.why)
            return snapshot
        self._trouble = ""
        self.around.metrics.market_polls.labels("known").inc()
        return snapshot

    async def confirm(self) -> None:
        """Ask for a second word on every loss that the brake keeps."""
        for lease, loss in self.brake.waiting.items():
            manager = self.managers.get(lease)
            if manager is None or manager.loss is not None:
                self.brake.withdraw(lease)
                continue
            said = await self.market.confirm(lease, loss)
            match said:
                case Lost():
                    self.brake.withdraw(lease)
                    _lose(manager, said)
                case NotKnown(why, alarm=True):
                    self._alarm(lease, why)
                case NotKnown() | Held():
                    pass
                case _:
                    assert_never(said)

    def release(self) -> None:
        """An operator's word: the losses that wait are believed."""
        for lease, loss in self.brake.release().items():
            manager = self.managers.get(lease)
            if manager is not None:
                _lose(manager, loss)


def _lose(manager: DeploymentManager, standing: Lost) -> None:
    manager.lose(Loss(standing.state, standing.height, standing.endpoint))
