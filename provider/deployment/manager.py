"""
The one task that owns one lease, and the only writer of its objects.

    settling nursery          writes on the wire run on here, whatever is cancelled inside
    ├─ lease scope            cancelled by loss or drain, with a reason
    │  ├─ monitor             looks at health, also while deploys follow one another
    │  └─ generation scope    ended by a newer manifest: deploy, then watch for drift
    └─ teardown               sleeps until the lease is lost, then begins in the next pass of the
                              scheduler, beside the lease scope that is still unwinding

Loss is a fact, `loss is not None`, set in the same step as the cancel; it is never inferred from a
cancel or from an exception. Draining cancels the same scopes and deletes nothing.
"""

from collections.abc import Callable
from functools import partial

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.supervise import supervise
from provider.concurrency.wakeup import Wakeup
from provider.deployment.board import Board
from provider.deployment.claims import Claims
from provider.deployment.closing import Closing
from provider.deployment.converging import Converging
from provider.deployment.deploy import Deploy
from provider.deployment.generations import Generations
from provider.deployment.lease_view import LeaseView
from provider.deployment.mailbox import Desired, Mailbox
from provider.deployment.mark import Loss
from provider.deployment.monitor import Monitor
from provider.deployment.permission import Ask, Permission
from provider.deployment.phases import Phase
from provider.deployment.receipts import Receipt, Receipts, Recorded, Superseded
from provider.deployment.room import Room
from provider.deployment.settling import Settling
from provider.deployment.status import DeploymentStatus
from provider.deployment.surroundings import Surroundings
from provider.deployment.teardown import Teardown
from provider.deployment.transfer import TransferOutcome, Transfers
from provider.deployment.vitals import Vitals, budgets
from provider.http.lanes import Lane
from provider.kubernetes.kinds import ObjectKey
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, ManifestError
from provider.reconcile.execute import Executor
from provider.reconcile.wish import read_wish


