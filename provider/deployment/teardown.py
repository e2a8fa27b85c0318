"""
The end of a lease: everything that carries its name goes, and the end is *observed*.

The closed lease on the chain is the durable proof; the closing mark on the record lets a restart
go on while the chain is out of reach, so the record itself goes last. Routes go first, because
visitors must not reach what is dying; then ProviderHosts and the Namespace side by side. Nothing
here gives up: what fails is tried again for as long as it takes.
"""

from collections.abc import Callable
from typing import assert_never

import attrs
import trio

from provider.deployment.claims import CLAIMING
from provider.deployment.mark import Loss, is_marked, mark_text
from provider.deployment.notes import put_note
from provider.deployment.settling import Settling
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import (
    INGRESS,
    MANIFEST,
    NAMESPACE,
    Kind,
    ObjectKey,
    key_of,
)
from provider.kubernetes.outcomes import Listing, Unseen
from provider.lease.identity import LeaseID
from provider.reconcile.execute import Executor
from provider.workload import labels

ROUTES_FIRST_SECONDS = 1.0
"""So long the routes' end is waited for before the rest is deleted: visitors leave before the pods."""


@attrs.frozen
class Teardown:
    """One attempt at one lease; a rebuilt one begins by looking."""

    lease: LeaseID
    loss: Loss
    records_namespace: str
    executor: Executor
    settling: Settling
    blocked_report_seconds: float
    released: Callable[[str], None]
    """Called with a hostname once its Ingress is observed absent."""
    freed: Callable[[], None]
    """Called once the Namespace, and so every pod, is observed absent."""
    operators_routes: bool
    """True where the hostname operator makes and removes the Ingresses; we await their end."""
    active: Callable[[], None]
    """Called once the writes that were on the wire at the loss have settled."""

    @property
    def record_key(self) -> ObjectKey:
        """The record is named like the tenant namespace."""
        return ObjectKey(MANIFEST, self.records_namespace, self.lease.namespace)

    @property
    def namespace_key(self) -> ObjectKey:
        """The tenant namespace."""
        return ObjectKey(NAMESPACE, "", self.lease.namespace)

    async def run(self) -> None:
        """
        Return once quorum reads, made after every write of ours had settled, find nothing left.

        Cancellation:
            Leaves some of it deleted; what is left is derived again from the chain or the mark.
        """
        earlier = self.settling.on_wire
        backoff = self.executor.backoff()
        while True:
            async with trio.open_nursery() as removal_nursery:
                await self._begin(removal_nursery)
                removal_nursery.start_soon(self._await, earlier, name=f"settle {self.lease}")
            await self.executor.remove(self.record_key, ours=self._is_ours)
            await self.settling.wait_settled()
            if not await self._left():
                return
            await trio.sleep(backoff.next_seconds())

    async def _begin(self, removal_nursery: trio.Nursery) -> None:
        """Routes first; a stuck one holds up the rest for a moment only."""
        gone = trio.Event()
        removal_nursery.start_soon(self._remove_routes, gone, name=f"routes of {self.lease}")
        with trio.move_on_after(ROUTES_FIRST_SECONDS):
            await gone.wait()
        for remove in (self._mark, self._remove_namespace):
            removal_nursery.start_soon(remove, name=f"{remove.__name__} {self.lease}")
        for kind in CLAIMING:
            removal_nursery.start_soon(
                self._remove_claims, kind, name=f"remove {kind.plural} of {self.lease}"
            )

    def _is_ours(self, obj: FrozenJSON) -> bool:
        return labels.lease_from_labels(obj["metadata"].get("labels", {})) == self.lease

    async def _await(self, earlier: tuple[ObjectKey, ...]) -> None:
        for key in earlier:
            await self.settling.wait_quiet(key)
        self.active()

    async def _mark(self) -> None:
        """Put the closing mark on the record, unless it is there or the record is gone."""
        await put_note(
            self.executor,
            self.record_key,
            labels.CLOSING,
            mark_text(self.loss),
            ours=lambda record: self._is_ours(record) and not is_marked(record),
        )

    async def _remove_routes(self, gone: trio.Event) -> None:
        store = self.executor.store
        if store.synced((INGRESS,)):
            routes = [s.decode() for s in store.select(INGRESS, self.lease.namespace)]
        else:
            routes = await self._list(INGRESS, self.lease.namespace)
        async with trio.open_nursery() as nursery:
            for route in routes:
                nursery.start_soon(self._remove_route, route, name=f"remove {key_of(route)}")
        gone.set()

    async def _remove_route(self, route: JSONObject) -> None:
        key = key_of(route)
        if self.operators_routes:
            await self.executor.await_gone(key)
        else:
            await self.executor.remove(key, ours=lambda _: True)
        # A create of ours without an answer may still bring it back to life.
        await self.settling.wait_quiet(key)
        await trio.sleep_until(self.settling.lands_until(key))
        for rule in route["spec"].get("rules", []):
            self.released(rule.get("host", ""))

    async def _remove_claims(self, kind: Kind) -> None:
        """By name, and only what names this lease: the address of another tenant is not ours."""
        store = self.executor.store
        if store.synced((kind,)):
            claims = [stored.key for stored in store.select(kind, self.lease.namespace)]
        else:
            claims = [key_of(obj) for obj in await self._list(kind, self.records_namespace)]
        async with trio.open_nursery() as nursery:
            for key in claims:
                nursery.start_soon(self._remove_claim, key, name=f"remove {key}")

    async def _remove_claim(self, key: ObjectKey) -> None:
        await self.executor.remove(key, ours=self._is_ours, compare_and_swap=True)

    async def _remove_namespace(self) -> None:
        with trio.CancelScope() as watching:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._report_blocked, name=f"blocked {self.namespace_key}")
                await self.executor.remove(self.namespace_key, ours=self._is_ours)
                watching.cancel(reason="the namespace is gone")
        self.freed()

    async def _report_blocked(self) -> None:
        """Say what holds the namespace, once it has taken too long."""
        while True:
            await trio.sleep(self.blocked_report_seconds)
            stored = self.executor.store.get(self.namespace_key)
            conditions = stored.decode().get("status", {}).get("conditions", []) if stored else []
            said = [
                c["message"] for c in conditions if c.get("status") == "True" and c.get("message")
            ]
            self.executor.report(
                f"{self.namespace_key} is still there: {'; '.join(said) or 'no word why'}"
            )

    async def _list(self, kind: Kind, namespace: str) -> list[JSONObject]:
        backoff = self.executor.backoff()
        while True:
            answer = await self.executor.client.list(
                kind,
                namespace,
                label_selector=labels.lease_selector(self.lease),
                lane=self.executor.lane,
            )
            match answer:
                case Listing(items, _):
                    return [obj for obj in items if self._is_ours(obj)]
                case Unseen(why, retry_after):
                    self.executor.report(f"waiting to list {kind.plural}: {why}")
                    await trio.sleep(backoff.next_seconds(retry_after))
                case _:
                    assert_never(answer)

    async def _left(self) -> bool:
        """
        Quorum reads of everything whose deletion needs the proof; True when something is there.

        What has the derived name but not this lease's labels is not ours to delete, and yet no end.
        """
        for key in (self.namespace_key, self.record_key):
            obj = await self.executor.look(key)
            if obj is not None:
                if not self._is_ours(obj):
                    self.executor.report(
                        f"{key} has lost this lease's labels, so it is not deleted: put them back "
                        f"({labels.lease_selector(self.lease)}), or delete it by hand"
                    )
                return True
        for kind in CLAIMING:
            if await self._list(kind, self.records_namespace):
                return True
        return False
