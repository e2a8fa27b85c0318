"""
The Deployment controller: carries out, pass by pass, what `deployment_rollout` decides.

Source: kubernetes pkg/controller/deployment/deployment_controller.go.
"""

from typing import assert_never

import attrs

from simulator.controllers import deployment_status
from simulator.controllers import pods as pod_facts
from simulator.controllers.adoption import settle_claims, suitors
from simulator.controllers.catalog import DEPLOYMENT, POD, REPLICA_SET
from simulator.controllers.context import Context, enqueue
from simulator.controllers.deployment_rollout import decide
from simulator.controllers.deployment_situation import REVISION, Situation
from simulator.controllers.deployment_sizes import is_rolling, size, size_annotations
from simulator.controllers.deployment_steps import (
    Adopt,
    Annotate,
    Create,
    Prune,
    Scale,
    Step,
    TellStatus,
)
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import controller_key, controller_reference, is_controlled_by
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.templates import HASH_LABEL, same_template, short_hash
from simulator.controllers.worker import outcome, work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused


@attrs.define(eq=False)
class Deployments:
    """Acts on the decisions."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("deployment-controller")
        self._recorder = context.recorder(self._client, "deployment-controller")
        self._queue = context.queue(context.settings.rollout_seconds)
        context.informer(DEPLOYMENT).subscribe(enqueue(self._queue))
        self._replica_sets.subscribe(self._replica_set_changed)
        context.informer(POD).subscribe(self._pod_changed)

    @property
    def _replica_sets(self) -> Informer:
        return self.context.informer(REPLICA_SET)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _replica_set_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        for replica_set in (before, after):
            key = controller_key(replica_set, DEPLOYMENT) if replica_set is not None else None
            if key is not None:
                self._queue.add(key)
        if after is not None:
            for suitor in suitors(self.context.informer(DEPLOYMENT), after):
                self._queue.add(key_of(suitor))

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        """A pod that has gone may let a Recreate go on."""
        if after is not None or before is None:
            return
        key = controller_key(before, REPLICA_SET)
        replica_set = self._replica_sets.get(key) if key is not None else None
        if replica_set is not None:
            self._replica_set_changed(None, replica_set)

    def _situation(self, deployment: JSONObject) -> Situation:
        owned = self._replica_sets.owned_by(deployment["metadata"]["uid"])
        situation = Situation(
            deployment, tuple(item for item in owned if is_controlled_by(item, deployment))
        )
        if is_rolling(deployment):
            return situation
        pods = self.context.informer(POD)
        run = any(
            not pod_facts.is_finished(pod)
            for replica_set in situation.old
            for pod in pods.owned_by(replica_set["metadata"]["uid"])
        )
        return attrs.evolve(situation, old_pods_run=run)

    async def _reconcile(self, key: Key) -> None:
        deployment = self.context.informer(DEPLOYMENT).get(key)
        if deployment is None:
            return
        await settle_claims(self._client, DEPLOYMENT, deployment, REPLICA_SET, self._replica_sets)
        pause = deployment_status.with_pause(deployment, self.context.now())
        if pause != (deployment.get("status") or {}):
            deployment = await self._write(deployment, pause)
        situation = self._situation(deployment)
        stored = deployment.get("status") or {}
        complete = deployment_status.is_complete(deployment, stored)
        for step in decide(situation, is_complete=complete):
            await self._take(situation, step)

    async def _take(self, situation: Situation, step: Step) -> None:
        match step:
            case Create():
                await self._create(situation, step)
            case Annotate(replica_set, annotations):
                await self._write_replica_set(replica_set, annotations, size(replica_set))
            case Adopt(replica_set):
                await self._adopt(situation.deployment, replica_set)
            case Scale():
                await self._scale(situation.deployment, step)
            case Prune(replica_set):
                uid = replica_set["metadata"]["uid"]
                await self._client.delete(REPLICA_SET.name, *key_of(replica_set), uid=uid)
            case TellStatus(progress):
                await self._tell_status(situation, progress=progress)
            case _:
                assert_never(step)

    async def _create(self, situation: Situation, step: Create) -> None:
        deployment = situation.deployment
        status = deployment.get("status") or {}
        replica_set = _new_replica_set(deployment, step, status.get("collisionCount", 0))
        namespace, name = key_of(replica_set)
        made = await outcome(self._client.create(REPLICA_SET.name, namespace, replica_set))
        if isinstance(made, Refused):
            if made.reason == "AlreadyExists":
                await self._meet_namesake(deployment, name)
            raise made
        self._replica_sets.accept(made)
        if step.replicas:
            text = f"Scaled up replica set {name} from 0 to {step.replicas}"
            await self._recorder.normal(DEPLOYMENT, deployment, "ScalingReplicaSet", text)
        now = self.context.now()
        told = deployment_status.with_new_replica_set(deployment, name, now)
        await self._write(deployment, told, revision=step.annotations[REVISION])

    async def _meet_namesake(self, deployment: JSONObject, name: str) -> None:
        """
        Let another hash be tried, unless the namesake is ours and only not yet in the cache.

        That happens when a Deployment is deleted and made again before the old one's ReplicaSet went.
        """
        namespace = deployment["metadata"]["namespace"]
        namesake = await self._client.get(REPLICA_SET.name, namespace, name)
        ours = is_controlled_by(namesake, deployment)
        if ours and same_template(namesake["spec"]["template"], deployment["spec"]["template"]):
            return
        status = deployment.get("status") or {}
        collisions = {**status, "collisionCount": status.get("collisionCount", 0) + 1}
        await self._write(deployment, collisions)

    async def _adopt(self, deployment: JSONObject, replica_set: JSONObject) -> None:
        name = replica_set["metadata"]["name"]
        told = deployment_status.with_found_replica_set(deployment, name, self.context.now())
        revision = replica_set["metadata"]["annotations"][REVISION]
        await self._write(deployment, told, revision=revision)

    async def _scale(self, deployment: JSONObject, step: Scale) -> None:
        replica_set, before = step.replica_set, size(step.replica_set)
        live = replica_set["metadata"].get("annotations") or {}
        annotations = {**live, **size_annotations(deployment)}
        await self._write_replica_set(replica_set, annotations, step.replicas)
        if step.replicas != before:
            direction = "up" if step.replicas > before else "down"
            name = replica_set["metadata"]["name"]
            text = f"Scaled {direction} replica set {name} from {before} to {step.replicas}"
            await self._recorder.normal(DEPLOYMENT, deployment, "ScalingReplicaSet", text)

    async def _write_replica_set(
        self, replica_set: JSONObject, annotations: JSONObject, replicas: int
    ) -> None:
        changed = {
            **replica_set,
            "metadata": {**replica_set["metadata"], "annotations": annotations},
            "spec": {**replica_set["spec"], "replicas": replicas},
        }
        written = await self._client.update(REPLICA_SET.name, *key_of(replica_set), changed)
        self._replica_sets.accept(written)

    async def _tell_status(self, situation: Situation, *, progress: bool) -> None:
        deployment, now = situation.deployment, self.context.clock.now()
        told = deployment_status.status(situation, now, progress=progress)
        if told != (deployment.get("status") or {}):
            await self._write(deployment, told)
            return
        seconds = deployment_status.seconds_to_deadline(deployment, now)
        if progress and seconds is not None:
            # One second more, as times are told in whole seconds.
            self._queue.add_after(key_of(deployment), max(seconds, 0.0) + 1.0)

    async def _write(
        self, deployment: JSONObject, status: JSONObject, *, revision: str = ""
    ) -> JSONObject:
        """Write the status; with it, for the status endpoint lets it through, the revision."""
        metadata = deployment["metadata"]
        if revision:
            annotations = {**(metadata.get("annotations") or {}), REVISION: revision}
            metadata = {**metadata, "annotations": annotations}
        changed = {**deployment, "metadata": metadata, "status": status}
        written = await self._client.update(
            DEPLOYMENT.name, *key_of(deployment), changed, subresource="status"
        )
        return self.context.informer(DEPLOYMENT).accept(written)


def _new_replica_set(deployment: JSONObject, step: Create, collisions: int) -> JSONObject:
    """The ReplicaSet of the Deployment's present template."""
    spec = deployment["spec"]
    template = spec["template"]
    label = {HASH_LABEL: short_hash(template, collisions)}
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), **label}
    selector = {**spec["selector"]}
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), **label}
    return {
        "apiVersion": REPLICA_SET.api_version,
        "kind": REPLICA_SET.kind,
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{label[HASH_LABEL]}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": labels,
            "annotations": step.annotations,
            "ownerReferences": [controller_reference(DEPLOYMENT, deployment)],
        },
        "spec": {
            "replicas": step.replicas,
            **({"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}),
            "selector": selector,
            "template": {**template, "metadata": {**metadata, "labels": labels}},
        },
    }
