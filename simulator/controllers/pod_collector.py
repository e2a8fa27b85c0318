"""
The pod garbage collector: pods of a node that is gone go, too, after a while.

Source: kubernetes pkg/controller/podgc/gc_controller.go (gcOrphaned).
"""

import attrs

from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.context import Context
from simulator.controllers.evictions import evict
from simulator.controllers.informer import key_of
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client


@attrs.define(eq=False)
class PodCollector:
    """Waits whether the node comes back, then deletes."""

    context: Context
    _client: Client = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._client = self.context.controller_client("pod-garbage-collector")
        self._queue = self.context.queue(self.context.settings.orphan_seconds)
        self.context.informer(NODE).subscribe(self._node_changed)
        self.context.informer(POD).subscribe(self._pod_changed)

    async def run(self) -> None:
        """Collect until cancelled."""
        await work(self._queue, self._reconcile)

    def _node_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is None and before is not None:
            for pod in self.context.informer(POD):
                if pod_facts.node_name(pod) == before["metadata"]["name"]:
                    self._queue.add(key_of(pod))

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        is_new_there = after is not None and (
            before is None or pod_facts.node_name(before) != pod_facts.node_name(after)
        )
        if after is not None and is_new_there and self._is_orphan(after):
            self._queue.add(key_of(after))

    def _is_orphan(self, pod: JSONObject) -> bool:
        node = pod_facts.node_name(pod)
        return bool(node) and self.context.informer(NODE).get(("", node)) is None

    async def _reconcile(self, key: Key) -> None:
        pod = self.context.informer(POD).get(key)
        if pod is not None and self._is_orphan(pod):
            text = "PodGC: node no longer exists"
            await evict(self._client, self.context, pod, "DeletionByPodGC", text, failed=True)
