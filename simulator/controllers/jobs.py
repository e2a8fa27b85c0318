"""
The Job controller: pods until enough of them have succeeded, each counted once.

A pod that is over is first told as uncounted, then loses its finalizer, then is counted: whatever is
interrupted, none is counted twice or forgotten.

Source: kubernetes pkg/controller/job/job_controller.go.
"""

import attrs

from simulator.controllers import job_indexes, job_plan
from simulator.controllers.catalog import JOB, POD
from simulator.controllers.conditions import condition
from simulator.controllers.context import Context, enqueue
from simulator.controllers.informer import key_of
from simulator.controllers.job_plan import TRACKING, Situation, Verdict
from simulator.controllers.ownership import controller_key, is_controlled_by, is_deleting
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.templates import pod_from
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused

_COUNTED = ("succeeded", "failed", "completedIndexes", "failedIndexes")
"""Fields of a status that change only once a pod was counted."""


@attrs.define(eq=False)
class Jobs:
    """Acts on what `job_plan` finds."""

    context: Context
    _client: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)
    _failures: dict[tuple[str, int | None], tuple[int, float]] = attrs.field(
        init=False, factory=dict
    )
    """By uid of a Job, and index where each counts for itself: how many failures were seen, and the
    wall time of the last."""

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("job-controller")
        self._recorder = context.recorder(self._client, "job-controller")
        self._queue = context.queue()
        context.informer(JOB).subscribe(enqueue(self._queue))
        context.informer(POD).subscribe(self._pod_changed)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        pod = after if after is not None else before
        key = controller_key(pod, JOB) if pod is not None else None
        if key is not None:
            # Changes of pods are looked at together, a second later.
            self._queue.add_after(key, self.context.settings.job_batch_seconds)

    async def _reconcile(self, key: Key) -> None:
        job = self.context.informer(JOB).get(key)
        if job is None or job_plan.is_finished(job):
            await self._release(key, job)
            return
        found = job_plan.look(job, self._pods_of(job))
        wanted, wait = self._due(job, found)
        if wait > 0:
            self._queue.add_after(key, wait)
        found = attrs.evolve(found, missing=len(wanted))
        for index in wanted:
            await self._create(job, index)
        if found.verdict in (job_plan.TOO_MANY_FAILURES, job_plan.TOO_MANY_INDEXES):
            for pod in found.active:
                await self._delete(pod)
        job = await self._tell(job, self._status(job, found, missing=found.missing))
        if not found.uncounted and found.verdict is None:
            return
        for pod in self._pods_of(job):
            if job_plan.is_over(pod) and job_plan.is_tracked(pod):
                await self._untrack(pod)
        await self._close(job, found)

    def _pods_of(self, job: JSONObject) -> list[JSONObject]:
        pods = self.context.informer(POD).owned_by(job["metadata"]["uid"])
        return [pod for pod in pods if is_controlled_by(pod, job)]

    def _due(self, job: JSONObject, found: Situation) -> tuple[list[int | None], float]:
        """Indexes of the pods to be made now, None without; and seconds until others may be due."""
        uid = job["metadata"]["uid"]
        indexes = found.indexes
        if indexes is None or "backoffLimitPerIndex" not in job["spec"]:
            wait = self._pause((uid, None), found.failed) if found.missing else 0.0
            missing = 0 if wait > 0 else found.missing
            return list(indexes.missing[:missing]) if indexes else [None] * missing, wait
        waits = {
            index: self._pause((uid, index), indexes.failures.get(index, 0))
            for index in indexes.missing
        }
        due: list[int | None] = [index for index, wait in waits.items() if wait <= 0]
        later = min((wait for wait in waits.values() if wait > 0), default=0.0)
        return due[: found.missing], later

    def _pause(self, whose: tuple[str, int | None], failed: int) -> float:
        """Seconds until pods that failed are replaced: 10, doubling, at most ten minutes."""
        now = self.context.clock.now()
        seen, last = self._failures.get(whose, (0, now))
        if failed > seen:
            last = now
            self._failures[whose] = (failed, now)
        settings = self.context.settings
        if not failed:
            return 0.0
        pause = settings.job_back_off_seconds * 2.0 ** min(failed - 1, 16)
        return last + min(pause, settings.job_back_off_limit_seconds) - now

    async def _create(self, job: JSONObject, index: int | None) -> None:
        pod = pod_from(job["spec"]["template"], JOB, job)
        if index is not None:
            pod = job_indexes.numbered(pod, job, index)
        pod["metadata"]["finalizers"] = [*pod["metadata"].get("finalizers", ()), TRACKING]
        made = await self._client.create(POD.name, job["metadata"]["namespace"], pod)
        self.context.informer(POD).accept(made)
        text = f"Created pod: {made['metadata']['name']}"
        await self._recorder.normal(JOB, job, "SuccessfulCreate", text)

    async def _delete(self, pod: JSONObject) -> None:
        uid = pod["metadata"]["uid"]
        try:
            self.context.informer(POD).accept(
                await self._client.delete(POD.name, *key_of(pod), uid=uid)
            )
        except Refused as refusal:
            if refusal.code != 404:
                raise

    async def _untrack(self, pod: JSONObject) -> None:
        left = [name for name in pod["metadata"]["finalizers"] if name != TRACKING]
        patch = {"metadata": {"uid": pod["metadata"]["uid"], "finalizers": left or None}}
        try:
            self.context.informer(POD).accept(
                await self._client.patch(POD.name, *key_of(pod), patch)
            )
        except Refused as refusal:
            if refusal.code != 404:
                raise

    async def _release(self, key: Key, job: JSONObject | None) -> None:
        """Let pods go whose Job is over or gone: nobody counts them any more."""
        for pod in self.context.informer(POD).in_namespace(key[0]):
            is_its = controller_key(pod, JOB) == key
            if is_its and job_plan.is_tracked(pod) and (job is None or job_plan.is_over(pod)):
                await self._untrack(pod)

    def _status(self, job: JSONObject, found: Situation, *, missing: int) -> JSONObject:
        """What is told before anything is counted."""
        before = job.get("status") or {}
        active = len(found.active) + missing
        told = {name: before[name] for name in _COUNTED if name in before}
        told |= {"active": active} if active else {}
        told |= {
            "startTime": before.get("startTime", self.context.now()),
            "ready": found.ready,
            "terminating": found.terminating,
            "uncountedTerminatedPods": found.uncounted,
        }
        conditions = list(before.get("conditions") or ())
        if found.verdict is not None and condition(conditions, found.verdict.interim) is None:
            conditions.append(self._condition(found.verdict.interim, found.verdict))
        return told | ({"conditions": conditions} if conditions else {})

    async def _close(self, job: JSONObject, found: Situation) -> None:
        """Count what has lost its finalizer, and end the Job if that was all."""
        told = {**job["status"], "uncountedTerminatedPods": {}}
        told |= {"succeeded": found.succeeded} if found.succeeded else {}
        told |= {"failed": found.failed} if found.failed else {}
        if found.indexes is not None:
            told["completedIndexes"] = job_indexes.told(found.indexes.completed)
            if "backoffLimitPerIndex" in job["spec"]:
                told["failedIndexes"] = job_indexes.told(found.indexes.failed)
        verdict = found.verdict
        # A Job has only failed once nothing of it runs.
        is_over = verdict is not None and not found.active and not found.terminating
        if verdict is not None and is_over:
            told["conditions"] = [*told["conditions"], self._condition(verdict.final, verdict)]
            if verdict is job_plan.COMPLETE:
                told["completionTime"] = self.context.now()
        job = await self._tell(job, told)
        if verdict is not None and is_over and not is_deleting(job):
            if verdict is job_plan.COMPLETE:
                await self._recorder.normal(JOB, job, "Completed", "Job completed")
            else:
                await self._recorder.warning(JOB, job, verdict.reason, verdict.message)

    def _condition(self, kind: str, verdict: Verdict) -> JSONObject:
        now = self.context.now()
        return {
            "type": kind,
            "status": "True",
            "lastProbeTime": now,
            "lastTransitionTime": now,
            "reason": verdict.reason,
            "message": verdict.message,
        }

    async def _tell(self, job: JSONObject, status: JSONObject) -> JSONObject:
        if status == job.get("status"):
            return job
        changed = {**job, "status": status}
        written = await self._client.update(JOB.name, *key_of(job), changed, subresource="status")
        return self.context.informer(JOB).accept(written)
