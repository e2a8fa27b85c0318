"""
What one look at a Job makes of its pods: who counts, who is missing, whether it is over. Pure.

Source: kubernetes pkg/controller/job/job_controller.go (syncJob, trackJobStatusAndRemoveFinalizers).
Of failure policies only what becomes of an index is simulated, success policies are not.
"""

from collections.abc import Sequence

import attrs

from simulator.controllers import job_indexes
from simulator.controllers import pods as pod_facts
from simulator.controllers.conditions import is_true
from simulator.controllers.job_indexes import Indexes
from simulator.controllers.ownership import is_deleting
from simulator.jsontypes import JSONObject

TRACKING = "batch.kubernetes.io/job-tracking"
"""Finalizer of a Job's pods: they stay until they were counted."""


@attrs.frozen
class Verdict:
    """How a Job ends."""

    interim: str
    """Condition that is told first."""
    final: str
    reason: str
    message: str


COMPLETE = Verdict(
    "SuccessCriteriaMet",
    "Complete",
    "CompletionsReached",
    "Reached expected number of succeeded pods",
)
TOO_MANY_FAILURES = Verdict(
    "FailureTarget",
    "Failed",
    "BackoffLimitExceeded",
    "Job has reached the specified backoff limit",
)
FAILED_INDEXES = Verdict("FailureTarget", "Failed", "FailedIndexes", "Job has failed indexes")
TOO_MANY_INDEXES = Verdict(
    "FailureTarget",
    "Failed",
    "MaxFailedIndexesExceeded",
    "Job has exceeded the specified maximal number of failed indexes",
)


@attrs.frozen
class Situation:
    """A Job's pods as one look finds them."""

    active: tuple[JSONObject, ...]
    ready: int
    terminating: int
    uncounted: dict[str, list[str]]
    """`succeeded` and `failed`: uids of pods that are over and still carry the finalizer."""
    succeeded: int
    """All of them, the uncounted included."""
    failed: int
    verdict: Verdict | None
    missing: int
    """How many pods are to be made."""
    indexes: Indexes | None = None
    """Of an Indexed Job; the pods to be made are those of its first missing ones."""


def is_over(pod: JSONObject) -> bool:
    """Whether nothing of a pod runs any more."""
    grace = pod["metadata"].get("deletionGracePeriodSeconds")
    return pod_facts.is_finished(pod) or (is_deleting(pod) and grace == 0)


def is_tracked(pod: JSONObject) -> bool:
    """Whether a pod still carries the finalizer."""
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def is_finished(job: JSONObject) -> bool:
    """Whether a Job is over for good."""
    return is_true(job, "Complete") or is_true(job, "Failed")


def look(job: JSONObject, pods: Sequence[JSONObject]) -> Situation:
    """Take stock of the pods that a Job controls."""
    spec, status = job["spec"], job.get("status") or {}
    known = status.get("uncountedTerminatedPods") or {}
    over = [pod for pod in pods if is_over(pod) and is_tracked(pod)]
    uncounted = {
        "succeeded": [_uid(pod) for pod in over if pod_facts.phase(pod) == "Succeeded"],
        "failed": [_uid(pod) for pod in over if pod_facts.phase(pod) != "Succeeded"],
    }
    for kind, uids in uncounted.items():
        uids += [uid for uid in known.get(kind) or () if uid not in uids]
    active = tuple(pod for pod in pods if pod_facts.is_active(pod))
    succeeded = status.get("succeeded", 0) + len(uncounted["succeeded"])
    failed = status.get("failed", 0) + len(uncounted["failed"])
    indexes = job_indexes.look(job, pods) if job_indexes.is_indexed(job) else None
    verdict = _verdict(spec, len(active), succeeded, failed)
    wanted = spec.get("parallelism", 1)
    if indexes is not None:
        # An index that two pods have brought to its end has succeeded once.
        succeeded = len(indexes.completed)
        if verdict is not TOO_MANY_FAILURES:
            verdict = _verdict_on(spec, indexes)
        wanted = min(wanted, len(active) + len(indexes.missing))
    elif spec.get("completions") is not None:
        wanted = min(wanted, spec["completions"] - succeeded)
    elif succeeded:
        wanted = len(active)
    is_held = verdict is not None or spec.get("suspend", False) or is_deleting(job)
    return Situation(
        active=active,
        ready=sum(pod_facts.is_ready(pod) for pod in active),
        terminating=sum(pod_facts.is_terminating(pod) and not is_over(pod) for pod in pods),
        uncounted={kind: uids for kind, uids in uncounted.items() if uids},
        succeeded=succeeded,
        failed=failed,
        verdict=verdict,
        missing=0 if is_held else max(wanted - len(active), 0),
        indexes=indexes,
    )


def _verdict(spec: JSONObject, active: int, succeeded: int, failed: int) -> Verdict | None:
    if failed > spec.get("backoffLimit", 6):
        return TOO_MANY_FAILURES
    completions = spec.get("completions")
    if completions is None:
        return COMPLETE if succeeded and not active else None
    return COMPLETE if succeeded >= completions else None


def _verdict_on(spec: JSONObject, indexes: Indexes) -> Verdict | None:
    most = spec.get("maxFailedIndexes")
    if most is not None and len(indexes.failed) > most:
        return TOO_MANY_INDEXES
    if len(indexes.completed) + len(indexes.failed) < spec["completions"]:
        return None
    return FAILED_INDEXES if indexes.failed else COMPLETE


def _uid(pod: JSONObject) -> str:
    return str(pod["metadata"]["uid"])
