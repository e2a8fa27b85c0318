"""
One generation of one lease, from manifest to whole in the cluster.

The record is written before anything else exists, and a wave begins only when the one before was
accepted whole, so that no pod ever runs without its isolation. Nothing that an older generation
needs is removed before the newer one was accepted.
"""

from collections.abc import Awaitable, Callable, Iterable

import attrs
import trio

from provider.deployment.lease_record import LeaseRecord
from provider.errors import ProviderError
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    MANIFEST,
    NAMESPACE,
    PROVIDER_HOST,
    SERVICE,
    STATEFUL_SET,
    ObjectKey,
    key_of,
)
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.lease.version import version_hash
from provider.ledger.hostnames import HostnameLedger
from provider.reconcile.differs import differs
from provider.reconcile.execute import Executor, ObjectRefusedError, PlaceGoneError
from provider.reconcile.plan import Plan, Step, plan
from provider.reconcile.prune import RENDERED, leftovers
from provider.workload import labels
from provider.workload.accepted import encode_accepted
from provider.workload.bundle import Bundle, render
from provider.workload.ingress import routes
from provider.workload.options import RenderOptions


@attrs.frozen
class Comparison:
    """What a generation would change, decided from the store without a request."""

    bundle: Bundle
    plan: Plan
    leftovers: tuple[ObjectKey, ...]
    """Ours, in the tenant namespace, and not wanted by this generation."""
    dropped_hosts: tuple[ObjectKey, ...]
    """ProviderHosts of the lease that this generation does not want."""

    @property
    def empty(self) -> bool:
        """True when deploying would send no write at all."""
        return self.plan.empty and not self.leftovers and not self.dropped_hosts


