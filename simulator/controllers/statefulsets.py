"""
The StatefulSet controller: pods with names that stay, one after another, and their claims.

Source: kubernetes pkg/controller/statefulset.
"""

import attrs

from simulator.controllers import statefulset_plan
from simulator.controllers.adoption import settle_claims, suitors
from simulator.controllers.catalog import CLAIM, CONTROLLER_REVISION, POD, STATEFUL_SET
from simulator.controllers.context import Context, enqueue
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import controller_key, is_controlled_by
from simulator.controllers.pods import available_in
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.statefulset_objects import (
    claim_name,
    claim_templates,
    find_revision,
    new_claim,
    new_pod,
    new_revision,
    revision_data,
)
from simulator.controllers.statefulset_plan import Replicas, revision_for, revision_of
from simulator.controllers.worker import namespace_is_terminating, outcome, work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused


@attrs.frozen
class _Revisions:
    """The ControllerRevisions that matter for a pass."""

    current: JSONObject
    update: JSONObject


@attrs.define(eq=False)
class StatefulSets:
    """Acts on the plans."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("statefulset-controller")
        self._recorder = context.recorder(self._client, "statefulset-controller")
        self._queue = context.queue()
        context.informer(STATEFUL_SET).subscribe(enqueue(self._queue))
        context.informer(POD).subscribe(self._pod_changed)
        # Looked up, not waited for: asked for here so that they are filled before the first pass.
        context.informer(CONTROLLER_REVISION)
        context.informer(CLAIM)

    @property
    def _pods(self) -> Informer:
        return self.context.informer(POD)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        for pod in (before, after):
            key = controller_key(pod, STATEFUL_SET) if pod is not None else None
            if key is not None:
                self._queue.add(key)
        if after is not None:
            for suitor in suitors(self.context.informer(STATEFUL_SET), after):
                self._queue.add(key_of(suitor))

    async def _reconcile(self, key: Key) -> None:
        stateful_set = self.context.informer(STATEFUL_SET).get(key)
        if stateful_set is None:
            return
        await settle_claims(self._client, STATEFUL_SET, stateful_set, POD, self._pods)
        owned = self._pods.owned_by(stateful_set["metadata"]["uid"])
        pods = [pod for pod in owned if is_controlled_by(pod, stateful_set)]
        replicas = statefulset_plan.sort(stateful_set, pods)
        revisions = await self._revisions(stateful_set)
        update_name = revisions.update["metadata"]["name"]
        now = self.context.clock.now()
        todo = statefulset_plan.plan(replicas, update_name, now)
        for ordinal in todo.create:
            current_name = revisions.current["metadata"]["name"]
            of_current = revision_for(replicas, ordinal, current_name, update_name) == current_name
            await self._create(
                stateful_set, ordinal, revisions.current if of_current else revisions.update
            )
        for pod in todo.delete:
            await self._delete(stateful_set, pod)
        await self._tell_status(replicas, revisions, todo.outdated, now)
        await self._prune(stateful_set, revisions, pods)

    async def _revisions(self, stateful_set: JSONObject) -> _Revisions:
        """The revision of the present template, made if need be, and the one before the update."""
        known = self._own_revisions(stateful_set)
        update = find_revision(known, stateful_set)
        highest = max((int(item["revision"]) for item in known), default=0)
        if update is None:
            update = await self._new_revision(stateful_set, highest + 1)
        elif int(update["revision"]) < highest:
            # Back to an older template: its revision becomes the newest.
            renumbered = {**update, "revision": highest + 1}
            written = await self._client.update(
                CONTROLLER_REVISION.name, *key_of(update), renumbered
            )
            update = self.context.informer(CONTROLLER_REVISION).accept(written)
        current_name = (stateful_set.get("status") or {}).get("currentRevision")
        by_name = {item["metadata"]["name"]: item for item in known}
        return _Revisions(by_name.get(current_name, update), update)

    def _own_revisions(self, stateful_set: JSONObject) -> list[JSONObject]:
        owned = self.context.informer(CONTROLLER_REVISION).owned_by(stateful_set["metadata"]["uid"])
        return [item for item in owned if is_controlled_by(item, stateful_set)]

    async def _new_revision(self, stateful_set: JSONObject, number: int) -> JSONObject:
        """
        Make the revision of the present template.

        Its name may be taken by one of a StatefulSet of this name that is being collected: then
        another hash is tried.
        """
        collisions = (stateful_set.get("status") or {}).get("collisionCount", 0)
        while True:
            revision = new_revision(stateful_set, number, collisions)
            namespace, name = key_of(revision)
            try:
                made = await self._client.create(CONTROLLER_REVISION.name, namespace, revision)
            except Refused as refusal:
                if refusal.reason != "AlreadyExists":
                    raise
                made = await self._client.get(CONTROLLER_REVISION.name, namespace, name)
            if is_controlled_by(made, stateful_set) and made["data"] == revision_data(stateful_set):
                return self.context.informer(CONTROLLER_REVISION).accept(made)
            collisions += 1

    async def _create(self, stateful_set: JSONObject, ordinal: int, revision: JSONObject) -> None:
        pod = new_pod(stateful_set, ordinal, revision)
        made = await outcome(self._create_with_claims(stateful_set, pod))
        if isinstance(made, Refused):
            if not namespace_is_terminating(made):
                await self._tell(stateful_set, "Create", pod, made)
            raise made
        self._pods.accept(made)
        await self._tell(stateful_set, "Create", pod)

    async def _create_with_claims(self, stateful_set: JSONObject, pod: JSONObject) -> JSONObject:
        for template in claim_templates(stateful_set):
            await self._create_claim(stateful_set, template, pod["metadata"]["name"])
        return await self._client.create(POD.name, stateful_set["metadata"]["namespace"], pod)

    async def _create_claim(
        self, stateful_set: JSONObject, template: JSONObject, pod_name: str
    ) -> None:
        namespace = stateful_set["metadata"]["namespace"]
        claims = self.context.informer(CLAIM)
        name = claim_name(template, pod_name)
        if claims.get((namespace, name)) is not None:
            return
        claim = new_claim(stateful_set, template, pod_name)
        claims.accept(await self._client.create(CLAIM.name, namespace, claim))
        text = (
            f"Create Claim {name} Pod {pod_name} in StatefulSet "
            f"{stateful_set['metadata']['name']} success"
        )
        await self._recorder.normal(STATEFUL_SET, stateful_set, "SuccessfulCreate", text)

    async def _delete(self, stateful_set: JSONObject, pod: JSONObject) -> None:
        try:
            answer = await self._client.delete(POD.name, *key_of(pod), uid=pod["metadata"]["uid"])
        except Refused as refusal:
            if refusal.code != 404:
                raise
            return
        self._pods.accept(answer)
        await self._tell(stateful_set, "Delete", pod)

    async def _tell(
        self, stateful_set: JSONObject, verb: str, pod: JSONObject, refusal: Refused | None = None
    ) -> None:
        name, pod_name = stateful_set["metadata"]["name"], pod["metadata"]["name"]
        text = f"{verb} Pod {pod_name} in StatefulSet {name}"
        if refusal is None:
            await self._recorder.normal(
                STATEFUL_SET, stateful_set, f"Successful{verb}", f"{text} successful"
            )
        else:
            why = f"{text} failed error: {refusal.status.get('message')}"
            await self._recorder.warning(STATEFUL_SET, stateful_set, f"Failed{verb}", why)

    async def _tell_status(
        self, replicas: Replicas, revisions: _Revisions, outdated: int, now: float
    ) -> None:
        stateful_set = replicas.stateful_set
        told = statefulset_plan.status(
            replicas,
            revisions.current["metadata"]["name"],
            revisions.update["metadata"]["name"],
            outdated,
            now,
        )
        if told != stateful_set.get("status"):
            written = await self._client.update(
                STATEFUL_SET.name,
                *key_of(stateful_set),
                {**stateful_set, "status": told},
                subresource="status",
            )
            self.context.informer(STATEFUL_SET).accept(written)
        least_ready = stateful_set["spec"].get("minReadySeconds", 0)
        waits = (available_in(pod, least_ready, now) for pod in replicas.all)
        soonest = min((wait for wait in waits if wait is not None and wait > 0), default=None)
        if soonest is not None:
            self._queue.add_after(key_of(stateful_set), soonest)

    async def _prune(
        self, stateful_set: JSONObject, revisions: _Revisions, pods: list[JSONObject]
    ) -> None:
        """Let go of revisions beyond `revisionHistoryLimit` that no pod is of."""
        live = {revision_of(pod) for pod in pods}
        live |= {item["metadata"]["name"] for item in (revisions.current, revisions.update)}
        unused = [
            item
            for item in self._own_revisions(stateful_set)
            if item["metadata"]["name"] not in live
        ]
        limit = stateful_set["spec"].get("revisionHistoryLimit", 10)
        unused.sort(key=lambda item: int(item["revision"]))
        for revision in unused[: max(0, len(unused) - limit)]:
            uid = revision["metadata"]["uid"]
            await self._client.delete(CONTROLLER_REVISION.name, *key_of(revision), uid=uid)
