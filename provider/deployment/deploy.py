"""
One generation of one lease, from manifest to whole in the cluster.

The record is written before anything else exists, and a wave begins only when the one before was
accepted whole, so that no pod ever runs without its isolation. Nothing that an older generation
needs is removed before the newer one was accepted.
"""

from collections.abc import Awaitable, Callable, Iterable

import attrs
import trio

from provider.deployment.claims import CLAIMING
from provider.deployment.lease_view import Comparison, LeaseView
from provider.deployment.notes import put_note
from provider.errors import ProviderError
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    NAMESPACE,
    SERVICE,
    STATEFUL_SET,
    ObjectKey,
    key_of,
)
from provider.lease.manifest import Group
from provider.reconcile.execute import Executor, ObjectRefusedError, PlaceGoneError
from provider.reconcile.plan import Step
from provider.reconcile.prune import leftovers
from provider.reconcile.wish import wish_notes
from provider.workload import labels
from provider.workload.accepted import encode_accepted
from provider.workload.bundle import Bundle


@attrs.frozen
class Deploy:
    """The hands that deploying one lease needs."""

    view: LeaseView
    executor: Executor
    published: Callable[[str], None]
    """Told each step in a few words."""
    created: set[ObjectKey] = attrs.field(factory=set)
    """Objects that this process brought into being, for the undoing of a refused first generation."""

    async def trial(self, comparison: Comparison) -> None:
        """
        Ask for everything that would change whether it would be accepted; changes nothing.

        Raises:
            ObjectRefusedError: the first refusal.
        """
        self.published("trying the update")
        await each(self._try, [step.desired for wave in comparison.plan.waves for step in wave])

    async def _try(self, desired: JSONObject) -> None:
        await self.executor.trial(desired, self.view.live(key_of(desired)))

    async def keep(self, keys: Iterable[ObjectKey]) -> None:
        """
        Outdate every delete of these objects that may be on its way, from another process even.

        A generation that did not want them may have sent one that lands only when they are wanted
        again. Where they are just as wanted, nothing else would change the version that fences it.

        Cancellation:
            Some are kept, some not; nothing else is changed.
        """
        for key in keys:
            live = self.view.live(key)
            if live is not None:
                version = live["metadata"]["resourceVersion"]
                await put_note(self.executor, key, labels.KEPT, version, ours=self._ours(key))

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
        room = self.view.room
        notes = wish_notes(group, encode_accepted(group, room.scheduling))
        if accepted is not None:
            notes[labels.ACCEPTED] = encode_accepted(accepted, room.standing)
        record = comparison.bundle.record
        metadata = {**record["metadata"], "annotations": notes}
        await self.executor.ensure({**record, "metadata": metadata}, self.view.record.live())

    async def run(self, comparison: Comparison) -> None:
        """
        Once the record is written: apply the waves, declare hosts, then leased IPs, prune.

        Raises:
            ObjectRefusedError: the API server refused an object.
            PlaceGoneError: namespace or record are being deleted or gone, or an operator says: hands
                off.

        Cancellation:
            Leaves a part of the generation applied; the next look derives the rest.
        """
        names = ("the namespace", "its guards", "workloads, services and routes")
        for name, steps in zip(names, comparison.plan.waves, strict=True):
            if steps:
                self._heed_hold()
                self.published(f"applying {name}{_where(steps)}")
                await each(self._ensure, [step.desired for step in steps])
        for name, steps in (
            ("hostnames", comparison.plan.hosts),
            ("leased addresses", comparison.plan.leased_ips),
        ):
            if steps:
                self._heed_hold()
                self.published(f"declaring {name}")
                await each(self.declare, [step.desired for step in steps])
        await self.prune(comparison.bundle)

    def _heed_hold(self) -> None:
        if self.view.is_held_back():
            key = ObjectKey(NAMESPACE, "", self.view.lease.namespace)
            raise PlaceGoneError(key, "an operator holds the lease back")

    async def _ensure(self, desired: JSONObject) -> None:
        key = key_of(desired)
        live = self.view.live(key)
        if live is None:
            self.created.add(key)
        await self.executor.ensure(desired, live)

    async def declare(self, claim: JSONObject) -> None:
        """
        Compare-and-swap: one that names another lease is left alone until it is gone.

        Raises:
            ObjectRefusedError: the API server refused it.
            PlaceGoneError: its name went to another lease meanwhile.
        """
        key = key_of(claim)
        live = self.view.live(key)
        if live is None:
            self.created.add(key)
        await self.executor.ensure(claim, live, ours=lambda obj: self._may_claim(key, obj))

    def _may_claim(self, key: ObjectKey, obj: FrozenJSON) -> bool:
        if self.view.is_ours(obj):
            return True
        if not self.view.claims.may_claim(key):
            raise PlaceGoneError(key, "another lease has taken the name over")
        return False

    async def prune(self, bundle: Bundle) -> None:
        """
        Delete by name what `bundle` does not want and no newer look still wants.

        Each delete is fenced with the version that was judged, so that a stale store cannot delete
        what somebody has changed since.
        """
        for key in self.view.leftovers(bundle):
            self._heed_hold()
            self.published(f"removing {key}, which is not wanted any more")
            await self.executor.remove(
                key, ours=lambda obj: bool(leftovers(bundle, [dict(obj)])), compare_and_swap=True
            )
        for key in self.view.dropped(bundle):
            self._heed_hold()
            self.published(f"giving up {key}")
            await self.executor.remove(key, ours=self.view.is_ours, compare_and_swap=True)

    def to_undo(self) -> tuple[ObjectKey, ...]:
        """
        What a refused first generation must not leave: routes first, then what runs, then claims.

        Only what this process created, late landings included: what was there before, it must not
        judge.
        """
        kinds = [INGRESS, DEPLOYMENT, STATEFUL_SET, SERVICE, *CLAIMING]
        seen = [key for key in self.created if self.view.has(key)]
        return tuple(
            sorted(
                (key for key in seen if key.kind in kinds), key=lambda k: (kinds.index(k.kind), k)
            )
        )

    async def undo_first(self) -> None:
        """Remove what runs, routes and claims of a refused first generation, as it is now."""
        for key in self.to_undo():
            await self.executor.writer.wait_quiet(key)
            await self.executor.remove(key, ours=self._ours(key), compare_and_swap=True)

    def _ours(self, key: ObjectKey) -> Callable[[FrozenJSON], bool]:
        return self.view.is_ours if key.kind in CLAIMING else lambda _: True


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
