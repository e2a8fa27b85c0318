"""
What a lease was last brought to, what its record holds, and what a refusal goes back to.

    newest wish ── accepted whole ──▶ accepted
               └── refused ──▶ the standing group: what was under way before, else what was accepted
"""

from collections.abc import Callable

import attrs

from provider.deployment.deploy import Deploy
from provider.deployment.lease_view import LeaseView
from provider.deployment.mailbox import Desired, Mailbox
from provider.jsontypes import FrozenJSON
from provider.kubernetes.kinds import key_of
from provider.lease.manifest import Group
from provider.reconcile.wish import read_wish
from provider.workload import labels
from provider.workload.accepted import accepted_scheduling, decode_accepted


@attrs.define(eq=False)
class Generations:
    """One lease's; rebuilt from the cluster after a crash."""

    mailbox: Mailbox
    view: LeaseView
    accepted: Group | None = attrs.field(default=None, init=False)
    """What was last accepted whole, as far as the cluster shows it."""
    recorded: Group | None = attrs.field(default=None, init=False)
    """What the record holds, as far as we wrote or read it."""
    fallback: Group | None = attrs.field(default=None, init=False)
    """What was under way before a manifest that was refused without a change: it is finished."""

    @property
    def target(self) -> Group | None:
        """The group by which health is judged."""
        newest = self.mailbox.newest
        return self.accepted or (newest.group if newest is not None else None)

    @property
    def nothing_accepted(self) -> bool:
        """True when the only manifest that there ever was has been refused."""
        return self.mailbox.refused is not None and self.accepted is None

    def newer_comes(self) -> bool:
        """True while the newest manifest is neither on record nor refused."""
        newest = self.mailbox.newest
        return (
            newest is not None and newest != self.mailbox.refused and newest.group != self.recorded
        )

    def standing(self, wish: Desired) -> Group | None:
        """The group that the cluster is held to: the wish, or if it was refused, the one before."""
        return (self.fallback or self.accepted) if wish == self.mailbox.refused else wish.group

    def adopt_record(self, deploy: Deploy, edited: Callable[[], None]) -> Desired | None:
        """
        What the record says is what the tenant last wanted; the cluster shows what last worked.

        Args:
            deploy: told what a first deploy that was cut short may have created.
            edited: called when somebody else changed the record while no daemon ran.

        Returns:
            The wish that the record tells of, `None` when there is none or a newer one came.

        Raises:
            ManifestError: the record cannot be read.
        """
        record = self.view.record.live()
        if record is None:
            return None
        wish = read_wish(record)
        if wish.edited:
            # Its spec is drift: what the tenant sent is in the note, and is written again.
            edited()
        group = wish.group
        self.accepted = self._last_accepted(record["metadata"], group, deploy)
        self.recorded = group
        return self.mailbox.adopt(group)

    def _last_accepted(self, metadata: FrozenJSON, group: Group, deploy: Deploy) -> Group | None:
        notes = metadata.get("annotations") or {}
        comparison = self.view.compare(group)
        if comparison.empty:
            return group
        if labels.ACCEPTED in notes:
            before = decode_accepted(notes[labels.ACCEPTED])
            if not self.view.is_torn(comparison, before):
                return group
            self.view.room.standing = accepted_scheduling(notes[labels.ACCEPTED])
            return before
        # Ours, no name declared, which comes last, and never updated: a first deploy cut short. Updated
        # and yet without a group before: one that never began, for want of room.
        claims = self.view.claims
        if labels.MANIFEST_HASH not in notes or claims.carried():
            return group
        if metadata.get("generation") != 1 and self.view.has_workloads():
            return group
        if claims.wanted(group) | claims.wanted_addresses(group):
            # All of it came after the record, so it is this generation's, should it be refused.
            deploy.created.update(key_of(obj) for obj in comparison.bundle.objects)
        return None