@attrs.define(eq=False)
class DeploymentManager:
    """One lease. Created, told and asked by the service; run by one task of its nursery."""

    lease: LeaseID
    around: Surroundings
    ask: Ask
    mailbox: Mailbox = attrs.field(init=False)
    loss: Loss | None = attrs.field(default=None, init=False)
    board: Board = attrs.field(init=False)
    _receipts: Receipts = attrs.field(factory=Receipts, init=False)
    _transfers: Transfers = attrs.field(init=False)
    _draining: bool = attrs.field(default=False, init=False)
    _wakeup: Wakeup = attrs.field(factory=Wakeup, init=False)
    """Set by every change of the lease's objects too."""
    _told: Wakeup = attrs.field(factory=Wakeup, init=False)
    """Set only by what is told from outside; it cuts the pause after a crash short."""
    _lost: trio.Event = attrs.field(factory=trio.Event, init=False)
    _lease_scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _teardown_scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _settling: Settling | None = attrs.field(default=None, init=False)
    _vitals: Vitals | None = attrs.field(default=None, init=False)
    _closing: Closing | None = attrs.field(default=None, init=False)
    _converging: Converging | None = attrs.field(default=None, init=False)
    _generations: Generations | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.mailbox = Mailbox(self._on_put)
        self._transfers = Transfers(self._wakeup.set)
        self.board = Board(self.lease, self.around)

    # ── told from outside, each in one synchronous step ─────────────────────────────────────────

    def lose(self, loss: Loss) -> None:
        """The lease is over. The first loss counts; what is done for the lease ends at once."""
        if self.loss is None:
            self.loss = loss
            self.around.log.info(
                "lease lost", lease=str(self.lease), reason=loss.reason, height=loss.height
            )
            self._lost.set()
            self._end_waiting(f"the lease is {loss.reason}")
            self._end_scopes(f"lease {loss.reason}", self._lease_scope)

    def drain(self) -> None:
        """The process leaves: nothing new is started, what is on the wire settles, all stays."""
        if not self._draining:
            self._draining = True
            self._end_waiting("the daemon is leaving")
            self._end_scopes("drain", self._lease_scope, self._teardown_scope)

    def _end_waiting(self, why: str) -> None:
        self._receipts.end(why)
        self._transfers.end(why)

    def _end_scopes(self, reason: str, *scopes: trio.CancelScope) -> None:
        if self._settling is not None:
            self._settling.give_up_unbegun()
        for scope in scopes:
            scope.cancel(reason=reason)
        self._told.set()

    def submit(self, group: Group) -> Desired:
        """A newer manifest; the newest wins. The same as the newest is no newer one."""
        return self.mailbox.put(group)

    async def recorded(self, wish: Desired) -> Receipt:
        """
        What became of a wish that `submit` gave, once that is known.

        At once, without a request, when the record holds it already.

        Cancellation:
            Ends the waiting; the wish stands.
        """
        await trio.lowlevel.checkpoint()
        while True:
            if (known := self._receipts.of(wish)) is not None:
                return known
            newest = self.mailbox.newest
            if newest is None or newest.serial != wish.serial:
                return Superseded()
            if self.board.record.holds(wish.group):
                return Recorded(self.board.record.generation)
            await self._receipts.wait()

    async def take_over(self, hostname: str) -> TransferOutcome:
        """
        Take a hostname from another lease of the same owner; see `transfer.py`.

        Cancellation:
            Ends the waiting only.
        """
        return await self._transfers.ask(hostname)

    def _on_put(self) -> None:
        self._receipts.look_again()
        self._wakeup.set()
        self._told.set()
        if self._converging is not None:
            self._converging.newer_arrived()

    # ── the task ────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """
        Hold the lease; return once its teardown is complete, or when drained.

        Cancellation:
            As a killed process: requests on the wire are dropped, nothing else is done.
        """
        self.around.store.subscribe(self.lease.namespace, self._wakeup.set)
        try:
            async with trio.open_nursery() as settling_nursery:
                settings = self.around.settings
                settling = Settling(
                    settling_nursery,
                    settings.unsettled_seconds,
                    started_at=self.around.started_at,
                    writable=self.around.writable,
                )
                self._settling = settling
                await supervise(
                    partial(self._serve, settling),
                    backoff=self._backoff(),
                    on_crash=self._on_crash,
                    pause=self._told.wait_at_most,
                )
        finally:
            self.around.store.unsubscribe(self.lease.namespace, self._wakeup.set)

    def _backoff(self) -> Backoff:
        settings = self.around.settings
        return Backoff(self.around.rng, settings.retry_base_seconds, settings.retry_cap_seconds)

    def _on_crash(self, crash: Exception, pause_seconds: float) -> None:
        self.around.metrics.crashes.inc()
        self.board.publish(event=f"unexpected error, starting again: {crash!r}"[:500])
        self.around.log.error(
            "manager broke", lease=str(self.lease), error=repr(crash)[:500], again_in=pause_seconds
        )

    async def _serve(self, settling: Settling) -> None:
        """Hold while held, tear down once lost; begins by observing, whatever came before."""
        if self._draining:
            return
        # A scope is entered once; after a crash there are new ones.
        self._lease_scope, self._teardown_scope = trio.CancelScope(), trio.CancelScope()
        async with trio.open_nursery() as serving_nursery:
            serving_nursery.start_soon(
                self._tear_down_once_lost, settling, name=f"teardown {self.lease}"
            )
            if self.loss is None:
                with self._lease_scope:
                    await self._hold(settling)

    async def _tear_down_once_lost(self, settling: Settling) -> None:
        with self._teardown_scope:
            await self._lost.wait()
            assert self.loss is not None
            await self._tear_down(settling, self.loss)

    def _executor(self, settling: Settling, lane: Lane) -> Executor:
        around = self.around
        return Executor(
            client=around.client,
            store=around.store,
            writer=settling,
            rng=around.rng,
            lease_namespace=self.lease.namespace,
            base_seconds=around.settings.retry_base_seconds,
            cap_seconds=around.settings.retry_cap_seconds,
            look_again_seconds=around.settings.look_again_seconds,
            report=self.board.report,
            lane=lane,
        )

    @property
    def status(self) -> DeploymentStatus:
        """What was published last; immutable."""
        return self.board.status

    # ── held ────────────────────────────────────────────────────────────────────────────────────

    async def _hold(self, settling: Settling) -> None:
        """The lease scope's body; ends only by cancel."""
        settings = self.around.settings
        self.board.publish(event="waiting for the first full look at the cluster")
        vitals = Vitals(
            budgets(settings), self._nothing_accepted, self._show_health, self.around.metrics
        )
        self._vitals = vitals
        monitor = Monitor(
            lease=self.lease,
            store=self.around.store,
            wanted=self._target,
            seen=vitals.look,
            node_state=self.around.node_state,
            fresh_seconds=settings.fresh_seconds,
            look_again_seconds=settings.look_again_seconds,
        )
        metrics = self.around.metrics.monitor
        metrics.labels("start").inc()
        try:
            async with trio.open_nursery() as lease_nursery:
                lease_nursery.start_soon(monitor.run, name=f"monitor {self.lease}")
                await self.around.ready.wait()
                await self._work(settling, vitals, monitor)
        finally:
            self._generations = self._converging = self._closing = None
            metrics.labels("stop").inc()

    async def _work(self, settling: Settling, vitals: Vitals, monitor: Monitor) -> None:
        """Once the cluster was seen whole and it is this daemon's turn: what may write."""
        permission = Permission(
            lease=self.lease,
            record_key=self.board.record.key,
            store=self.around.store,
            held_back=self.board.is_held_back,
            ask=self.ask,
            lose=self.lose,
            publish=self.board.publish,
            alarm=self.board.alarm,
            wakeup=self._wakeup,
            backoff=self._backoff,
        )
        # An operator's hold keeps from applying, not from looking.
        await permission.wait(heed_hold=False)
        executor = self._executor(settling, Lane.WORK)
        view = self._view(settling)
        self._generations = generations = Generations(self.mailbox, view)
        self._converging = converging = Converging(
            view=view,
            deploy=Deploy(view, executor, published=self.board.report),
            mailbox=self.mailbox,
            receipts=self._receipts,
            generations=generations,
            transfers=self._transfers,
            permitted=permission.wait,
            publish=self.board.publish,
            wakeup=self._wakeup,
            target_changed=monitor.wakeup.set,
            renewed=vitals.renew,
            settings=self.around.settings,
            metrics=self.around.metrics,
        )
        self._closing = closing = Closing(
            around=self.around,
            view=view,
            executor=executor,
            settling=settling,
            vitals=vitals,
            ask=self.ask,
            report=self.board.report,
            newer_comes=generations.newer_comes,
        )
        async with trio.open_nursery() as work_nursery:
            work_nursery.start_soon(closing.run, name=f"close {self.lease}")
            work_nursery.start_soon(converging.run, name=f"converge {self.lease}")

    def _nothing_accepted(self) -> bool:
        return self._generations is not None and self._generations.nothing_accepted

    def _target(self) -> Group | None:
        """What should run, as far as can be told before anything may be done about it."""
        if self._generations is not None and self._generations.target is not None:
            return self._generations.target
        return self._on_record()

    def _on_record(self) -> Group | None:
        record = self.board.record.live()
        try:
            return read_wish(record).group if record is not None else None
        except ManifestError:
            return None

    def _view(self, settling: Settling) -> LeaseView:
        around = self.around
        claims = Claims(
            self.lease, around.ledger, around.addresses, around.options, around.store, settling
        )
        return LeaseView(
            self.lease, around.store, self.board.record, claims, self._room(), around.options
        )

    def _room(self) -> Room:
        return Room(self.lease, self.around.capacity, self.board.record)

    def _show_health(self) -> None:
        if self._vitals is not None:
            self.board.show_health(self._vitals)
        if self._closing is not None:
            self._closing.wakeup.set()

    # ── lost ────────────────────────────────────────────────────────────────────────────────────

    async def _tear_down(self, settling: Settling, loss: Loss) -> None:
        pending = Phase.TEARDOWN_PENDING if settling.on_wire else Phase.TEARDOWN_ACTIVE
        self.board.publish(phase=pending, event=f"lease {loss.reason}; tearing down")
        self.board.forget_health()
        executor = attrs.evolve(
            self._executor(settling, Lane.TEARDOWN), undeleted=self._count_undeleted(set())
        )
        teardown = Teardown(
            lease=self.lease,
            loss=loss,
            records_namespace=self.around.options.records_namespace,
            executor=executor,
            settling=settling,
            blocked_report_seconds=self.around.settings.blocked_report_seconds,
            released=partial(self.around.ledger.release, self.lease),
            freed=self._room().release,
            operators_routes=self.around.options.routes == "operator",
            active=lambda: self.board.publish(phase=Phase.TEARDOWN_ACTIVE),
        )
        await teardown.run()
        self.around.ledger.release_all(self.lease)
        self.around.addresses.release_all(self.lease)
        self.around.metrics.deployment.labels("teardown", "success").inc()
        self.board.publish(phase=Phase.TEARDOWN_COMPLETE, event="nothing of the lease is left")

    def _count_undeleted(self, counted: set[ObjectKey]) -> Callable[[ObjectKey], None]:
        def count(key: ObjectKey) -> None:
            """Once for each object: how often it is tried says nothing more."""
            if key not in counted:
                counted.add(key)
                self.around.metrics.deployment.labels("teardown", "fail").inc()

        return count
