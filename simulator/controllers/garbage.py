"""
The garbage collector: what loses its owner goes too, in the background, in the foreground or not at all.

Caches tell where to look; whether an owner is really gone is asked of the API server before anything
is deleted. Events are left out, as in the real one.

Source: kubernetes pkg/controller/garbagecollector.
"""

from functools import partial
from typing import Literal

import attrs
import trio

from simulator.controllers import catalog
from simulator.controllers.catalog import CUSTOM_RESOURCE_DEFINITION, EVENT
from simulator.controllers.context import Context
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import is_deleting
from simulator.controllers.ownership_graph import (
    FOREGROUND,
    ORPHAN,
    Identity,
    OwnershipGraph,
    lets_dependents_go,
    references,
    waits_for_dependents,
)
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import BUILT_IN, Resource
from simulator.ports import Client, Refused

_Standing = Literal["solid", "dangling", "waiting"]
"""Of an owner: it is there; it is gone; it is there only until its dependents are gone."""


@attrs.define(eq=False)
class GarbageCollector:
    """Collects over all kinds, custom ones included."""

    context: Context
    _client: Client = attrs.field(init=False)
    _queue: KeyQueue[Identity] = attrs.field(init=False)
    _definitions: KeyQueue[Key] = attrs.field(init=False)
    _graph: OwnershipGraph = attrs.field(init=False, factory=OwnershipGraph)
    _custom: dict[Key, tuple[Resource, trio.CancelScope]] = attrs.field(init=False, factory=dict)
    """The custom kind of each definition that is watched, and what ends that."""

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("generic-garbage-collector")
        self._queue = KeyQueue(context.settings, context.settings.collection_seconds)
        self._definitions = context.queue()
        for kind in BUILT_IN:
            if kind != EVENT:
                self._observe(kind, context.informer(kind))
        context.informer(CUSTOM_RESOURCE_DEFINITION).subscribe(self._definition_changed)

    async def run(self) -> None:
        """Collect until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(
                work,
                self._definitions,
                partial(self._follow_definition, nursery),
                name="garbage collector's custom kinds",
            )
            await work(self._queue, self._collect)

    def _observe(self, kind: Resource, informer: Informer) -> None:
        self._graph.add(kind, informer)
        informer.subscribe(partial(self._changed, kind))

    def _definition_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        changed = after if after is not None else before
        assert changed is not None
        self._definitions.add(key_of(changed))

    async def _follow_definition(self, nursery: trio.Nursery, key: Key) -> None:
        """Watch the kind of a new definition, and no longer that of one that has gone."""
        await trio.lowlevel.checkpoint()
        definition = self.context.informer(CUSTOM_RESOURCE_DEFINITION).get(key)
        if definition is None and key in self._custom:
            kind, scope = self._custom.pop(key)
            scope.cancel(reason="its definition is gone")
            self._graph.remove(kind)
        elif definition is not None and key not in self._custom:
            for kind in catalog.defined(definition):
                scope = trio.CancelScope()
                self._custom[key] = kind, scope
                informer = Informer(kind.name, self.context.informers.client, self.context.settings)
                self._observe(kind, informer)
                nursery.start_soon(_run_within, scope, informer, name=f"informer {kind.name}")

    def _changed(self, kind: Resource, before: JSONObject | None, after: JSONObject | None) -> None:
        """Look at what this change may set free; most changes set free nothing."""
        if after is None:
            assert before is not None
            self._gone(before)
        elif waits_for_dependents(after) or lets_dependents_go(after):
            self._queue.add(Identity.of(kind, after))
        elif before is None or references(before) != references(after):
            namespace = key_of(after)[0]
            owners = [self._graph.owner(item, namespace) for item in references(after)]
            if any(item is None or not self._stays(item) for item in owners):
                self._queue.add(Identity.of(kind, after))

    def _stays(self, owner: Identity) -> bool:
        known = self._graph.cached(owner)
        return known is not None and not waits_for_dependents(known)

    def _gone(self, obj: JSONObject) -> None:
        """Look at the dependents of what has gone, and at owners that waited for it."""
        for identity, _ in self._graph.dependents(obj["metadata"]["uid"]):
            self._queue.add(identity)
        for reference in references(obj):
            owner = self._graph.owner(reference, key_of(obj)[0])
            known = self._graph.cached(owner) if owner is not None else None
            if owner is not None and known is not None and waits_for_dependents(known):
                self._queue.add(owner)

    async def _collect(self, identity: Identity) -> None:
        obj = await self._live(identity)
        if obj is None:
            return
        if waits_for_dependents(obj):
            await self._end_in_foreground(identity, obj)
        elif lets_dependents_go(obj):
            await self._orphan(identity, obj)
        elif references(obj) and not is_deleting(obj):
            await self._judge(identity, obj)

    async def _live(self, identity: Identity) -> JSONObject | None:
        """The object as the API server has it now; None if it is gone or another of its name."""
        try:
            obj = await self._client.get(identity.kind.name, identity.namespace, identity.name)
        except Refused as refusal:
            if refusal.code == 404:
                return None
            raise
        return obj if obj["metadata"]["uid"] == identity.uid else None

    async def _judge(self, identity: Identity, obj: JSONObject) -> None:
        """Delete an object whose owners are all gone or going; cut ties to such if others stay."""
        standings = [
            (reference, await self._standing(reference, identity.namespace))
            for reference in references(obj)
        ]
        solid = [reference for reference, standing in standings if standing == "solid"]
        if len(solid) == len(standings):
            return
        if solid:
            await self._set_references(identity, obj, solid)
            return
        has_dependents = any(self._graph.dependents(identity.uid))
        waiting = any(standing == "waiting" for _, standing in standings)
        if waiting and has_dependents:
            await self._delete(identity, obj, "Foreground")
        else:
            await self._delete(identity, obj, _own_policy(obj))

    async def _standing(self, reference: JSONObject, namespace: str) -> _Standing:
        owner = self._graph.owner(reference, namespace)
        if owner is None:
            # A kind that is not served here: nobody can tell, so nothing is deleted for it.
            return "solid"
        live = await self._live(owner)
        if live is None:
            return "dangling"
        if reference.get("blockOwnerDeletion") and waits_for_dependents(live):
            return "waiting"
        return "solid"

    async def _end_in_foreground(self, identity: Identity, obj: JSONObject) -> None:
        """Let an owner go once nothing that blocks it is left; until then see to its dependents."""
        blocking = [
            (dependent, item)
            for dependent, item in self._graph.dependents(identity.uid)
            if any(
                reference["uid"] == identity.uid and reference.get("blockOwnerDeletion")
                for reference in references(item)
            )
        ]
        if not blocking:
            await self._drop_finalizer(identity, obj, FOREGROUND)
        for dependent, item in blocking:
            if not is_deleting(item):
                self._queue.add(dependent)

    async def _orphan(self, identity: Identity, obj: JSONObject) -> None:
        for dependent, _ in tuple(self._graph.dependents(identity.uid)):
            item = await self._live(dependent)
            if item is not None:
                kept = [entry for entry in references(item) if entry["uid"] != identity.uid]
                await self._set_references(dependent, item, kept)
        await self._drop_finalizer(identity, obj, ORPHAN)

    async def _set_references(
        self, identity: Identity, obj: JSONObject, kept: list[JSONObject]
    ) -> None:
        metadata = {
            "resourceVersion": obj["metadata"]["resourceVersion"],
            "ownerReferences": kept or None,
        }
        await self._client.patch(
            identity.kind.name, identity.namespace, identity.name, {"metadata": metadata}
        )

    async def _drop_finalizer(self, identity: Identity, obj: JSONObject, finalizer: str) -> None:
        left = [item for item in obj["metadata"]["finalizers"] if item != finalizer]
        metadata = {
            "resourceVersion": obj["metadata"]["resourceVersion"],
            "finalizers": left or None,
        }
        await self._client.patch(
            identity.kind.name, identity.namespace, identity.name, {"metadata": metadata}
        )

    async def _delete(self, identity: Identity, obj: JSONObject, policy: str) -> None:
        await self._client.delete(
            identity.kind.name,
            identity.namespace,
            identity.name,
            uid=identity.uid,
            resource_version=obj["metadata"]["resourceVersion"],
            propagation=policy,
        )


def _own_policy(obj: JSONObject) -> str:
    """How an object wants to be deleted, by the finalizers that it carries already."""
    finalizers = obj["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"


async def _run_within(scope: trio.CancelScope, informer: Informer) -> None:
    with scope:
        await informer.run()
