"""
Brings the cluster to the newest manifest and keeps it there.

    newest manifest ──▶ generation scope: deploy, then watch for drift ──▶ again
                        ended by a newer manifest, at the next boundary between requests

A refusal never takes down what runs: a trial that is refused changes nothing, and a refusal that
the trial did not show puts the last accepted group back. A refused manifest is not tried again
until the tenant sends another one. What has no room waits, on record, until there is.
"""

from collections.abc import Awaitable, Callable

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.deployment.deploy import Deploy
from provider.deployment.generations import Generations
from provider.deployment.lease_view import Comparison, LeaseView
from provider.deployment.mailbox import Desired, Mailbox
from provider.deployment.phases import Phase
from provider.deployment.receipts import NotRecorded, Receipts, Recorded
from provider.deployment.refusals import REFUSALS, Refused, require_same_services, shown
from provider.deployment.status import Publish, Refusal
from provider.deployment.transfer import Transfers
from provider.kubernetes.kinds import ObjectKey, key_of
from provider.lease.manifest import Group, ManifestError
from provider.ledger.hostnames import HostnameBlocked, HostnameTaken
from provider.reconcile.execute import PlaceGoneError
from provider.settings import DeploymentSettings
from provider.telemetry.metrics import Metrics


@attrs.define(eq=False, kw_only=True)
class Converging:
    """The working half of a manager while the lease is held; rebuilt after a crash."""

    view: LeaseView
    deploy: Deploy
    mailbox: Mailbox
    receipts: Receipts
    """Told what becomes of each wish."""
    generations: Generations
    transfers: Transfers
    permitted: Callable[[], Awaitable[None]]
    """Returns once market, cluster and operator allow a deploy; waits otherwise."""
    publish: Publish
    wakeup: Wakeup
    """Set on every change of the lease's objects and on every manifest."""
    target_changed: Callable[[], None]
    """Called when health is to be judged by another group than before."""
    renewed: Callable[[], None]
    """Called when the tenant's newer manifest is on record."""
    settings: DeploymentSettings
    metrics: Metrics
    _scope: trio.CancelScope | None = attrs.field(default=None, init=False)
    _applying: bool = attrs.field(default=False, init=False)
    _superseded: int = attrs.field(default=0, init=False)
    _taken: str = attrs.field(default="", init=False)
    """The hostname of another owner for which the newest manifest was refused."""
    _why: str = attrs.field(default="", init=False)
    """Why a manifest was refused last."""
    _began: float = attrs.field(default=0.0, init=False)
    _unfinished_since: float | None = attrs.field(default=None, init=False)
    _confirmed: bool = attrs.field(default=False, init=False)
    """True once the record was read, not listed."""

    def newer_arrived(self) -> None:
        """
        End the running generation at the next boundary between requests.

        After too many in a row, or too long without a finished one, the running one is finished
        first; but what only waits is not waited for longer than that again.
        """
        if self._scope is None:
            return
        if self._applying and self._should_finish():
            self._scope.deadline = self._began + self.settings.supersede_seconds
        else:
            self._scope.cancel(reason="a newer manifest arrived")

    def _should_finish(self) -> bool:
        since = self._unfinished_since
        return self._superseded >= self.settings.supersessions_max or (
            since is not None and trio.current_time() - since > self.settings.supersede_seconds
        )

    async def run(self) -> None:
        """
        Work until cancelled.

        Cancellation:
            Leaves a generation half applied at worst; the next look derives the rest.
        """
        self._adopt_record()
        while True:
            wish = self.mailbox.newest
            if wish is None:
                self.publish(phase=Phase.DEPLOY_PENDING, event="waiting for a manifest")
                await self.wakeup.wait()
                # The first list may have been from before there was a record.
                self._adopt_record()
                continue
            self.target_changed()
            self._began = trio.current_time()
            if self._unfinished_since is None:
                self._unfinished_since = self._began
            with trio.CancelScope() as self._scope:
                await self._pursue(wish)
            if self._scope.cancelled_caught:
                self._superseded += 1
            self._scope = None

    def _adopt_record(self) -> None:
        try:
            adopted = self.generations.adopt_record(self.deploy, self._on_edited)
        except ManifestError as error:
            refusal = Refusal(f"the record cannot be read: {error}", field=error.path)
            self.publish(refusal=refusal, event="record in quarantine")
            return
        if adopted is not None:
            self._note_recorded(adopted)
        runs = self.generations.accepted or self.generations.recorded
        if runs is not None and self.view.has_workloads():
            self.view.room.adopt(runs)

    def _on_edited(self) -> None:
        self.publish(event="the record was edited meanwhile; writing back what the tenant sent")

    async def _pursue(self, wish: Desired) -> None:
        """Deploy one wish and hold it against drift, for as long as it is the newest."""
        backoff = self._backoff()
        while self.mailbox.newest is wish:
            self._applying = True
            try:
                has_room = await self._bring(wish)
            except PlaceGoneError as gone:
                self.publish(event=f"looking again: {gone}")
                await trio.sleep(backoff.next_seconds())
                continue
            finally:
                self._applying = False
            self._superseded, self._unfinished_since = 0, None
            quiet_since = trio.current_time()
            if has_room:
                await self._wait_for_drift(wish)
            else:
                await self._wait_for_room(wish)
            if trio.current_time() - quiet_since > backoff.cap_seconds:
                backoff.reset()
            elif self.mailbox.newest is wish:
                # Somebody undoes what we do, or the server does: do not fight at full speed.
                await trio.sleep(backoff.next_seconds())

    def _backoff(self) -> Backoff:
        settings = self.settings
        rng = self.deploy.executor.rng
        return Backoff(rng, settings.retry_base_seconds, settings.retry_cap_seconds)

    # ── waiting ─────────────────────────────────────────────────────────────────────────────────

    async def _wait_for_drift(self, wish: Desired) -> None:
        # Most of what wakes us is pods on their way; only what a comparison looks at is compared.
        compared = None
        while self.mailbox.newest is wish:
            group = self.generations.standing(wish)
            look_again = self.view.claims.release_unwanted(group)
            if self._is_to_be_tried_again(wish):
                self.mailbox.refused = None
                return
            self._await_taken()
            await self.transfers.carry_out(self.deploy, group, self._why)
            # Who waits for whom changes what is wanted, without any object of ours changing.
            waiting = self.view.claims.shown(group) if group is not None else ()
            seen = (self.view.seen(), waiting, self.view.claims.leaving())
            self.publish(withheld=waiting)
            if (seen != compared and self._drifted(group)) or self._may_have_name(group):
                return
            compared = seen
            if group is not None:
                self.view.claims.wake_on_release(group, self.wakeup.set)
            if look_again is None:
                await self.wakeup.wait()
            else:
                await self.wakeup.wait_at_most(look_again - trio.current_time())

    def _drifted(self, group: Group | None) -> bool:
        if group is None:
            return bool(self.deploy.to_undo())
        return not self.view.compare(group).empty

    def _may_have_name(self, group: Group | None) -> bool:
        """True when a name that was withheld has been given back by its holder."""
        return group is not None and self.view.claims.may_have_more(group)

    def _is_to_be_tried_again(self, wish: Desired) -> bool:
        """
        True when the hostname that another owner had is free now.

        Only where nothing runs, or where the record asks for it since before this process: an update
        that its tenant was told is refused does not come true a week later.
        """
        return (
            wish == self.mailbox.refused
            and bool(self._taken)
            and (self.generations.accepted is None or wish.serial == 0)
            and self.view.claims.hostnames.is_free(self._taken)
        )

    def _await_taken(self) -> None:
        """Be told when the name is given back; again each time, as others may have been quicker."""
        if self._taken:
            self.view.claims.hostnames.wake_on_release(self._taken, self.wakeup.set)

    async def _wait_for_room(self, wish: Desired) -> None:
        """Return once there is room, or the record or what still runs has to be looked after."""
        room = self.view.room
        backoff = self._backoff()
        while self.mailbox.newest is wish:
            if self._is_to_be_tried_again(wish):
                self.mailbox.refused = None
                return
            self._await_taken()
            group = self.generations.standing(wish)
            if group is None or room.reserve(group):
                return
            if self.view.compare(group).plan.record is not None:
                return
            self.publish(
                phase=Phase.DEPLOY_PENDING,
                event=f"waiting for room: {room.missing}",
                missing=room.missing,
            )
            room.wake_on_change(self.wakeup.set)
            if await self._keep_accepted():
                await self.wakeup.wait()
            else:
                await trio.sleep(backoff.next_seconds())

    async def _keep_accepted(self) -> bool:
        """
        An update that waits for room leaves what runs to be looked after as before.

        Returns:
            False when that could not be done now.
        """
        accepted = self.generations.accepted
        if accepted is None or self.view.is_held_back():
            return True
        try:
            if self.view.compare(accepted).only_record:
                return True
            await self.permitted()
            await self.deploy.run(self.view.compare(accepted))
        except (PlaceGoneError, *REFUSALS) as failure:
            self.publish(event=f"cannot repair what runs: {failure}")
            return False
        return True

    # ── deploying ───────────────────────────────────────────────────────────────────────────────

    async def _bring(self, wish: Desired) -> bool:
        """Bring the cluster to a wish; False when it is on record and has to wait for room."""
        await self.permitted()
        if not await self._is_confirmed(wish):
            return True
        accepted = self.generations.accepted
        if wish == self.mailbox.refused:
            return await self._restore(wish)
        try:
            comparison, has_room = self._reserve_and_compare(wish.group)
            if comparison.empty:
                self._accept(wish)
                return True
            self.publish(phase=Phase.DEPLOY_ACTIVE)
            if accepted is not None and wish.group != accepted:
                require_same_services(accepted, wish.group)
                await self.deploy.trial(comparison)
            revived = self._revived(comparison)
        except REFUSALS as refusal:
            # Nothing was changed, so what was under way before goes on.
            self.generations.fallback = self.generations.recorded
            self._refuse(wish, refusal)
            return True
        await self.deploy.keep(revived)
        newer = self.generations.recorded not in (None, wish.group)
        self.generations.recorded, self.generations.fallback = wish.group, None
        try:
            await self.deploy.write_record(wish.group, accepted, comparison)
            if newer:
                self.renewed()
            self._note_recorded(wish)
            if not has_room:
                return False
            await self.deploy.run(comparison)
        except REFUSALS as refusal:
            # What was applied of it is drift from here on, and is undone as such.
            self._refuse(wish, refusal)
            return True
        self._accept(wish)
        self.metrics.deployment.labels("deploy", "success").inc()
        return True

    async def _is_confirmed(self, wish: Desired) -> bool:
        """
        Before anything is written for what the record said at start: whether it still says so.

        It was listed, and a list may be from a moment ago (Sieve's stale state): what a killed daemon
        wrote last would be undone. A read of one object is a quorum read.
        """
        if wish.serial or self._confirmed or self.view.compare(wish.group).empty:
            return True
        await self.deploy.executor.look(self.view.record.key)
        self._confirmed = True
        if self.mailbox.newest is wish:
            self._adopt_record()
        return self.mailbox.newest is wish

    def _reserve_and_compare(self, group: Group) -> tuple[Comparison, bool]:
        """Names, room and differences, in one step without a checkpoint."""
        claims = self.view.claims
        try:
            claims.reserve(group)
        except (HostnameTaken, HostnameBlocked):
            self.metrics.deployment.labels("reserve-hostnames", "err").inc()
            raise
        self.metrics.deployment.labels("reserve-hostnames", "success").inc()
        claims.wake_on_release(group, self.wakeup.set)
        self.publish(withheld=claims.shown(group))
        has_room = self.view.room.reserve(group)
        return self.view.compare(group), has_room

    def _revived(self, comparison: Comparison) -> tuple[ObjectKey, ...]:
        """What is wanted, and which a delete sent for the generation before may yet take away."""
        wanted = set(map(key_of, comparison.bundle.objects))
        undone = self.deploy.to_undo() if self.generations.nothing_accepted else ()
        dropped = self.view.revived(comparison.bundle, self.generations.recorded)
        return (*dropped, *(key for key in undone if key in wanted and key not in dropped))

    def _accept(self, wish: Desired) -> None:
        self.mailbox.refused = None
        self._note_recorded(wish)
        self._stand(wish.group, "whole in the cluster", Refusal())

    def _stand(self, group: Group, event: str, refusal: Refusal | None = None) -> None:
        self.generations.accepted = group
        self.deploy.created.clear()
        self.view.room.stand()
        self.target_changed()
        self.publish(
            phase=Phase.DEPLOY_COMPLETE, event=event, refusal=refusal, missing="", accepted=True
        )

    def _note_recorded(self, wish: Desired) -> None:
        self.receipts.note(wish, Recorded(self.view.record.generation))

    def _refuse(self, wish: Desired, refused: Refused) -> None:
        self.mailbox.refused = wish
        self._taken = refused.hostname if isinstance(refused, HostnameTaken) else ""
        standing = self.generations.standing(wish)
        self._book_again(standing)
        self.metrics.deployment.labels("deploy", "fail").inc()
        refusal = shown(refused)
        self._why = refusal.text
        if self.generations.recorded != wish.group:
            path = refusal.field or refusal.object or "manifest"
            self.receipts.note(wish, NotRecorded(path, refusal.text))
        nothing = self.generations.accepted is None
        self.publish(
            phase=Phase.DEPLOY_PENDING if nothing else Phase.DEPLOY_COMPLETE,
            event="the manifest was refused",
            refusal=refusal,
            withheld=self.view.claims.shown(standing) if standing else (),
            missing="",
        )

    def _book_again(self, standing: Group | None) -> None:
        """Give back what was booked for a refused manifest; what it goes back to gets its place."""
        accepted, room = self.generations.accepted, self.view.room
        if accepted is not None and (standing == accepted or not self._has_room(standing)):
            # It ran before, so it runs again, whether it fits or not.
            room.adopt(accepted)
        elif standing is not None and not self._has_room(standing):
            room.give_back()

    def _has_room(self, group: Group | None) -> bool:
        return group is not None and self.view.room.reserve(group)

    async def _restore(self, wish: Desired) -> bool:
        """
        After a refusal: make the cluster as the manifest before has it, or undo what was added.

        Returns:
            False when the manifest before has not run yet, and waits for room.
        """
        group = self.generations.standing(wish)
        if group is None:
            await self.deploy.undo_first()
            self.view.room.give_back()
            return True
        try:
            self._book_again(group)
            comparison, has_room = self._reserve_and_compare(group)
            if not comparison.empty:
                accepted = self.generations.accepted
                before = accepted if accepted != group else None
                await self.deploy.keep(self._revived(comparison))
                await self.deploy.write_record(group, before, comparison)
                if not has_room:
                    return False
                await self.deploy.run(comparison)
                self.metrics.deployment.labels("rollback", "success").inc()
        except REFUSALS as refusal:
            self.metrics.deployment.labels("rollback", "fail").inc()
            self.generations.fallback = None
            self.publish(event=f"the manifest before is refused too: {refusal}")
            return True
        self.generations.recorded = group
        self._stand(group, "the manifest before stands")
        return True
