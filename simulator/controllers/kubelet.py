"""
The kubelets of all nodes: each takes the pods of its node through the stages of `stages`.

Each write is made as the node that the pod is on. Nothing is written while a pod stays in a stage. The
kubelet of a dark machine neither hears nor writes: its pods stay as they are told to be, and go on from
there when it is back.
"""

import attrs
import trio

from simulator.controllers import node_health, pod_status, stages
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.nodes import healthy
from simulator.controllers.pod_status import Place
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.stages import Stage, State
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client

_EARLY_SECONDS = 1e-6
"""Rounding of times that were added up."""

DARK = "simulator.akash.network/dark"
"""Annotation of a node: "true" turns its machine dark, for those who have nothing but the API."""


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
    _away: set[str] = attrs.field(init=False, factory=set)
    """Machines that went dark and were not heard of since."""
    _kept: dict[Key, None] = attrs.field(init=False, factory=dict)
    """Pods that should have ended but were not let."""
    _returned: KeyQueue[Key] = attrs.field(init=False)
    """Nodes that were away; each has to tell how it and its pods are."""

    def __attrs_post_init__(self) -> None:
        self._table = stages.table(self.context.settings)
        self._queue = self.context.queue()
        self._returned = self.context.queue()
        self.context.informer(POD).subscribe(self._pod_changed)
        self.context.informer(NODE).subscribe(self._node_changed)

    async def run(self) -> None:
        """Run pods until cancelled."""
        machines = self.context.machines
        machines.subscribe(self._machine_changed)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(work, self._queue, self._advance, name="kubelets: pods")
                nursery.start_soon(work, self._returned, self._report, name="kubelets: nodes")
        finally:
            machines.unsubscribe(self._machine_changed)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is not None:
            self._arm(after)
        elif before is not None:
            self._armed.pop(key_of(before), None)

    def _node_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        was, is_ = _is_said_dark(before), _is_said_dark(after)
        if after is not None and was != is_:
            machines, name = self.context.machines, after["metadata"]["name"]
            (machines.go_dark if is_ else machines.come_back)(name)
        if before is None and after is not None:
            self._rearm(after["metadata"]["name"])

    def _machine_changed(self, name: str) -> None:
        if not name:
            for key in self._kept:
                self._queue.add(key)
            self._kept.clear()
        elif self.context.machines.dark_since(name) is not None:
            self._away.add(name)
        else:
            self._rearm(name)
            if name in self._away:
                self._away.discard(name)
                self._returned.add(("", name))

    def _rearm(self, node: str) -> None:
        """Let the stages of a node's pods begin anew: nobody was there to end them."""
        for pod in self._pods_of(node):
            self._armed.pop(key_of(pod), None)
            self._arm(pod)

    def _pods_of(self, node: str) -> list[JSONObject]:
        pods = self.context.informer(POD)
        return [pod for pod in pods if pod_facts.node_name(pod) == node]

    def _is_away(self, node: str) -> bool:
        """Whether nobody is there to run the pods of a node."""
        if self.context.machines.dark_since(node) is not None:
            return True
        return self.context.informer(NODE).get(("", node)) is None

    async def _report(self, key: Key) -> None:
        """Tell that a node is well again, and which of its pods are."""
        _, name = key
        node = self.context.informer(NODE).get(key)
        if node is None or self._is_away(name):
            return
        if node_health.readiness(node) != "True":
            patch = {"status": {"conditions": healthy(self.context.now())}}
            answer = await self._client(name).patch(NODE.name, *key, patch, subresource="status")
            self.context.informer(NODE).accept(answer)
        for pod in self._pods_of(name):
            if stages.state_of(pod) is State.RUNNING and not pod_facts.is_ready(pod):
                await self._tell(pod, State.RUNNING)

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
        factor = self.context.machines.factor(pod_facts.node_name(pod))
        seconds = stages.seconds_until(stage, pod) * jitter * factor
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
        if stage is None or self._is_away(pod_facts.node_name(pod)):
            return
        if stage.then is State.OVER:
            if self.context.machines.keeps(key[0]):
                self._kept[key] = None
                return
            uid = pod["metadata"]["uid"]
            client = self._client(pod_facts.node_name(pod))
            answer = await client.delete(POD.name, *key, uid=uid, grace_seconds=0)
            self.context.informer(POD).accept(answer)
        else:
            await self._tell(pod, stage.then)

    async def _tell(self, pod: JSONObject, state: State) -> None:
        """Write the status of a pod that is in a state."""
        now = self.context.now()
        told = pod_status.render(pod, state, self._place(pod), self.context.settings, now)
        client = self._client(pod_facts.node_name(pod))
        changed = {**pod, "status": told}
        answer = await client.update(POD.name, *key_of(pod), changed, subresource="status")
        self.context.informer(POD).accept(answer)

    def _client(self, node: str) -> Client:
        client = self._clients.get(node)
        if client is None:
            client = self._clients[node] = self.context.client_for(f"system:node:{node}")
        return client

    def _place(self, pod: JSONObject) -> Place:
        """The pod's address, a fresh one if it has none, and its node's."""
        node = self.context.informer(NODE).get(("", pod_facts.node_name(pod)))
        addresses = ((node or {}).get("status") or {}).get("addresses") or ()
        node_ip = next((item["address"] for item in addresses if item["type"] == "InternalIP"), "")
        known = (pod.get("status") or {}).get("podIP")
        return Place(node_ip, known or self.context.machines.next_address())


def _is_said_dark(node: JSONObject | None) -> bool:
    annotations = node["metadata"].get("annotations") or {} if node is not None else {}
    return annotations.get(DARK) == "true"
