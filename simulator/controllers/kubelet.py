"""
The kubelets of all nodes: each takes the pods of its node through the stages of `stages`.

Each write is made as the node that the pod is on. Nothing is written while a pod stays in a stage.
"""

import attrs
import trio

from simulator.controllers import pod_status, stages
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.pod_status import Place
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.stages import Stage, State
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client

_EARLY_SECONDS = 1e-6
"""Rounding of times that were added up."""


@attrs.frozen
class _Armed:
    """A pod that waits for the end of its stage."""

    state: State
    due: float
    """In Trio's time."""


@attrs.define(eq=False)
class Kubelets:
    """The kubelets of a cluster; one queue serves them all."""

    context: Context
    _clients: dict[str, Client] = attrs.field(init=False, factory=dict)
    _table: tuple[Stage, ...] = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)
    _armed: dict[Key, _Armed] = attrs.field(init=False, factory=dict)
    _addresses: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._table = stages.table(self.context.settings)
        self._queue = self.context.queue()
        self.context.informer(POD).subscribe(self._pod_changed)
        self.context.informer(NODE)

    async def run(self) -> None:
        """Run pods until cancelled."""
        await work(self._queue, self._advance)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is not None:
            self._arm(after)
        elif before is not None:
            self._armed.pop(key_of(before), None)

    def _arm(self, pod: JSONObject) -> None:
        """Have a pod that has entered a stage looked at when that stage ends."""
        key, state = key_of(pod), stages.state_of(pod)
        armed = self._armed.get(key)
        if armed is not None and armed.state is state:
            return
        stage = self._stage(pod)
        if stage is None:
            self._armed.pop(key, None)
            return
        jitter = 1.0 + self.context.settings.jitter * self.context.rng.random()
        seconds = stages.seconds_until(stage, pod) * jitter
        self._armed[key] = _Armed(state, trio.current_time() + seconds)
        self._queue.add_after(key, seconds)

    def _stage(self, pod: JSONObject) -> Stage | None:
        return stages.next_stage(pod, self._table, self.context.settings)

    async def _advance(self, key: Key) -> None:
        pod, armed = self.context.informer(POD).get(key), self._armed.get(key)
        if pod is None or armed is None:
            return
        early = armed.due - trio.current_time()
        if early > _EARLY_SECONDS:
            self._queue.add_after(key, early)
            return
        stage = self._stage(pod)
        if stage is None:
            return
        client = self._client(pod_facts.node_name(pod))
        if stage.then is State.OVER:
            uid = pod["metadata"]["uid"]
            answer = await client.delete(POD.name, *key, uid=uid, grace_seconds=0)
        else:
            now = self.context.now()
            told = pod_status.render(pod, stage.then, self._place(pod), self.context.settings, now)
            changed = {**pod, "status": told}
            answer = await client.update(POD.name, *key, changed, subresource="status")
        self.context.informer(POD).accept(answer)

    def _client(self, node: str) -> Client:
        client = self._clients.get(node)
        if client is None:
            client = self._clients[node] = self.context.client_for(f"system:node:{node}")
        return client

    def _place(self, pod: JSONObject) -> Place:
        """A fresh address for the pod, and its node's."""
        self._addresses += 1
        high, low = divmod(self._addresses, 250)
        middle, high = divmod(high, 256)
        node = self.context.informer(NODE).get(("", pod_facts.node_name(pod)))
        addresses = ((node or {}).get("status") or {}).get("addresses") or ()
        node_ip = next((item["address"] for item in addresses if item["type"] == "InternalIP"), "")
        return Place(node_ip, f"10.{128 + middle}.{high}.{low + 1}")
