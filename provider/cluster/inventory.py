"""
Keeps the book of capacity up to date from what is watched anyway, and from nodes and others' pods.

Nodes and pods that are not ours fill a store of their own, which keeps outlines: what of them takes
or offers room, a twentieth of the objects. Looking costs no request, and no decoding where nothing
changed.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import attrs
import trio

from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.framing import WatchEvent
from provider.kubernetes.kinds import NODE, POD, Kind, ObjectKey
from provider.kubernetes.store import Store
from provider.kubernetes.stored import Stored
from provider.kubernetes.table import Entry
from provider.ledger.capacity import CapacityLedger
from provider.ledger.nodes import Node, PodUse, read_node, read_pod
from provider.reconcile.health import NodeState
from provider.workload import labels

FOLLOWED: tuple[tuple[Kind, str], ...] = ((NODE, ""), (POD, f"{labels.MANAGED}!=true"))
"""Kinds of the store of outlines, and which of their objects it holds."""


class Outlines(Store):
    """Nodes and pods that are not ours, cut down to what the book needs."""

    def __init__(self) -> None:
        super().__init__(lambda _, __: "", (NODE, POD))

    def entry(self, kind: Kind, obj: JSONObject) -> Entry:
        """Make a row of an outline."""
        return super().entry(kind, outline(kind, obj))

    def observe(self, kind: Kind, event: WatchEvent) -> None:
        """Take an event in; a bookmark has no object to cut down."""
        if event.type != "BOOKMARK":
            event = attrs.evolve(event, object=outline(kind, event.object))
        super().observe(kind, event)


def outline(kind: Kind, obj: FrozenJSON) -> JSONObject:
    """What of a node or a pod is kept."""
    metadata = obj.get("metadata") or {}
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    kept: JSONObject = {
        name: metadata[name]
        for name in ("name", "namespace", "uid", "resourceVersion", "deletionTimestamp")
        if name in metadata
    }
    if kind is POD:
        return {
            "metadata": kept,
            "spec": _pod_spec(spec),
            "status": {"phase": status.get("phase", "")},
        }
    kept["labels"] = {
        key: value
        for key, value in (metadata.get("labels") or {}).items()
        if key.startswith(labels.MANAGED)
    }
    ready = [c for c in status.get("conditions") or () if c.get("type") == "Ready"]
    return {
        "metadata": kept,
        "spec": {name: spec[name] for name in ("unschedulable", "taints") if name in spec},
        "status": {
            "allocatable": status.get("allocatable") or {},
            "conditions": [{"type": "Ready", "status": c.get("status")} for c in ready],
        },
    }


def _pod_spec(spec: FrozenJSON) -> JSONObject:
    kept = {name: spec[name] for name in ("nodeName", "overhead", "resources") if name in spec}
    for name in ("containers", "initContainers"):
        kept[name] = [
            {key: container[key] for key in ("resources", "restartPolicy") if key in container}
            for container in spec.get(name) or ()
        ]
    return kept


_T = TypeVar("_T")


@attrs.define(eq=False)
class _Seen(Generic[_T]):
    """Objects as they were read last; one that has not changed is not read again."""

    read: Callable[[JSONObject], _T]
    _known: dict[ObjectKey, tuple[str, _T]] = attrs.field(factory=dict, init=False)

    def update(self, objects: Iterable[Stored]) -> bool:
        """Take in what there is now; True when something of it is different."""
        known: dict[ObjectKey, tuple[str, _T]] = {}
        changed = False
        for stored in objects:
            before = self._known.get(stored.key)
            if before is not None and before[0] == stored.resource_version:
                known[stored.key] = before
                continue
            value = self.read(stored.decode())
            changed = changed or before is None or before[1] != value
            known[stored.key] = stored.resource_version, value
        changed = changed or len(known) != len(self._known)
        self._known = known
        return changed

    def values(self) -> list[_T]:
        """What was read, in the order of the objects."""
        return [value for _, value in self._known.values()]


@attrs.define(eq=False)
class Inventory:
    """Looks at both stores and tells the book."""

    store: Store
    """Holds the pods with our label."""
    outlines: Outlines
    book: CapacityLedger
    fresh_seconds: float
    """What the store says of nodes is believed for so long after its last event or bookmark."""
    _nodes: _Seen[Node] = attrs.field(factory=lambda: _Seen(read_node), init=False)
    _pods: _Seen[PodUse | None] = attrs.field(factory=lambda: _Seen(read_pod), init=False)
    _positions: tuple[str, ...] = attrs.field(default=(), init=False)
    """Up to where lists and events had been heard at the last look."""

    def node_state(self, name: str) -> NodeState:
        """What is seen of a node now; a sight that is too old tells no more than none."""
        stamp = self.outlines.stamp(NODE)
        if stamp is None or trio.current_time() - stamp > self.fresh_seconds:
            return NodeState.NOT_READY
        stored = self.outlines.get(ObjectKey(NODE, "", name))
        if stored is None:
            return NodeState.GONE
        conditions = stored.decode()["status"]["conditions"]
        ready = any(condition["status"] == "True" for condition in conditions)
        return NodeState.READY if ready else NodeState.NOT_READY

    async def wait_seen(self) -> None:
        """
        Return once the book knows all nodes and pods.

        Cancellation:
            Nothing is left behind.
        """
        await self.outlines.wait_synced()
        await self.store.wait_synced()
        self.look()

    def look(self) -> None:
        """Tell the book what changed since the last look, if anything did."""
        positions = (
            self.outlines.position(NODE),
            self.outlines.position(POD),
            self.store.position(POD),
        )
        if positions == self._positions:
            return
        nodes = self._nodes.update(self.outlines.all(NODE))
        pods = self._pods.update((*self.outlines.all(POD), *self.store.all(POD)))
        if nodes or pods or not self._positions:
            uses = (use for use in self._pods.values() if use is not None)
            self.book.update(self._nodes.values(), uses)
        self._positions = positions

    async def follow(self, seconds: float) -> None:
        """Look again and again until cancelled."""
        await self.wait_seen()
        while True:
            await trio.sleep(seconds)
            self.look()
