"""
Evictions by taints: a pod whose node drives it out is deleted once its tolerations have run out.

On a dark node it stays Terminating, since nobody there ends it.

Source: kubernetes pkg/controller/tainteviction/taint_eviction.go.
"""

import math

import attrs

from simulator import timestamps
from simulator.controllers import pods as pod_facts
from simulator.controllers import taints
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.conditions import without
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.ownership import is_deleting
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused


def due(pod: JSONObject, node: JSONObject | None) -> float:
    """Wall time at which a pod has to leave its node; infinity when it may stay. Pure."""
    driving_out = taints.driving_out(node) if node is not None else ()
    if not driving_out or is_deleting(pod) or pod_facts.is_finished(pod):
        return math.inf
    seconds = taints.seconds_to_stay(pod, driving_out)
    if seconds == math.inf:
        return math.inf
    since = max(timestamps.seconds(t["timeAdded"]) if "timeAdded" in t else 0 for t in driving_out)
    return since + seconds


@attrs.define(eq=False)
class Evictions:
    """Keeps an appointment for each pod that has to leave."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)
    _marked: set[Key] = attrs.field(init=False, factory=set)
    """Pods that have to leave later."""

    def __attrs_post_init__(self) -> None:
        self._client = self.context.controller_client("node-controller")
        self._recorder = self.context.recorder(self._client, "taint-eviction-controller")
        self._queue = self.context.queue()
        self.context.informer(NODE).subscribe(self._node_changed)
        self.context.informer(POD).subscribe(self._pod_changed)

    async def run(self) -> None:
        """Evict until cancelled."""
        await work(self._queue, self._reconcile)

    def _node_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        was = taints.driving_out(before) if before is not None else ()
        is_ = taints.driving_out(after) if after is not None else ()
        if was == is_:
            return
        node = after if after is not None else before
        assert node is not None
        for pod in self.context.informer(POD):
            if pod_facts.node_name(pod) == node["metadata"]["name"]:
                self._queue.add(key_of(pod))

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is None:
            assert before is not None
            self._marked.discard(key_of(before))
        elif due(after, self._node_of(after)) < math.inf:
            self._queue.add(key_of(after))

    def _node_of(self, pod: JSONObject) -> JSONObject | None:
        return self.context.informer(NODE).get(("", pod_facts.node_name(pod)))

    async def _reconcile(self, key: Key) -> None:
        pod = self.context.informer(POD).get(key)
        if pod is None:
            return
        namespace, name = key
        at = due(pod, self._node_of(pod))
        if at == math.inf:
            if key in self._marked and not is_deleting(pod):
                text = f"Cancelling deletion of Pod {namespace}/{name}"
                await self._recorder.normal(POD, pod, "TaintManagerEviction", text)
            self._marked.discard(key)
            return
        left = at - self.context.clock.now()
        if left > 0:
            self._marked.add(key)
            self._queue.add_after(key, left)
            return
        self._marked.discard(key)
        text = f"Marking for deletion Pod {namespace}/{name}"
        await self._recorder.normal(POD, pod, "TaintManagerEviction", text)
        await evict(
            self._client,
            self.context,
            pod,
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        )


async def evict(
    client: Client,
    context: Context,
    pod: JSONObject,
    reason: str,
    message: str,
    *,
    failed: bool = False,
) -> None:
    """
    Delete a pod, having told on it why.

    Args:
        client: of the controller that does it.
        context: of the control plane.
        pod: as cached.
        reason: of the condition DisruptionTarget.
        message: likewise.
        failed: nobody is left to end it: its phase becomes Failed, and it goes without grace.

    Raises:
        Refused: it is there and could not be deleted.
    """
    known = (pod.get("status") or {}).get("conditions") or ()
    told = {
        "type": "DisruptionTarget",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": context.now(),
        "reason": reason,
        "message": message,
    }
    status: JSONObject = {"conditions": [*without(known, "DisruptionTarget"), told]}
    if failed:
        status["phase"] = "Failed"
    try:
        await client.patch(POD.name, *key_of(pod), {"status": status}, subresource="status")
        answer = await client.delete(
            POD.name,
            *key_of(pod),
            uid=pod["metadata"]["uid"],
            grace_seconds=0 if failed else None,
        )
    except Refused as refusal:
        if refusal.code == 404:
            return
        raise
    context.informer(POD).accept(answer)
