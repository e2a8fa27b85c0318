"""
The ReplicaSet controller: as many pods as asked for, and a status that says how they are.

Source: kubernetes pkg/controller/replicaset/{replica_set,replica_set_utils}.go, and
controller_utils.go (ActivePodsWithRanks) for whom it lets go first.
"""

from collections.abc import Iterable, Sequence

import attrs

from simulator import timestamps
from simulator.controllers import pods as pod_facts
from simulator.controllers.adoption import settle_claims, suitors
from simulator.controllers.catalog import POD, REPLICA_SET
from simulator.controllers.conditions import condition, without
from simulator.controllers.context import Context, enqueue
from simulator.controllers.informer import key_of
from simulator.controllers.ownership import controller_key, is_controlled_by, is_deleting
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.selectors import has_all, labels_of
from simulator.controllers.templates import pod_from
from simulator.controllers.worker import namespace_is_terminating, outcome, work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused

_BURST = 500
"""Pods made or let go in one pass (BurstReplicas)."""


@attrs.frozen
class Plan:
    """What one pass does about the pods of a ReplicaSet."""

    create: int
    """How many pods are missing."""
    delete: tuple[JSONObject, ...]
    """Which pods are too many, first the one to go first."""


def plan(replica_set: JSONObject, pods: Sequence[JSONObject]) -> Plan:
    """Compare the pods that a ReplicaSet controls with what it asks for. Pure."""
    if is_deleting(replica_set):
        return Plan(0, ())
    active = [pod for pod in pods if pod_facts.is_active(pod)]
    missing = replica_set["spec"]["replicas"] - len(active)
    if missing >= 0:
        return Plan(min(missing, _BURST), ())
    return Plan(0, tuple(_by_dispensability(active)[: min(-missing, _BURST)]))


def status(
    replica_set: JSONObject, pods: Iterable[JSONObject], failure: JSONObject | None, now: float
) -> JSONObject:
    """
    The status to be told, from the pods as they were before the pass. Pure.

    Args:
        replica_set: as stored.
        pods: what it controls.
        failure: the condition ReplicaFailure, or None when pods could be made and let go.
        now: wall time in seconds.
    """
    spec = replica_set["spec"]
    pods = tuple(pods)
    active = [pod for pod in pods if pod_facts.is_active(pod)]
    template_labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    counts = {
        "fullyLabeledReplicas": sum(has_all(labels_of(pod), template_labels) for pod in active),
        "readyReplicas": sum(pod_facts.is_ready(pod) for pod in active),
        "availableReplicas": sum(
            pod_facts.is_available(pod, spec.get("minReadySeconds", 0), now) for pod in active
        ),
    }
    conditions = list((replica_set.get("status") or {}).get("conditions") or ())
    if failure is None:
        conditions = without(conditions, "ReplicaFailure")
    elif condition(conditions, "ReplicaFailure") is None:
        conditions.append(failure)
    return {
        "replicas": len(active),
        **{field: count for field, count in counts.items() if count},
        "terminatingReplicas": sum(map(pod_facts.is_terminating, pods)),
        "observedGeneration": replica_set["metadata"]["generation"],
        **({"conditions": conditions} if conditions else {}),
    }


def _by_dispensability(pods: Sequence[JSONObject]) -> list[JSONObject]:
    """Pods in the order in which they are let go."""
    crowd: dict[str, int] = {}
    for pod in pods:
        crowd[pod_facts.node_name(pod)] = crowd.get(pod_facts.node_name(pod), 0) + 1

    def rank(pod: JSONObject) -> tuple[object, ...]:
        phases = {"Pending": 0, "Unknown": 1, "Running": 2}
        return (
            bool(pod_facts.node_name(pod)),
            phases.get(pod_facts.phase(pod), 0),
            pod_facts.is_ready(pod),
            _deletion_cost(pod),
            -crowd[pod_facts.node_name(pod)],
            -pod_facts.ready_since(pod),
            -pod_facts.restarts(pod),
            -timestamps.seconds(pod["metadata"]["creationTimestamp"]),
            pod["metadata"]["uid"],
        )

    return sorted(pods, key=rank)


