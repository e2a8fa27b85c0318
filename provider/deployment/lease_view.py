"""What the store shows of one lease, against what a group wants; every look is one step."""

import attrs

from provider.deployment.claims import CLAIMING, Claims
from provider.deployment.hold import is_held_back
from provider.deployment.lease_record import LeaseRecord
from provider.deployment.room import Room
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    MANIFEST,
    NAMESPACE,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    STATEFUL_SET,
    Kind,
    ObjectKey,
    key_of,
)
from provider.kubernetes.store import Store
from provider.kubernetes.stored import Stored
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.reconcile.differs import differs
from provider.reconcile.likeness import Likeness
from provider.reconcile.plan import Plan, Step, plan
from provider.reconcile.prune import RENDERED, leftovers
from provider.workload import labels
from provider.workload.bundle import Bundle, render
from provider.workload.options import RenderOptions

_NOTES = (labels.MANIFEST_HASH, labels.WISH, labels.ACCEPTED)
"""Annotations that a record is applied with."""


@attrs.frozen
class Comparison:
    """What a generation would change, decided from the store without a request."""

    bundle: Bundle
    plan: Plan
    leftovers: tuple[ObjectKey, ...]
    """Ours, in the tenant namespace, and not wanted by this generation."""
    dropped: tuple[ObjectKey, ...]
    """ProviderHosts and ProviderLeasedIPs of the lease that this generation does not want."""

    @property
    def empty(self) -> bool:
        """True when deploying would send no write at all."""
        return self.plan.empty and not self.leftovers and not self.dropped

    @property
    def only_record(self) -> bool:
        """True when nothing but the record is not as wanted."""
        beyond = [step for step in self.plan.steps if step is not self.plan.record]
        return not (beyond or self.leftovers or self.dropped)


@attrs.frozen
class LeaseView:
    """One lease's; sends nothing."""

    lease: LeaseID
    store: Store
    record: LeaseRecord
    claims: Claims
    room: Room
    options: RenderOptions
    _likeness: Likeness = attrs.field(init=False, factory=Likeness, eq=False, repr=False)

    def live(self, key: ObjectKey) -> JSONObject | None:
        """The newest that the store knows of an object."""
        stored = self.store.get(key)
        return stored.decode() if stored is not None else None

    def compare(self, group: Group) -> Comparison:
        """
        Decide from the store what `group` would change.

        Raises:
            ManifestError: it asks for something that this provider cannot run.
        """
        # Our annotations on the record are notes, not wishes: what is there is no difference.
        notes = self.record.notes()
        kept = {key: notes[key] for key in _NOTES if key in notes}
        bundle = self.render(group, annotations=kept)
        live = {
            key: obj for key in map(key_of, bundle.objects) if (obj := self.live(key)) is not None
        }
        return Comparison(
            bundle=bundle,
            plan=self._possible(plan(bundle, live, self._likeness.differs), group),
            leftovers=self.leftovers(bundle),
            dropped=self.dropped(bundle),
        )

    def render(
        self, group: Group, *, annotations: dict[str, str] | None = None, taken: str = ""
    ) -> Bundle:
        """Everything of a group but what is withheld; `taken` is a hostname about to be ours."""
        return render(
            self.lease,
            group,
            self.options,
            withheld=self.claims.withheld(group) - {taken},
            withheld_ips=self.claims.withheld_addresses(group),
            annotations=annotations,
            scheduling=self.room.scheduling,
        )

    def _possible(self, everything: Plan, group: Group) -> Plan:
        """Without what a transfer still forbids: its end wakes us."""
        unroutable = self.claims.unroutable(group)
        is_leaving = self.claims.hostnames.is_destined_elsewhere
        return attrs.evolve(
            everything,
            waves=tuple(
                tuple(s for s in wave if s.key.kind != INGRESS or s.key.name not in unroutable)
                for wave in everything.waves
            ),
            hosts=tuple(s for s in everything.hosts if not is_leaving(self.lease, s.key.name)),
        )

    def seen(self) -> tuple[tuple[ObjectKey, str], ...]:
        """Key and version of every object that a comparison looks at: the same again, nothing new."""
        kinds = (MANIFEST, NAMESPACE, PROVIDER_HOST, PROVIDER_LEASED_IP, *RENDERED)
        return tuple(
            (stored.key, stored.resource_version)
            for kind in kinds
            for stored in self.store.select(kind, self.lease.namespace)
        )

    def is_torn(self, comparison: Comparison, accepted: Group) -> bool:
        """
        True when the cluster shows that a newer generation stopped half way.

        That is: something that still differs from the newer one is exactly as the accepted one has
        it. Drift of a generation that was whole looks otherwise, and is never rolled back.
        """
        older = self.render(accepted)
        before = {key_of(obj): obj for wave in older.waves for obj in wave}
        return any(
            self._is_as_before(step, before.get(step.key))
            for wave in comparison.plan.waves
            for step in wave
        )

    def _is_as_before(self, step: Step, was: JSONObject | None) -> bool:
        live = self.live(step.key)
        if live is None or was is None:
            return live is was
        return not differs(was, live)

    def leftovers(self, bundle: Bundle) -> tuple[ObjectKey, ...]:
        """What is ours in the tenant namespace and not wanted; routes only where we make them."""
        stored = [s.decode() for kind in self._pruned for s in self._in_place(kind)]
        return leftovers(bundle, stored)

    @property
    def _pruned(self) -> tuple[Kind, ...]:
        if self.options.routes == "daemon":
            return RENDERED
        return tuple(kind for kind in RENDERED if kind != INGRESS)

    def dropped(self, bundle: Bundle) -> tuple[ObjectKey, ...]:
        """Hosts and leased IPs of the lease, this one alone, that a bundle does not want."""
        wanted = {key_of(obj) for obj in (*bundle.hosts, *bundle.leased_ips)}
        declared = [s.key for kind in CLAIMING for s in self._in_place(kind)]
        return tuple(key for key in declared if key not in wanted)

    def revived(self, bundle: Bundle, before: Group | None) -> tuple[ObjectKey, ...]:
        """
        What is there of a bundle that the group on record so far does not want.

        Raises:
            ManifestError: as `compare`, for `before`.
        """
        if before is None:
            return ()
        older = set(map(key_of, self.render(before).objects))
        newer = [key for key in map(key_of, bundle.objects) if key not in older]
        return tuple(key for key in newer if self.has(key))

    def has(self, key: ObjectKey) -> bool:
        """True for an object that is there, and for a claim that is there and this lease's."""
        live = self.live(key)
        return live is not None and (key.kind not in CLAIMING or self.is_ours(live))

    def has_workloads(self) -> bool:
        """True when anything that runs pods is there."""
        return any(self._in_place(kind) for kind in (DEPLOYMENT, STATEFUL_SET))

    def is_ours(self, obj: FrozenJSON) -> bool:
        """True for what carries this lease's five labels."""
        return labels.lease_from_labels(obj["metadata"].get("labels") or {}) == self.lease

    def is_held_back(self) -> bool:
        """True while an operator's annotation on the tenant namespace says: hands off."""
        return is_held_back(self.store, self.lease)

    def _in_place(self, kind: Kind) -> tuple[Stored, ...]:
        return self.store.select(kind, self.lease.namespace)
