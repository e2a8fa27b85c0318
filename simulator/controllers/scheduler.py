"""
The scheduler: gives each new pod a node, or says why there is none and waits for a change.

Source: kubernetes pkg/scheduler.
"""

import attrs

from simulator.controllers import placement
from simulator.controllers import pods as pod_facts
from simulator.controllers.amounts import Amounts, requested
from simulator.controllers.catalog import CLAIM, NODE, POD
from simulator.controllers.claim_facts import is_bound
from simulator.controllers.conditions import condition, without
from simulator.controllers.context import Context
from simulator.controllers.correlation import Happening
from simulator.controllers.informer import key_of
from simulator.controllers.ownership import is_deleting
from simulator.controllers.placement import Placement, Room
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder, about
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client

_NAME = "default-scheduler"


@attrs.define(eq=False)
class Scheduler:
    """Binds pods one at a time, in the order in which they appear."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)
    _taken: dict[str, Amounts] = attrs.field(init=False, factory=dict)
    """What the pods on each node take up."""
    _allocatable: dict[str, Amounts] = attrs.field(init=False, factory=dict)
    """What each node offers."""
    _waiting: dict[Key, str] = attrs.field(init=False, factory=dict)
    """Pods that found no node, each with what was last said about it."""

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.client_for("system:kube-scheduler")
        self._recorder = context.recorder(self._client, _NAME)
        self._queue = context.queue()
        context.informer(POD).subscribe(self._pod_changed)
        context.informer(NODE).subscribe(self._node_changed)
        context.informer(CLAIM).subscribe(self._claim_changed)

    async def run(self) -> None:
        """Schedule until cancelled."""
        await work(self._queue, self._schedule)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        was, is_ = _occupied(before), _occupied(after)
        if before is not None and was and not is_:
            self._account(was, requested(before), -1)
            self._look_again()
        elif after is not None and is_ and not was:
            self._account(is_, requested(after), 1)
        if after is None:
            assert before is not None
            self._waiting.pop(key_of(before), None)
        elif before is None and _is_due(after):
            self._queue.add(key_of(after))

    def _account(self, node: str, amounts: Amounts, sign: int) -> None:
        taken = self._taken.setdefault(node, {})
        for name, value in amounts.items():
            taken[name] = taken.get(name, value * 0) + sign * value

    def _node_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is None:
            assert before is not None
            del self._allocatable[before["metadata"]["name"]]
        elif _offer(before) != _offer(after):
            self._allocatable[after["metadata"]["name"]] = placement.allocatable(after)
            self._look_again()

    def _claim_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        known = before is not None and is_bound(before)
        if after is not None and is_bound(after) != known:
            self._look_again()

    def _look_again(self) -> None:
        """The cluster changed in favour of pods that found no node."""
        for key in self._waiting:
            self._queue.add(key)

    async def _schedule(self, key: Key) -> None:
        pod = self.context.informer(POD).get(key)
        if pod is None or not _is_due(pod):
            self._waiting.pop(key, None)
            return
        placed = self._place(pod)
        if placed.node:
            self._waiting.pop(key, None)
            await self._bind(key, pod, placed.node)
        else:
            await self._refuse(key, pod, placed.message)

    def _place(self, pod: JSONObject) -> Placement:
        nodes = self.context.informer(NODE)
        obstacle = self._missing_volume(pod)
        if obstacle and len(nodes):
            return Placement(message=placement.rejected(len(nodes), obstacle))
        return placement.place(pod, [self._room(node) for node in nodes])

    def _room(self, node: JSONObject) -> Room:
        name = node["metadata"]["name"]
        return Room(node, self._allocatable[name], self._taken.get(name, {}))

    def _missing_volume(self, pod: JSONObject) -> str:
        """What is wrong with the pod's claims; empty if they are all bound."""
        namespace = pod["metadata"]["namespace"]
        for name in pod_facts.claim_names(pod):
            claim = self.context.informer(CLAIM).get((namespace, name))
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if is_deleting(claim):
                return f'persistentvolumeclaim "{name}" is being deleted'
            if not is_bound(claim):
                return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    async def _bind(self, key: Key, pod: JSONObject, node: str) -> None:
        namespace, name = key
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name, "namespace": namespace, "uid": pod["metadata"]["uid"]},
            "target": {"kind": "Node", "name": node},
        }
        await self._client.update(POD.name, namespace, name, binding, subresource="binding")
        # The answer to a binding is no pod; the next pod must see this one on its node.
        self.context.informer(POD).accept(await self._client.get(POD.name, namespace, name))
        text = f"Successfully assigned {namespace}/{name} to {node}"
        happening = Happening(about(POD, pod), "Normal", "Scheduled", text)
        await self._recorder.action(POD, pod, happening, "Binding")

    async def _refuse(self, key: Key, pod: JSONObject, message: str) -> None:
        said = f"{pod['metadata']['resourceVersion']} {message}"
        repeated = self._waiting.get(key) == said
        self._waiting[key] = said
        if repeated:
            # The real one raises the count of a series; nothing new is to be seen.
            return
        happening = Happening(about(POD, pod), "Warning", "FailedScheduling", message)
        await self._recorder.action(POD, pod, happening, "Scheduling")
        conditions = list((pod.get("status") or {}).get("conditions") or ())
        known = condition(conditions, "PodScheduled")
        if known is not None and known.get("message") == message:
            return
        told = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": known["lastTransitionTime"] if known else self.context.now(),
            "reason": "Unschedulable",
            "message": message,
        }
        patch = {"status": {"conditions": [*without(conditions, "PodScheduled"), told]}}
        written = await self._client.patch(POD.name, *key, patch, subresource="status")
        self.context.informer(POD).accept(written)


def _is_due(pod: JSONObject) -> bool:
    """Whether the pod waits for this scheduler."""
    ours = pod["spec"].get("schedulerName", _NAME) == _NAME
    return ours and not pod_facts.node_name(pod) and pod_facts.is_active(pod)


def _occupied(pod: JSONObject | None) -> str:
    """The node on which a pod takes up room; empty if it takes up none."""
    if pod is None or pod_facts.is_finished(pod):
        return ""
    return pod_facts.node_name(pod)


def _offer(node: JSONObject | None) -> tuple[object, ...]:
    """What of a node decides which pods fit; of none nothing."""
    if node is None:
        return ()
    allocatable = (node.get("status") or {}).get("allocatable")
    return node["spec"], node["metadata"].get("labels"), allocatable