def _deletion_cost(pod: JSONObject) -> int:
    annotations = pod["metadata"].get("annotations") or {}
    try:
        return int(annotations.get("controller.kubernetes.io/pod-deletion-cost", "0"))
    except ValueError:
        return 0


@attrs.define(eq=False)
class ReplicaSets:
    """Acts on the plans."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("replicaset-controller")
        self._recorder = context.recorder(self._client, "replicaset-controller")
        self._queue = context.queue()
        context.informer(REPLICA_SET).subscribe(enqueue(self._queue))
        context.informer(POD).subscribe(self._pod_changed)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        for pod in (before, after):
            key = controller_key(pod, REPLICA_SET) if pod is not None else None
            if key is not None:
                self._queue.add(key)
        if after is not None:
            for suitor in suitors(self.context.informer(REPLICA_SET), after):
                self._queue.add(key_of(suitor))

    async def _reconcile(self, key: Key) -> None:
        replica_set = self.context.informer(REPLICA_SET).get(key)
        if replica_set is None:
            return
        pods_known = self.context.informer(POD)
        await settle_claims(self._client, REPLICA_SET, replica_set, POD, pods_known)
        owned = self.context.informer(POD).owned_by(replica_set["metadata"]["uid"])
        pods = [pod for pod in owned if is_controlled_by(pod, replica_set)]
        refusal, condition_of_it = None, None
        todo = plan(replica_set, pods)
        try:
            await self._create(replica_set, todo.create)
            await self._delete(replica_set, todo.delete)
        except Refused as error:
            refusal = error
            reason = "FailedCreate" if todo.create else "FailedDelete"
            condition_of_it = self._failure(reason, error)
        await self._tell_status(replica_set, pods, condition_of_it)
        if refusal is not None:
            raise refusal

    async def _create(self, replica_set: JSONObject, count: int) -> None:
        namespace = replica_set["metadata"]["namespace"]
        pod = pod_from(replica_set["spec"]["template"], REPLICA_SET, replica_set)
        for _ in range(count):
            made = await outcome(self._client.create(POD.name, namespace, pod))
            if isinstance(made, Refused):
                if namespace_is_terminating(made):
                    return
                message = f"Error creating: {made.status.get('message')}"
                await self._recorder.warning(REPLICA_SET, replica_set, "FailedCreate", message)
                raise made
            self.context.informer(POD).accept(made)
            message = f"Created pod: {made['metadata']['name']}"
            await self._recorder.normal(REPLICA_SET, replica_set, "SuccessfulCreate", message)

    async def _delete(self, replica_set: JSONObject, pods: Iterable[JSONObject]) -> None:
        for pod in pods:
            namespace, name = key_of(pod)
            try:
                answer = await self._client.delete(
                    POD.name, namespace, name, uid=pod["metadata"]["uid"]
                )
            except Refused as refusal:
                if refusal.code == 404:
                    continue
                raise
            self.context.informer(POD).accept(answer)
            message = f"Deleted pod: {name}"
            await self._recorder.normal(REPLICA_SET, replica_set, "SuccessfulDelete", message)

    def _failure(self, reason: str, refusal: Refused) -> JSONObject:
        return {
            "type": "ReplicaFailure",
            "status": "True",
            "lastTransitionTime": self.context.now(),
            "reason": reason,
            "message": str(refusal.status.get("message", "")),
        }

    async def _tell_status(
        self, replica_set: JSONObject, pods: Sequence[JSONObject], failure: JSONObject | None
    ) -> None:
        now = self.context.clock.now()
        new = status(replica_set, pods, failure, now)
        namespace, name = key_of(replica_set)
        if new != replica_set.get("status"):
            written = await self._client.update(
                REPLICA_SET.name,
                namespace,
                name,
                {**replica_set, "status": new},
                subresource="status",
            )
            self.context.informer(REPLICA_SET).accept(written)
        min_ready = replica_set["spec"].get("minReadySeconds", 0)
        waits = (pod_facts.available_in(pod, min_ready, now) for pod in pods)
        soonest = min((wait for wait in waits if wait is not None and wait > 0), default=None)
        if soonest is not None:
            self._queue.add_after((namespace, name), soonest)
