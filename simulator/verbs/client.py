"""
The verbs as a client in process: what controllers get instead of HTTP.

Same admission, same refusals, their own user in journal and managedFields. Objects handed out are
the committed ones, shared.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from simulator import failures
from simulator.jsontypes import JSONObject
from simulator.ports import WatchEvent
from simulator.storage.history import Event
from simulator.storage.selectors import Selector, SelectorError, selector
from simulator.verbs import binding, scale
from simulator.verbs.caller import Caller, DeleteOptions, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import create
from simulator.verbs.delete import delete
from simulator.verbs.get import get
from simulator.verbs.list import ListOptions, list_objects
from simulator.verbs.patch import PatchType, patch
from simulator.verbs.registry import Served
from simulator.verbs.replace import replace
from simulator.verbs.watch import Watch, WatchOptions

_BUFFERED_EVENTS = 10_000
"""Events that wait for a reader; one more, and the watch ends."""


@attrs.define(eq=False)
class VerbClient:
    """`simulator.ports.Client` over the verbs."""

    _cluster: Cluster
    _user: str
    _caller: Caller = attrs.field(init=False)
    _options: WriteOptions = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._caller = Caller(self._user, self._user)
        self._options = WriteOptions(manager=self._user, validation="Ignore")

    def _served(self, resource: str) -> Served:
        served = self._cluster.registry.find(resource)
        if served is None:
            raise failures.resource_not_found()
        return served

    async def get(self, resource: str, namespace: str, name: str) -> JSONObject:
        """The newest state of an object."""
        await trio.lowlevel.checkpoint()
        return get(self._cluster, self._served(resource), namespace, name).object

    async def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
    ) -> tuple[Sequence[JSONObject], str]:
        """Items in key order, and the revision that they show."""
        await trio.lowlevel.checkpoint()
        served = self._served(resource)
        chosen = _selector(served, label_selector, field_selector)
        page = list_objects(self._cluster, served, namespace, ListOptions(selector=chosen))
        return tuple(version.object for version in page.items), str(page.revision)

    async def create(self, resource: str, namespace: str, obj: JSONObject) -> JSONObject:
        """Make an object; `kind` and `apiVersion` may be left out."""
        await trio.lowlevel.checkpoint()
        served = self._served(resource)
        obj = _typed(served, obj)
        return create(self._cluster, self._caller, served, namespace, obj, self._options).object

    async def update(
        self, resource: str, namespace: str, name: str, obj: JSONObject, *, subresource: str = ""
    ) -> JSONObject:
        """Put an object, its `status` or `finalize`; or act on it by `scale` or `binding`."""
        await trio.lowlevel.checkpoint()
        served = self._served(resource)
        cluster, caller, options = self._cluster, self._caller, self._options
        match subresource:
            case "scale":
                outcome = scale.replace_scale(
                    cluster, caller, served, namespace, name, obj, options
                )
            case "binding":
                outcome = binding.bind(cluster, caller, served, namespace, name, obj)
            case _:
                obj = _typed(served, obj)
                outcome = replace(
                    cluster, caller, served, namespace, name, obj, options, subresource=subresource
                )
        return outcome.object

    async def patch(
        self,
        resource: str,
        namespace: str,
        name: str,
        patch: Mapping[str, object],
        *,
        subresource: str = "",
    ) -> JSONObject:
        """Merge a JSON merge patch into an object, its `status` or its `scale`."""
        await trio.lowlevel.checkpoint()
        served = self._served(resource)
        cluster, caller, options = self._cluster, self._caller, self._options
        change = dict(patch)
        if subresource == "scale":
            return scale.patch_scale(
                cluster, caller, served, namespace, name, change, options, form=PatchType.MERGE
            ).object
        return _patch(
            cluster,
            caller,
            served,
            namespace,
            name,
            change,
            options,
            form=PatchType.MERGE,
            subresource=subresource,
        ).object

    async def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        grace_seconds: int | None = None,
        propagation: str = "",
    ) -> JSONObject:
        """Ask for an object to go; returns the Status or the object that waits."""
        await trio.lowlevel.checkpoint()
        options = DeleteOptions(
            uid=uid,
            resource_version=resource_version,
            grace_seconds=grace_seconds,
            propagation=propagation,
        )
        served = self._served(resource)
        return delete(self._cluster, self._caller, served, namespace, name, options).object

    @asynccontextmanager
    async def watch(
        self, resource: str, namespace: str = "", *, resource_version: str, label_selector: str = ""
    ) -> AsyncIterator[trio.MemoryReceiveChannel[WatchEvent]]:
        """Follow the changes after `resource_version`, until the reader leaves or lags too far."""
        await trio.lowlevel.checkpoint()
        served = self._served(resource)
        options = WatchOptions(
            selector=_selector(served, label_selector, ""), revision=int(resource_version)
        )
        watch = Watch(self._cluster, served, namespace, options)
        sender, receiver = trio.open_memory_channel[WatchEvent](_BUFFERED_EVENTS)

        def pump(_event: Event | None = None) -> None:
            try:
                for seen in watch.read_or_error():
                    sender.send_nowait(WatchEvent(seen.type, seen.version.object))
            except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError):
                sender.close()

        unsubscribe = self._cluster.store.subscribe(served.storage, pump)
        try:
            pump()
            with receiver:
                yield receiver
        finally:
            unsubscribe()
            sender.close()


_patch = patch  # the method of that name hides the verb inside the class


def _selector(served: Served, labels: str, fields: str) -> Selector:
    try:
        return selector(labels, fields, served.selectable)
    except SelectorError as error:
        raise failures.bad_request(str(error)) from error


def _typed(served: Served, obj: JSONObject) -> JSONObject:
    head = {"kind": served.resource.kind, "apiVersion": served.api_version}
    return {**head, **obj, **head}
