"""
The node lifecycle controller: nodes that are not heard of become Unknown and tainted.

That a machine is dark it is told by the machine, not by a Lease that is no longer renewed: a cluster in
which nothing happens writes nothing, so that virtual time can jump.

Source: kubernetes pkg/controller/nodelifecycle.
"""

import attrs
import trio

from simulator.controllers import node_health
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.conditions import condition
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused


@attrs.define(eq=False)
class NodeLifecycle:
    """Looks at one node at a time."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._client = self.context.controller_client("node-controller")
        self._recorder = self.context.recorder(self._client, "node-controller")
        self._queue = self.context.queue()
        self.context.informer(NODE).subscribe(self._node_changed)
        self.context.informer(POD)

    async def run(self) -> None:
        """Watch over nodes until cancelled."""
        machines = self.context.machines
        machines.subscribe(self._look_at)
        try:
            # A control plane that starts finds machines that went dark before.
            for node in self.context.informer(NODE):
                self._queue.add(key_of(node))
            await work(self._queue, self._reconcile)
        finally:
            machines.unsubscribe(self._look_at)

    def _look_at(self, name: str) -> None:
        self._queue.add(("", name))

    def _node_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is not None and (before is None or before["spec"] != after["spec"]):
            self._queue.add(key_of(after))
        if _readiness(before) != _readiness(after):
            # Whether pods are evicted anywhere depends on how many nodes are left.
            for node in self.context.informer(NODE):
                self._queue.add(key_of(node))

    async def _reconcile(self, key: Key) -> None:
        node = self.context.informer(NODE).get(key)
        if node is None:
            return
        since = self.context.machines.dark_since(key[1])
        if since is not None:
            left = since + self.context.settings.node_grace_seconds - trio.current_time()
            if left > 0:
                self._queue.add_after(key, left)
            else:
                node = await self._silence(node)
        await self._taint(node)

    async def _silence(self, node: JSONObject) -> JSONObject:
        """Tell that a node is not heard of, of itself and of its pods; returns the node."""
        now = self.context.now()
        if node_health.readiness(node) != "Unknown":
            patch = {"status": {"conditions": node_health.silenced(node, now)}}
            node = await self._client.patch(
                NODE.name, "", node["metadata"]["name"], patch, subresource="status"
            )
            self.context.informer(NODE).accept(node)
            text = f"Node {node['metadata']['name']} status is now: NodeNotReady"
            await self._recorder.normal(NODE, node, "NodeNotReady", text)
        for pod in self.context.informer(POD):
            if pod_facts.node_name(pod) == node["metadata"]["name"] and pod_facts.is_ready(pod):
                await self._unready(pod, now)
        return node

    async def _unready(self, pod: JSONObject, now: str) -> None:
        conditions = [
            {**entry, "status": "False", "lastTransitionTime": now}
            if entry["type"] == "Ready"
            else entry
            for entry in pod["status"]["conditions"]
        ]
        try:
            written = await self._client.patch(
                POD.name, *key_of(pod), {"status": {"conditions": conditions}}, subresource="status"
            )
        except Refused as refusal:
            if refusal.code == 404:
                return
            raise
        self.context.informer(POD).accept(written)
        await self._recorder.warning(POD, pod, "NodeNotReady", "Node is not ready")

    async def _taint(self, node: JSONObject) -> None:
        everyone = tuple(self.context.informer(NODE))
        wanted = node_health.wanted_taints(
            node, drive_out=node_health.may_drive_out(everyone), now=self.context.now()
        )
        if wanted == list(node["spec"].get("taints") or ()):
            return
        spec = {key: value for key, value in node["spec"].items() if key != "taints"}
        changed = {**node, "spec": {**spec, **({"taints": wanted} if wanted else {})}}
        written = await self._client.update(NODE.name, *key_of(node), changed)
        self.context.informer(NODE).accept(written)


def _readiness(node: JSONObject | None) -> str:
    if node is None:
        return ""
    found = condition((node.get("status") or {}).get("conditions") or (), "Ready")
    return "" if found is None else str(found["status"])
