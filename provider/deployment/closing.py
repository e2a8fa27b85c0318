"""
Closing a lease on the market, once it was observed unhealthy for the whole budget of its cause.

    budget spent ─▶ noted on the record ─▶ brake, market and health asked ─▶ noted as sent ─▶ sent
                    │ healthy again, or a newer manifest: lapses             └─▶ the market says closed

The note is the obligation: it outlives a crash, and the brake counts it. From the moment that a
transaction may be under way only the market's word ends it. Nothing is closed on what is not known,
never two transactions are sent at once, and an operator's hold or a drain keeps all of it back.
"""

from collections.abc import Callable
from functools import partial
from typing import assert_never

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.deployment.lease_view import LeaseView
from provider.deployment.notes import put_note
from provider.deployment.owed import owed_note
from provider.deployment.permission import Ask
from provider.deployment.settling import Settling
from provider.deployment.status import CloseOwed
from provider.deployment.surroundings import Surroundings
from provider.deployment.vitals import Vitals
from provider.market.closing import (
    UNSTABLE,
    CloseOutcome,
    CloseRefused,
    CloseUnknown,
    NoCloser,
    Sent,
)
from provider.market.standing import Held
from provider.reconcile.execute import Executor
from provider.reconcile.health import Verdict
from provider.workload import labels

RESEND_SECONDS = 120.0
"""So long a transaction is given to show in the market; well above a block, a mempool's patience."""
RETRY_CAP_SECONDS = 900.0
"""Longest pause between two attempts that the market refused."""


@attrs.define(eq=False, kw_only=True)
class Closing:
    """One lease's; `run` until the lease is lost."""

    around: Surroundings
    view: LeaseView
    executor: Executor
    settling: Settling
    vitals: Vitals
    ask: Ask
    report: Callable[[str], None]
    newer_comes: Callable[[], bool]
    """True while a manifest of the tenant is on its way to the record: it may mend what is wrong."""
    wakeup: Wakeup = attrs.field(factory=Wakeup, init=False)
    """Set at each look at the lease's health, and on every change of its objects."""
    _backoff: Backoff = attrs.field(init=False)
    _not_before: float = attrs.field(default=0.0, init=False)
    """Trio time before which nothing is sent: an earlier attempt may still show."""
    _renewals: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._backoff = Backoff(
            self.around.rng, self.around.settings.retry_base_seconds, RETRY_CAP_SECONDS
        )

    @property
    def owed(self) -> CloseOwed | None:
        """What the record says, as far as the store shows it."""
        return self.view.record.owed()

    async def run(self) -> None:
        """
        Note, lapse and carry out, until cancelled.

        Cancellation:
            A transaction on the wire goes on to its answer in the settling nursery.
        """
        if (owed := self.owed) is not None and owed.sent:
            # By an earlier process, and perhaps a moment ago.
            self._not_before = trio.current_time() + RESEND_SECONDS
        store, place = self.around.store, self.view.lease.namespace
        store.subscribe(place, self.wakeup.set)
        try:
            while True:
                await self._once()
        finally:
            store.unsubscribe(place, self.wakeup.set)

    async def _once(self) -> None:
        owed = self.owed
        if self.view.is_held_back():
            await self.wakeup.wait()
        elif owed is None:
            await self._note_if_spent()
        elif self._is_over(owed):
            await self._lapse(owed)
        elif why := self._hindrance():
            self.report(f"the lease is to be closed ({owed.cause}): {why}")
            await self.wakeup.wait_at_most(self.around.settings.look_again_seconds)
        else:
            await self._pursue(owed)

    async def _note_if_spent(self) -> None:
        cause = self.vitals.spent
        if cause is None:
            await self.wakeup.wait()
            return
        self.around.metrics.health.labels("failed").inc()
        self._renewals = self.vitals.renewals
        await self._note(CloseOwed(cause.value, self.around.wall.now()))

    def _is_over(self, owed: CloseOwed) -> bool:
        """True when there is no reason any more: healthy again, or something else runs."""
        renewed = self.vitals.renewals != self._renewals
        return renewed or self.vitals.has_recovered(owed.cause)

    async def _lapse(self, owed: CloseOwed) -> None:
        """At once if nothing was sent; else when what was sent had its time, and the lease is held."""
        if owed.sent:
            if (wait := self._not_before - trio.current_time()) > 0:
                await self.wakeup.wait_at_most(wait)
                return
            if not isinstance(await self.ask(self.view.lease, None), Held):
                await trio.sleep(self._backoff.next_seconds())
                return
        if self.owed == owed and self._is_over(owed):
            self.around.log.info("closing lapsed", lease=str(self.view.lease), cause=owed.cause)
            await self._note(None)

    def _hindrance(self) -> str:
        """Why nothing may be sent now; "" when it may. One step: nothing comes between it and a send."""
        if isinstance(self.around.closer, NoCloser):
            return self.around.closer.note
        if self.view.is_held_back():
            return "an operator holds the lease back"
        if self.newer_comes():
            return "a newer manifest is on its way to the record"
        if self.vitals.verdict is not Verdict.UNHEALTHY:
            return "waiting for what can be seen of it"
        if not self.around.may_close():
            return "too many at once; waiting for the operator"
        if not self.around.writable.held():
            return "another daemon may be the one that acts"
        if trio.current_time() < self._not_before:
            return "sent; waiting for the market to say so"
        return ""

    async def _pursue(self, owed: CloseOwed) -> None:
        """Ask the market first, look again, then send; each time that this comes round."""
        standing = await self.ask(self.view.lease, None)
        if not isinstance(standing, Held):
            # Lost ends the scope we are in; what is not known is asked again.
            await trio.sleep(self._backoff.next_seconds())
        elif self.owed != owed or self._is_over(owed) or self._hindrance():
            return
        elif not owed.sent:
            await self._note(attrs.evolve(owed, sent=True))
        else:
            # In this step, without a checkpoint since the look.
            self._not_before = trio.current_time() + RESEND_SECONDS
            close = partial(self.around.closer.close, self.view.lease, UNSTABLE)
            outcome = await self.settling.carry_out(close, f"close {self.view.lease}")
            await self._heed(owed, outcome)

    async def _heed(self, owed: CloseOwed, outcome: CloseOutcome) -> None:
        closures = self.around.metrics.closures
        match outcome:
            case Sent():
                closures.labels("done").inc()
                self.report(f"closing was sent ({owed.cause})")
                self._backoff.reset()
            case CloseUnknown(why, sent=True):
                closures.labels("unknown").inc()
                self.report(f"no answer to closing: {why}")
            case CloseRefused(why) | CloseUnknown(why):
                refused = isinstance(outcome, CloseRefused)
                closures.labels("refused" if refused else "unknown").inc()
                self.report(f"closing was {'refused' if refused else 'not sent'}: {why}")
                # Certainly without effect: it may still lapse.
                self._not_before = trio.current_time() + self._backoff.next_seconds()
                await self._note(attrs.evolve(owed, sent=False))
            case _:
                assert_never(outcome)

    async def _note(self, owed: CloseOwed | None) -> None:
        await put_note(
            self.executor,
            self.view.record.key,
            labels.CLOSE_OWED,
            owed_note(owed) if owed is not None else None,
            ours=self.view.is_ours,
        )
        if self.owed != owed:
            # There is no record of ours to note it on: it is being written again.
            await self.wakeup.wait_at_most(self.around.settings.look_again_seconds)
