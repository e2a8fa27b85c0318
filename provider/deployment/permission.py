"""
Whether a lease may be deployed now: what the market says, what the record says, what is there.

The table is `reconcile/decide.py`. Not knowing leads to asking again, for as long as it takes.
"""

from collections.abc import Awaitable, Callable
from typing import assert_never

import attrs

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.deployment.mark import Loss, read_mark
from provider.deployment.phases import Phase
from provider.deployment.status import Publish
from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.market.standing import Held, Lost, NotKnown, Standing
from provider.reconcile.decide import Action, Chain, NamespaceState, decide

Ask = Callable[[LeaseID, Loss | None], Awaitable[Standing]]
"""Where a lease stands, given a predecessor's mark; may answer from what was just heard."""


@attrs.frozen(kw_only=True)
class Permission:
    """Asked before every deploy of one lease."""

    lease: LeaseID
    record_key: ObjectKey
    store: Store
    held_back: Callable[[], bool]
    """True while an operator's annotation says: hands off."""
    ask: Ask
    lose: Callable[[Loss], None]
    """Ends the scope that waits here."""
    publish: Publish
    alarm: Callable[[str], None]
    """A human has to look; told every time, reports once."""
    wakeup: Wakeup
    """Cuts a pause short: something of the lease changed."""
    backoff: Callable[[], Backoff]

    async def wait(self, *, heed_hold: bool = True) -> None:
        """
        Return once a deploy is allowed, by the operator too if `heed_hold`.

        A proven loss, or a predecessor's mark while the market is silent, is passed to `lose`, whose
        cancel then arrives here.

        Cancellation:
            Nothing is left behind.
        """
        backoff = self.backoff()
        while True:
            record = self.store.get(self.record_key)
            mark = read_mark(record.decode()) if record is not None else None
            standing = await self.ask(self.lease, mark)
            action = _action(standing, mark, self._namespace())
            if action in (Action.DEPLOY, Action.ADOPT):
                if not (heed_hold and self.held_back()):
                    return
                self.publish(event="an operator holds the lease back; nothing is applied")
                await self.wakeup.wait()
                continue
            if action is Action.TEAR_DOWN:
                self.lose(_loss(standing, mark))
            elif action is Action.ALARM:
                self.publish(phase=Phase.DEPLOY_PENDING)
                self.alarm("the market says held, but it was proven closed; touching nothing")
            else:
                self.publish(phase=Phase.DEPLOY_PENDING, event=_waiting_for(action, standing))
            await self.wakeup.wait_at_most(backoff.next_seconds())

    def _namespace(self) -> NamespaceState:
        stored = self.store.get(ObjectKey(NAMESPACE, "", self.lease.namespace))
        if stored is None:
            return NamespaceState.ABSENT
        return NamespaceState.TERMINATING if stored.deleting else NamespaceState.ACTIVE


def _action(standing: Standing, mark: Loss | None, namespace: NamespaceState) -> Action:
    match standing:
        case Held():
            chain = Chain.HELD
        case Lost():
            chain = Chain.LOST
        case NotKnown(alarm=True):
            # The market claims to hold what was proven closed: nothing may follow from that.
            return Action.ALARM
        case NotKnown():
            chain = Chain.UNKNOWN
        case _:
            assert_never(standing)
    return decide(chain, marked=mark is not None, namespace=namespace)


def _loss(standing: Standing, mark: Loss | None) -> Loss:
    if isinstance(standing, Lost):
        return Loss(standing.state, standing.height, standing.endpoint)
    assert mark is not None, "only a proof or a mark leads to a teardown"
    return mark


def _waiting_for(action: Action, standing: Standing) -> str:
    if action is Action.AWAIT_ABSENCE:
        return "the tenant namespace is being deleted by somebody else; waiting for its end"
    why = standing.why if isinstance(standing, NotKnown) else ""
    return f"the market does not say where the lease stands: {why}"
