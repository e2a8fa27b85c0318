"""
Brings the cluster to the newest manifest and keeps it there.

    newest manifest ──▶ generation scope: deploy, then watch for drift ──▶ again
                        ended by a newer manifest, at the next boundary between requests

A refusal never takes down what runs: a trial that is refused changes nothing, and a refusal that
the trial did not show puts the last accepted group back. A refused manifest is not tried again
until the tenant sends another one.
"""

from collections.abc import Awaitable, Callable

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.deployment.deploy import Comparison, Deploy
from provider.deployment.mailbox import Desired, Mailbox
from provider.deployment.phases import Phase
from provider.deployment.status import Publish
from provider.errors import ProviderError
from provider.jsontypes import FrozenJSON
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
    refused: Desired | None = attrs.field(default=None, init=False)
    _scope: trio.CancelScope | None = attrs.field(default=None, init=False)
    _applying: bool = attrs.field(default=False, init=False)
    _superseded: int = attrs.field(default=0, init=False)
    _unfinished_since: float | None = attrs.field(default=None, init=False)

    @property
    def target(self) -> Group | None:
        """The group by which health is judged."""
        newest = self.mailbox.newest
        return self.accepted or (newest.group if newest is not None else None)

    @property
    def nothing_accepted(self) -> bool:
        """True when the only manifest that there ever was has been refused."""
        return self.refused is not None and self.accepted is None

    def newer_arrived(self) -> None:
        """End the running generation, unless too many in a row have been ended already."""
        if self._scope is None or (self._applying and self._must_finish()):
            return
        self._scope.cancel(reason="a newer manifest arrived")

    def _must_finish(self) -> bool:
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
            if self._unfinished_since is None:
                self._unfinished_since = trio.current_time()
            with trio.CancelScope() as self._scope:
                await self._pursue(wish)
            if self._scope.cancelled_caught:
                self._superseded += 1
            self._scope = None

    def _adopt_record(self) -> None:
        """What the record says is what the tenant last wanted; the cluster shows what last worked."""
        record = self.deploy.live(self.deploy.record_key)
        if record is None:
            return
        try:
            _, group = read_record(record)
            self.accepted = self._last_accepted(record["metadata"], group)
        except ManifestError as error:
            self.publish(
                refusal=f"the record cannot be read: {error}", event="record in quarantine"
            )
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
        # Ours, and never updated: its first deploy was cut short. Any other was whole before.
        unfinished = labels.MANIFEST_HASH in notes and metadata.get("generation") == 1
        return None if unfinished else group

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

    async def _wait_for_drift(self, wish: Desired) -> None:
        # Most of what wakes us is pods on their way; only what a comparison looks at is compared.
        compared = None
        while self.mailbox.newest is wish:
            seen = self.deploy.seen()
            if seen != compared and self._drifted(wish):
                return
            compared = seen
            await self.wakeup.wait()

    def _drifted(self, wish: Desired) -> bool:
        if wish == self.refused and self.accepted is None:
            return bool(self.deploy.to_undo())
        group = self.accepted if wish == self.refused else wish.group
        return group is not None and not self.deploy.compare(group).empty

    async def _bring(self, wish: Desired) -> None:
        await self.permitted()
        if wish == self.refused:
            await self._restore()
            return
        held_before = self.deploy.ledger.held_by(self.deploy.lease)
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
            for hostname in self.deploy.ledger.held_by(self.deploy.lease) - held_before:
                self.deploy.ledger.release(self.deploy.lease, hostname)
            self._refuse(wish, refusal)
            return
        try:
            await self.deploy.run(wish.group, self.accepted, comparison)
        except ObjectRefusedError as refusal:
            # What was applied of it is drift from here on, and is undone as such.
            self._refuse(wish, refusal)
            return
        self._accept(wish)
        self.metrics.deployment.labels("deploy", "success").inc()

    def _reserve_and_compare(self, group: Group) -> Comparison:
        """Hostnames and differences, in one step without a checkpoint."""
        try:
            reservation = self.deploy.ledger.reserve(
                self.deploy.lease, self.deploy.hostnames(group)
            )
        except HostnameTaken:
            self.metrics.deployment.labels("reserve-hostnames", "err").inc()
            raise
        self.metrics.deployment.labels("reserve-hostnames", "success").inc()
        self.publish(withheld=tuple(sorted(reservation.withheld)))
        return self.deploy.compare(group)

    def _accept(self, wish: Desired) -> None:
        self.accepted = wish.group
        self.refused = None
        self.deploy.created.clear()
        self.target_changed()
        self.publish(phase=Phase.DEPLOY_COMPLETE, event="whole in the cluster", refusal="")

    def _refuse(self, wish: Desired, refusal: ProviderError) -> None:
        self.refused = wish
        self.metrics.deployment.labels("deploy", "fail").inc()
        self.publish(
            phase=Phase.DEPLOY_PENDING if self.accepted is None else Phase.DEPLOY_COMPLETE,
            event="the manifest was refused",
            refusal=str(refusal),
        )

    async def _restore(self) -> None:
        """Make the cluster as the last accepted group has it; a refusal of that is only reported."""
        if self.accepted is None:
            await self.deploy.undo_first()
            return
        comparison = self.deploy.compare(self.accepted)
        if comparison.empty:
            return
        try:
            await self.deploy.run(self.accepted, None, comparison)
            self.metrics.deployment.labels("rollback", "success").inc()
        except ObjectRefusedError as refusal:
            self.metrics.deployment.labels("rollback", "fail").inc()
            self.publish(event=f"the last accepted manifest is refused too: {refusal}")


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