@attrs.frozen
class Deploy:
    """The hands and books that deploying one lease needs."""

    lease: LeaseID
    executor: Executor
    ledger: HostnameLedger
    options: RenderOptions
    published: Callable[[str], None]
    """Told each step in a few words."""
    created: set[ObjectKey] = attrs.field(factory=set)
    """Objects that this process brought into being, for the undoing of a refused first generation."""

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def live(self, key: ObjectKey) -> JSONObject | None:
        """The newest that the store knows of an object."""
        stored = self.executor.store.get(key)
        return stored.decode() if stored is not None else None

    @property
    def record(self) -> LeaseRecord:
        """What the store shows of the record."""
        return LeaseRecord(self.lease, self.executor.store, self.options)

    def compare(self, group: Group) -> Comparison:
        """
        Decide from the store what `group` would change; sends nothing.

        Raises:
            ManifestError: it asks for something that this provider cannot run.
        """
        # Our annotations on the record are notes, not wishes: what is there is no difference.
        notes = self.record.notes()
        kept = {key: notes[key] for key in (labels.MANIFEST_HASH, labels.ACCEPTED) if key in notes}
        bundle = render(
            self.lease, group, self.options, withheld=self.withheld(group), annotations=kept
        )
        live = {
            key: obj for key in map(key_of, bundle.objects) if (obj := self.live(key)) is not None
        }
        return Comparison(
            bundle=bundle,
            plan=plan(bundle, live),
            leftovers=self._leftovers(bundle),
            dropped_hosts=self._dropped_hosts(bundle),
        )

    def withheld(self, group: Group) -> frozenset[str]:
        """Hostnames of a group that this lease does not hold: they get no route."""
        return self.hostnames(group) - self.ledger.held_by(self.lease)

    def hostnames(self, group: Group) -> frozenset[str]:
        """Every hostname that a group wants a route for, the generated ones included."""
        return frozenset(route.hostname for route in routes(self.lease, group, self.options))

    def seen(self) -> tuple[tuple[ObjectKey, str], ...]:
        """Key and version of every object that a comparison looks at: the same again, nothing new."""
        store, place = self.executor.store, self.lease.namespace
        return tuple(
            (stored.key, stored.resource_version)
            for kind in (MANIFEST, NAMESPACE, PROVIDER_HOST, *RENDERED)
            for stored in store.select(kind, place)
        )

    def is_torn(self, comparison: Comparison, accepted: Group) -> bool:
        """
        True when the cluster shows that a newer generation stopped half way.

        That is: something that still differs from the newer one is exactly as the accepted one has
        it. Drift of a generation that was whole looks otherwise, and is never rolled back.
        """
        older = render(self.lease, accepted, self.options, withheld=self.withheld(accepted))
        before = {key_of(obj): obj for wave in older.waves for obj in wave}
        for step in (step for wave in comparison.plan.waves for step in wave):
            live, was = self.live(step.key), before.get(step.key)
            if live is None and was is None:
                return True
            if live is not None and was is not None and not differs(was, live):
                return True
        return False

    def _leftovers(self, bundle: Bundle) -> tuple[ObjectKey, ...]:
        store = self.executor.store
        stored = [s.decode() for kind in RENDERED for s in store.select(kind, self.lease.namespace)]
        return leftovers(bundle, stored)

    def _dropped_hosts(self, bundle: Bundle) -> tuple[ObjectKey, ...]:
        wanted = {key_of(host) for host in bundle.hosts}
        held = self.executor.store.select(PROVIDER_HOST, self.lease.namespace)
        return tuple(stored.key for stored in held if stored.key not in wanted)

    # ── acting ──────────────────────────────────────────────────────────────────────────────────

    async def trial(self, comparison: Comparison) -> None:
        """
        Ask for everything that would change whether it would be accepted; changes nothing.

        Raises:
            ObjectRefusedError: the first refusal.
        """
        self.published("trying the update")
        await each(self._try, [step.desired for wave in comparison.plan.waves for step in wave])

    async def _try(self, desired: JSONObject) -> None:
        await self.executor.trial(desired, self.live(key_of(desired)))

    async def write_record(
        self, group: Group, accepted: Group | None, comparison: Comparison
    ) -> None:
        """
        Write the record, if it has to be: before anything else of the lease exists.

        Args:
            group: what to run.
            accepted: the group that was last accepted whole; kept on the record until this one is.
            comparison: of `group`, made in the step before.

        Raises, Cancellation: as `run`.
        """
        if comparison.plan.record is None:
            return
        self.published("writing the record")
        notes = {labels.MANIFEST_HASH: version_hash((group,)).hex()}
        if accepted is not None:
            notes[labels.ACCEPTED] = encode_accepted(accepted)
        record = comparison.bundle.record
        metadata = {**record["metadata"], "annotations": notes}
        await self.executor.ensure({**record, "metadata": metadata}, self.record.live())

    async def run(self, comparison: Comparison) -> None:
        """
        Once the record is written: apply the waves, declare the hosts, prune.

        Raises:
            ObjectRefusedError: the API server refused an object.
            PlaceGoneError: namespace or record are being deleted or gone.

        Cancellation:
            Leaves a part of the generation applied; the next look derives the rest.
        """
        names = ("the namespace", "its isolation", "workloads, services and routes")
        for name, steps in zip(names, comparison.plan.waves, strict=True):
            if steps:
                self.published(f"applying {name}{_where(steps)}")
                await each(self._ensure, [step.desired for step in steps])
        if comparison.plan.hosts:
            self.published("declaring hostnames")
            await each(self._declare, [step.desired for step in comparison.plan.hosts])
        await self.prune(comparison.bundle)

    async def _ensure(self, desired: JSONObject) -> None:
        key = key_of(desired)
        live = self.live(key)
        if live is None:
            self.created.add(key)
        await self.executor.ensure(desired, live)

    async def _declare(self, host: JSONObject) -> None:
        """Compare-and-swap: one that names another lease is left alone until it is gone."""
        await self.executor.ensure(host, self.live(key_of(host)), ours=self._is_ours)

    async def prune(self, bundle: Bundle) -> None:
        """
        Delete by name what `bundle` does not want and no newer look still wants.

        Each delete is fenced with the version that was judged, so that a stale store cannot delete
        what somebody has changed since.
        """
        for key in self._leftovers(bundle):
            self.published(f"removing {key}, which is not wanted any more")
            await self.executor.remove(
                key, ours=lambda obj: bool(leftovers(bundle, [dict(obj)])), compare_and_swap=True
            )
        for key in self._dropped_hosts(bundle):
            self.published(f"giving up the hostname {key.name}")
            await self.executor.remove(key, ours=self._is_ours, compare_and_swap=True)

    def _is_ours(self, obj: FrozenJSON) -> bool:
        return labels.lease_from_labels(obj["metadata"].get("labels", {})) == self.lease

    def declared(self) -> frozenset[str]:
        """Hostnames of this lease's ProviderHosts."""
        held = self.executor.store.select(PROVIDER_HOST, self.lease.namespace)
        return frozenset(stored.key.name for stored in held)

    def release_unwanted(self, group: Group | None) -> float | None:
        """
        Give back the names that nothing of this lease carries any more, nor can any more.

        A create of ours without an answer may still bring an Ingress or a ProviderHost to life.

        Args:
            group: what the cluster is held to; its names stay.

        Returns:
            Trio time at which to look again for the sake of a lost create; None for none.
        """
        wanted = self.hostnames(group) if group is not None else frozenset()
        spare = self.ledger.held_by(self.lease) - wanted
        if not spare:
            return None
        routed = self.executor.store.select(INGRESS, self.lease.namespace)
        carried = self.declared() | {stored.key.name for stored in routed}
        landing = []
        for hostname in sorted(spare - carried):
            lands_until = max(
                self.executor.writer.lands_until(
                    ObjectKey(INGRESS, self.lease.namespace, hostname)
                ),
                self.executor.writer.lands_until(
                    ObjectKey(PROVIDER_HOST, self.options.records_namespace, hostname)
                ),
            )
            if lands_until > trio.current_time():
                landing.append(lands_until)
            else:
                self.ledger.release(self.lease, hostname)
        return min(landing, default=None)

    def to_undo(self) -> tuple[ObjectKey, ...]:
        """
        What a refused first generation must not leave: routes first, then workloads and Services.

        Only what this process created, late landings included: what was there before, it must not
        judge.
        """
        running = [INGRESS, DEPLOYMENT, STATEFUL_SET, SERVICE]
        seen = [key for key in self.created if self.executor.store.get(key) is not None]
        return tuple(
            sorted(
                (key for key in seen if key.kind in running),
                key=lambda k: (running.index(k.kind), k),
            )
        )

    async def undo_first(self) -> None:
        """Remove the workloads, Services and routes of a refused first generation."""
        for key in self.to_undo():
            await self.executor.writer.wait_quiet(key)
            await self.executor.remove(key, ours=lambda _: True)


def _where(steps: tuple[Step, ...]) -> str:
    """Where the first changed object differs; "" when all of them are new."""
    changed = next((step for step in steps if step.paths), None)
    return f"; {changed.key} differs in {', '.join(changed.paths[:3])}" if changed else ""


async def each(act: Callable[[JSONObject], Awaitable[None]], objects: Iterable[JSONObject]) -> None:
    """
    Concurrently for every object; the first error ends the others' waiting and is raised alone.

    Raises:
        ObjectRefusedError, PlaceGoneError: as `act` does; a refusal wins over a place that is gone.
    """
    failures: list[ProviderError] = []

    async def one(obj: JSONObject) -> None:
        try:
            await act(obj)
        except (ObjectRefusedError, PlaceGoneError) as failure:
            failures.append(failure)
            nursery.cancel_scope.cancel(reason=str(failure))

    async with trio.open_nursery() as nursery:
        for obj in objects:
            nursery.start_soon(one, obj, name=f"apply {key_of(obj)}")
    if failures:
        raise next((f for f in failures if isinstance(f, ObjectRefusedError)), failures[0])
