"""
Caches of the kinds that controllers look at, fed by list and watch, one per kind for all of them.

A controller never acts on what an event holds: a change only wakes it, and it reads the cache. An
informer knows its own control plane's writes at once (`accept`), so that no controller does a thing
twice because the event of its first write has not arrived. What is older than the cache is not
believed; versions are compared as numbers, which Kubernetes promises since 1.35.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import attrs
import trio

from simulator.controllers.queue import Key
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused, WatchEvent

Handler: TypeAlias = Callable[[JSONObject | None, JSONObject | None], None]
"""Called with the state before and after a change; None stands for absence. Must not block."""


def key_of(obj: JSONObject) -> Key:
    """Where an object is cached."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def version_of(obj: JSONObject) -> int:
    """An object's resourceVersion."""
    return int(obj["metadata"]["resourceVersion"])


def owners_of(obj: JSONObject) -> tuple[str, ...]:
    """The uids of an object's owners."""
    references = obj["metadata"].get("ownerReferences") or ()
    return tuple(reference["uid"] for reference in references)


@attrs.define(eq=False)
class Informer:
    """The cache of one kind in all namespaces. Objects in it are shared: never change one."""

    resource: str
    client: Client
    settings: ControllerSettings
    _objects: dict[Key, JSONObject] = attrs.field(init=False, factory=dict)
    _namespaces: dict[str, dict[Key, JSONObject]] = attrs.field(init=False, factory=dict)
    _owned: dict[str, dict[Key, JSONObject]] = attrs.field(init=False, factory=dict)
    _handlers: list[Handler] = attrs.field(init=False, factory=list)
    _seen: int = attrs.field(init=False, default=0)
    """Every change up to this version has been heard of."""

    def get(self, key: Key) -> JSONObject | None:
        """One object, or None."""
        return self._objects.get(key)

    def __iter__(self) -> Iterator[JSONObject]:
        """All objects, oldest known first."""
        return iter(tuple(self._objects.values()))

    def __len__(self) -> int:
        return len(self._objects)

    def in_namespace(self, namespace: str) -> tuple[JSONObject, ...]:
        """The objects of one namespace, oldest known first."""
        return tuple(self._namespaces.get(namespace, {}).values())

    def owned_by(self, uid: str) -> tuple[JSONObject, ...]:
        """The objects with an owner reference to this uid, oldest known first."""
        return tuple(self._owned.get(uid, {}).values())

    def subscribe(self, handler: Handler) -> None:
        """Have every later change told; to be called before the informer runs, to miss nothing."""
        self._handlers.append(handler)

    def accept(self, obj: JSONObject) -> JSONObject:
        """
        Take the answer of a write into the cache, unless its event was heard of already.

        A Status, the answer to some deletions, changes nothing: the event will tell.
        """
        if "uid" in obj["metadata"] and version_of(obj) > self._seen:
            self._put(obj)
        return obj

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """
        List and watch until cancelled; started once the first list is in.

        A refusal, and a watch that the server ends, lead to another list after a growing pause.
        """
        started = False
        failures = 0
        while True:
            try:
                version = await self._list()
                if not started:
                    task_status.started()
                    started = True
                failures = 0
                await self._watch(version)
                # A server that ends every watch at once must not keep this loop spinning.
                await trio.sleep(self.settings.reaction_seconds)
            except Refused:
                pause = self.settings.relist_seconds * 2.0 ** min(failures, 16)
                failures += 1
                await trio.sleep(min(pause, self.settings.retry_limit_seconds))

    async def _list(self) -> str:
        items, version = await self.client.list(self.resource)
        self._replace(items, int(version))
        return version

    async def _watch(self, version: str) -> None:
        """Follow one watch to its end. Returns when the server ends it, also by an ERROR event."""
        async with self.client.watch(self.resource, resource_version=version) as events:
            async for event in events:
                if event.type == "ERROR":
                    return
                self._observe(event)

    def _replace(self, items: Iterable[JSONObject], version: int) -> None:
        """Make the cache what a list says; what is missing from it was deleted meanwhile."""
        self._seen = max(self._seen, version)
        listed = {key_of(item): item for item in items}
        for key, known in tuple(self._objects.items()):
            if key not in listed and version_of(known) <= version:
                self._drop(key)
        for item in listed.values():
            self._put(item)

    def _observe(self, event: WatchEvent) -> None:
        self._seen = max(self._seen, version_of(event.object))
        match event.type:
            case "ADDED" | "MODIFIED":
                self._put(event.object)
            case "DELETED":
                known = self._objects.get(key_of(event.object))
                if known is not None and version_of(known) <= version_of(event.object):
                    self._drop(key_of(event.object))
            case _:
                # BOOKMARK: only its version says something. Kinds of a later server: nothing.
                pass

    def _put(self, obj: JSONObject) -> None:
        key = key_of(obj)
        known = self._objects.get(key)
        if known is not None:
            if version_of(known) >= version_of(obj):
                return
            if known["metadata"]["uid"] != obj["metadata"]["uid"]:
                # Deleted and made anew between two looks: two changes, as a watch tells them.
                self._drop(key)
                known = None
            else:
                self._forget_owners(key, known)
        self._objects[key] = obj
        self._namespaces.setdefault(key[0], {})[key] = obj
        for uid in owners_of(obj):
            self._owned.setdefault(uid, {})[key] = obj
        self._tell(known, obj)

    def _drop(self, key: Key) -> None:
        known = self._objects.pop(key)
        neighbours = self._namespaces[key[0]]
        del neighbours[key]
        if not neighbours:
            del self._namespaces[key[0]]
        self._forget_owners(key, known)
        self._tell(known, None)

    def _forget_owners(self, key: Key, known: JSONObject) -> None:
        for uid in owners_of(known):
            owned = self._owned.get(uid)
            if owned is not None:
                owned.pop(key, None)
                if not owned:
                    del self._owned[uid]

    def _tell(self, before: JSONObject | None, after: JSONObject | None) -> None:
        for handler in tuple(self._handlers):
            handler(before, after)


@attrs.define(eq=False)
class Informers:
    """One informer per kind, shared by all controllers."""

    client: Client
    settings: ControllerSettings
    _informers: dict[str, Informer] = attrs.field(init=False, factory=dict)

    def of(self, resource: str) -> Informer:
        """The informer of a kind; made when first asked for, run by `run`."""
        informer = self._informers.get(resource)
        if informer is None:
            informer = Informer(resource, self.client, self.settings)
            self._informers[resource] = informer
        return informer

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run every informer asked for so far; started once each has its first list."""
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as starting:
                for resource, informer in self._informers.items():
                    starting.start_soon(
                        self._start, nursery, resource, informer, name=f"start {resource}"
                    )
            task_status.started()

    async def _start(self, nursery: trio.Nursery, resource: str, informer: Informer) -> None:
        await nursery.start(informer.run, name=f"informer {resource}")
