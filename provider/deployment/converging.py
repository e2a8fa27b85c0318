"""
Brings the cluster to the newest manifest and keeps it there.

    newest manifest ──▶ generation scope: deploy, then watch for drift ──▶ again
                        ended by a newer manifest, at the next boundary between requests

A refusal never takes down what runs: a trial that is refused changes nothing, and a refusal that
the trial did not show puts the last accepted group back. A refused manifest is not tried again
until the tenant sends another one.
"""

from collections.abc import Awaitable, Callable
from typing import assert_never

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.deployment.deploy import Comparison, Deploy
from provider.deployment.mailbox import Desired, Mailbox
from provider.deployment.phases import Phase
from provider.deployment.receipts import NotRecorded, Receipts, Recorded
from provider.deployment.status import Publish, Refusal
from provider.jsontypes import FrozenJSON
from provider.kubernetes.kinds import key_of
from provider.lease.manifest import Group, ManifestError
from provider.ledger.hostnames import HostnameTaken
from provider.reconcile.execute import ObjectRefusedError, PlaceGoneError
from provider.settings import DeploymentSettings
from provider.telemetry.metrics import Metrics
from provider.workload import labels
from provider.workload.accepted import decode_accepted
from provider.workload.record import read_record


@attrs.define(eq=False, kw_only=True)
class Converging:
    """The working half of a manager while the lease is held; rebuilt after a crash."""

    deploy: Deploy
    mailbox: Mailbox
    receipts: Receipts
    """Told what becomes of each wish."""
    permitted: Callable[[], Awaitable[None]]
    """Returns once the market and the cluster allow a deploy; waits otherwise."""
    publish: Publish
    wakeup: Wakeup
    """Set on every change of the lease's objects and on every manifest."""
    target_changed: Callable[[], None]
    """Called when health is to be judged by another group than before."""
    settings: DeploymentSettings
    metrics: Metrics
    accepted: Group | None = attrs.field(default=None, init=False)
    """What was last accepted whole, as far as the cluster shows it."""
    _scope: trio.CancelScope | None = attrs.field(default=None, init=False)
    _applying: bool = attrs.field(default=False, init=False)
    _superseded: int = attrs.field(default=0, init=False)
    _recorded: Group | None = attrs.field(default=None, init=False)
    """What the record holds, as far as we wrote or read it."""
    _fallback: Group | None = attrs.field(default=None, init=False)
    """What was under way before a manifest that was refused without a change: it is finished."""
    _began: float = attrs.field(default=0.0, init=False)
    _unfinished_since: float | None = attrs.field(default=None, init=False)

    @property
    def target(self) -> Group | None:
        """The group by which health is judged."""
        newest = self.mailbox.newest
        return self.accepted or (newest.group if newest is not None else None)

    @property
    def nothing_accepted(self) -> bool:
        """True when the only manifest that there ever was has been refused."""
        return self.mailbox.refused is not None and self.accepted is None

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
        """What the record says is what the tenant last wanted; the cluster shows what last worked."""
        record = self.deploy.record.live()
        if record is None:
            return
        try:
            _, group = read_record(record)
            self.accepted = self._last_accepted(record["metadata"], group)
            self._recorded = group
        except ManifestError as error:
            refusal = Refusal(f"the record cannot be read: {error}", field=error.path)
            self.publish(refusal=refusal, event="record in quarantine")
            return
        self.mailbox.adopt(group)

    def _last_accepted(self, metadata: FrozenJSON, group: Group) -> Group | None:
        notes = metadata.get("annotations") or {}
        comparison = self.deploy.compare(group)
        if comparison.empty:
            return group
        if labels.ACCEPTED in notes:
            before = decode_accepted(notes[labels.ACCEPTED])
            return before if self.deploy.is_torn(comparison, before) else group
        # Ours, never updated, and no hostname declared, which comes last: a first deploy cut short.
        declared = self.deploy.declared()
        if labels.MANIFEST_HASH not in notes or metadata.get("generation") != 1 or declared:
            return group
        if self.deploy.hostnames(group):
            # All of it came after the record, so it is this generation's, should it be refused.
            self.deploy.created.update(key_of(obj) for obj in comparison.bundle.objects)
        return None

    async def _pursue(self, wish: Desired) -> None:
        """Deploy one wish and hold it against drift, for as long as it is the newest."""
        backoff = Backoff(
            self.deploy.executor.rng,
            self.settings.retry_base_seconds,
            self.settings.retry_cap_seconds,
        )
        while self.mailbox.newest is wish:
            self._applying = True
            try:
                await self._bring(wish)
            except PlaceGoneError as gone:
                self.publish(event=f"looking again: {gone}")
                await trio.sleep(backoff.next_seconds())
                continue
            finally:
                self._applying = False
            self._superseded, self._unfinished_since = 0, None
            quiet_since = trio.current_time()
            await self._wait_for_drift(wish)
            if trio.current_time() - quiet_since > backoff.cap_seconds:
                backoff.reset()
            elif self.mailbox.newest is wish:
                # Somebody undoes what we do, or the server does: do not fight at full speed.
                await trio.sleep(backoff.next_seconds())

    def _standing(self, wish: Desired) -> Group | None:
        """The group that the cluster is held to: the wish, or if it was refused, the one before."""
        return (self._fallback or self.accepted) if wish == self.mailbox.refused else wish.group

    async def _wait_for_drift(self, wish: Desired) -> None:
        # Most of what wakes us is pods on their way; only what a comparison looks at is compared.
        compared = None
        while self.mailbox.newest is wish:
            group = self._standing(wish)
            look_again = self.deploy.release_unwanted(group)
            seen = self.deploy.seen()
            if (seen != compared and self._drifted(group)) or self._may_have_hostname(group):
                return
            compared = seen
            if look_again is None:
                await self.wakeup.wait()
            else:
                await self.wakeup.wait_at_most(look_again - trio.current_time())

    def _drifted(self, group: Group | None) -> bool:
        if group is None:
            return bool(self.deploy.to_undo())
        return not self.deploy.compare(group).empty

    def _may_have_hostname(self, group: Group | None) -> bool:
        """True when a hostname that was withheld has been given back by its holder."""
        if group is None:
            return False
        return any(map(self.deploy.ledger.is_free, self.deploy.withheld(group)))

    async def _bring(self, wish: Desired) -> None:
        await self.permitted()
        if wish == self.mailbox.refused:
            await self._restore(wish)
            return
        try:
            comparison = self._reserve_and_compare(wish.group)
            if comparison.empty:
                self._accept(wish)
                return
            self.publish(phase=Phase.DEPLOY_ACTIVE)
            if self.accepted is not None and wish.group != self.accepted:
                _same_services(self.accepted, wish.group)
                await self.deploy.trial(comparison)
        except (HostnameTaken, ManifestError, ObjectRefusedError) as refusal:
            # Nothing was changed, so what was under way before goes on.
            self._fallback = self._recorded
            self._refuse(wish, refusal)
            return
        self._recorded, self._fallback = wish.group, None
        try:
            await self.deploy.write_record(wish.group, self.accepted, comparison)
            self._note_recorded(wish)
            await self.deploy.run(comparison)
        except ObjectRefusedError as refusal:
            # What was applied of it is drift from here on, and is undone as such.
            self._refuse(wish, refusal)
            return
        self._accept(wish)
        self.metrics.deployment.labels("deploy", "success").inc()

    def _reserve_and_compare(self, group: Group) -> Comparison:
        """Hostnames and differences, in one step without a checkpoint."""
        lease, ledger = self.deploy.lease, self.deploy.ledger
        try:
            reservation = ledger.reserve(lease, self.deploy.hostnames(group))
        except HostnameTaken:
            self.metrics.deployment.labels("reserve-hostnames", "err").inc()
            raise
        self.metrics.deployment.labels("reserve-hostnames", "success").inc()
        for hostname in sorted(reservation.withheld):
            ledger.wake_on_release(hostname, self.wakeup.set)
        self.publish(withheld=tuple(sorted(reservation.withheld)))
        return self.deploy.compare(group)

    def _accept(self, wish: Desired) -> None:
        self.accepted = wish.group
        self.mailbox.refused = None
        self.deploy.created.clear()
        self._note_recorded(wish)
        self.target_changed()
        self.publish(
            phase=Phase.DEPLOY_COMPLETE,
            event="whole in the cluster",
            refusal=Refusal(),
            accepted=True,
        )

    def _note_recorded(self, wish: Desired) -> None:
        self.receipts.note(wish, Recorded(self.deploy.record.generation))

    def _refuse(
        self, wish: Desired, refusal: HostnameTaken | ManifestError | ObjectRefusedError
    ) -> None:
        self.mailbox.refused = wish
        standing = self._standing(wish)
        self.metrics.deployment.labels("deploy", "fail").inc()
        shown = _shown(refusal)
        if self._recorded != wish.group:
            path = shown.field or shown.object or "manifest"
            self.receipts.note(wish, NotRecorded(path, shown.text))
        self.publish(
            phase=Phase.DEPLOY_PENDING if self.accepted is None else Phase.DEPLOY_COMPLETE,
            event="the manifest was refused",
            refusal=shown,
            withheld=tuple(sorted(self.deploy.withheld(standing))) if standing else (),
        )

    async def _restore(self, wish: Desired) -> None:
        """After a refusal: make the cluster as the manifest before has it, or undo what was added."""
        group = self._standing(wish)
        if group is None:
            await self.deploy.undo_first()
            return
        try:
            comparison = self._reserve_and_compare(group)
            if not comparison.empty:
                before = self.accepted if self.accepted != group else None
                await self.deploy.write_record(group, before, comparison)
                await self.deploy.run(comparison)
                self.metrics.deployment.labels("rollback", "success").inc()
        except (HostnameTaken, ManifestError, ObjectRefusedError) as refusal:
            self.metrics.deployment.labels("rollback", "fail").inc()
            self._fallback = None
            self.publish(event=f"the manifest before is refused too: {refusal}")
            return
        self.accepted, self._recorded = group, group
        self.deploy.created.clear()
        self.target_changed()
        self.publish(phase=Phase.DEPLOY_COMPLETE, event="the manifest before stands", accepted=True)


def _shown(refused: HostnameTaken | ManifestError | ObjectRefusedError) -> Refusal:
    """A refusal as the status shows it: what was refused, and which field of it."""
    match refused:
        case ObjectRefusedError(key=key, refusal=answer):
            field = next((field for field, _, _ in answer.causes if field), "")
            return Refusal(str(refused), str(key), field)
        case ManifestError(path=path):
            return Refusal(str(refused), field=path)
        case HostnameTaken(hostname=hostname):
            return Refusal(str(refused), field=f"hostname {hostname}")
        case _:
            assert_never(refused)


def _same_services(accepted: Group, wanted: Group) -> None:
    """Akash refuses an update that adds, removes or renames a service (`manifest service rename`)."""
    before = {service.name for service in accepted.services}
    after = {service.name for service in wanted.services}
    if before != after:
        changed = ", ".join(sorted(before ^ after))
        raise ManifestError(
            "services",
            f"an update must keep the names of the services; added or removed: {changed}",
        )
