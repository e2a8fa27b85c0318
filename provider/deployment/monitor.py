"""
Watches one lease's health, also while deploys follow one another.

Everything comes from the shared store: an idle lease costs no request. What the store says counts
only up to its stamp; after that, health is unknown, which is not the same as bad.
"""

from collections.abc import Callable, Iterator

import attrs
import trio

from provider.concurrency.wakeup import Wakeup
from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import DEPLOYMENT, POD, STATEFUL_SET
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.reconcile.health import Health, NodeStates, Verdict, assess, unknown

WATCHED = (DEPLOYMENT, STATEFUL_SET, POD)
"""Kinds whose observation health needs."""
BLIND_LOOK_SECONDS = 5.0
"""Between two looks while the store's view is stale: no event of the lease tells that it is in step again.
Such a look compares three times and decodes nothing; each lease keeps its own beat, so that after an
outage not all are judged in one pass of the scheduler."""


@attrs.frozen(eq=False)
class Monitor:
    """Looks whenever something of the lease changed, and when its sight grows old."""

    lease: LeaseID
    store: Store
    wanted: Callable[[], Group | None]
    """What should run now; `None` before the first manifest was accepted."""
    seen: Callable[[Health, float | None, float], None]
    """Told every look, and the Trio time up to which it is known to hold; `None` for not at all."""
    node_state: NodeStates
    fresh_seconds: float
    look_again_seconds: float
    wakeup: Wakeup = attrs.field(factory=Wakeup, init=False)
    """Set on every change of the lease's objects; others may set it too."""

    async def run(self) -> None:
        """
        Look until cancelled.

        Cancellation:
            Leaves nothing behind; no request was ever sent.
        """
        self.store.subscribe(self.lease.namespace, self.wakeup.set)
        last: Health | None = None
        woken = True
        try:
            while True:
                last = self._look(last, woken)
                self.seen(last, self._as_of(), trio.current_time())
                pause = self.look_again_seconds
                if self._is_stale():
                    pause = min(pause, BLIND_LOOK_SECONDS)
                woken = await self.wakeup.wait_at_most(pause)
        finally:
            self.store.unsubscribe(self.lease.namespace, self.wakeup.set)

    def _look(self, last: Health | None, woken: bool) -> Health:
        group = self.wanted()
        if group is None:
            return unknown("no manifest was accepted yet")
        if self._is_stale():
            return unknown("the API server has not been heard for a while", group)
        if not woken and last is not None and last.verdict is not Verdict.UNKNOWN:
            return last
        return assess(group, self._objects(), self.node_state)

    def _as_of(self) -> float | None:
        """Up to when everything that health is judged by is known."""
        stamps = [self.store.stamp(kind) for kind in WATCHED]
        known = [stamp for stamp in stamps if stamp is not None]
        return min(known) if len(known) == len(stamps) else None

    def _is_stale(self) -> bool:
        as_of = self._as_of()
        return as_of is None or trio.current_time() - as_of > self.fresh_seconds

    def _objects(self) -> Iterator[JSONObject]:
        for kind in WATCHED:
            for stored in self.store.select(kind, self.lease.namespace):
                yield stored.decode()
