"""
What a Deployment's status says: counts, and the conditions Progressing, Available and ReplicaFailure.

Pure. Source: kubernetes pkg/controller/deployment/{sync,progress}.go and util/deployment_util.go;
reasons and messages are watched by others, their order too.
"""

import attrs

from simulator import timestamps
from simulator.controllers.conditions import condition, without
from simulator.controllers.deployment_situation import Situation
from simulator.controllers.deployment_sizes import max_unavailable, total_counted, total_size
from simulator.jsontypes import JSONObject

_CREATED = "NewReplicaSetCreated"
_UPDATED = "ReplicaSetUpdated"
_AVAILABLE = "NewReplicaSetAvailable"
_TIMED_OUT = "ProgressDeadlineExceeded"
_PAUSED = "DeploymentPaused"
_RESUMED = "DeploymentResumed"


@attrs.frozen
class _Condition:
    type: str
    status: str
    reason: str
    message: str

    def set_in(self, conditions: list[JSONObject], now: str) -> list[JSONObject]:
        """Append it in the place of an older one; nothing changes if only the message would."""
        known = condition(conditions, self.type)
        if known and known["status"] == self.status and known["reason"] == self.reason:
            return conditions
        changed = known is None or known["status"] != self.status
        entry = {
            "type": self.type,
            "status": self.status,
            "lastUpdateTime": now,
            "lastTransitionTime": now if known is None or changed else known["lastTransitionTime"],
            "reason": self.reason,
            "message": self.message,
        }
        return [*without(conditions, self.type), entry]


def _conditions(deployment: JSONObject) -> list[JSONObject]:
    return list((deployment.get("status") or {}).get("conditions") or ())


def _deadline(deployment: JSONObject) -> int | None:
    """Seconds without progress that count as failure; None for no limit."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds is None or seconds == 2**31 - 1 else int(seconds)


def with_new_replica_set(deployment: JSONObject, name: str, now: str) -> JSONObject:
    """The stored status, and that the new ReplicaSet was made."""
    status = deployment.get("status") or {}
    if _deadline(deployment) is None:
        return status
    made = _Condition("Progressing", "True", _CREATED, f'Created new replica set "{name}"')
    return {**status, "conditions": made.set_in(_conditions(deployment), now)}


def with_found_replica_set(deployment: JSONObject, name: str, now: str) -> JSONObject:
    """The stored status; if it says nothing of progress, that the ReplicaSet was there already."""
    status = deployment.get("status") or {}
    conditions = _conditions(deployment)
    if _deadline(deployment) is None or condition(conditions, "Progressing"):
        return status
    found = _Condition(
        "Progressing", "True", "FoundNewReplicaSet", f'Found new replica set "{name}"'
    )
    return {**status, "conditions": found.set_in(conditions, now)}


def with_pause(deployment: JSONObject, now: str) -> JSONObject:
    """The stored status, and whether the Deployment is paused, if that is news."""
    status = deployment.get("status") or {}
    conditions = _conditions(deployment)
    known = condition(conditions, "Progressing")
    reason = known["reason"] if known else ""
    if _deadline(deployment) is None or reason == _TIMED_OUT:
        return status
    if deployment["spec"].get("paused") and reason != _PAUSED:
        told = _Condition("Progressing", "Unknown", _PAUSED, "Deployment is paused")
    elif not deployment["spec"].get("paused") and reason == _PAUSED:
        told = _Condition("Progressing", "Unknown", _RESUMED, "Deployment is resumed")
    else:
        return status
    return {**status, "conditions": told.set_in(conditions, now)}


def is_complete(deployment: JSONObject, status: JSONObject) -> bool:
    """Whether a status says that every replica is of the present template and available."""
    wanted = deployment["spec"]["replicas"]
    return bool(
        status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    )


def status(situation: Situation, now: float, *, progress: bool) -> JSONObject:
    """
    The status of a Deployment as of its ReplicaSets.

    Args:
        situation: what it is told of.
        now: wall time in seconds.
        progress: whether the conditions Progressing and ReplicaFailure are looked at too.
    """
    deployment = situation.deployment
    counts = _counts(situation)
    conditions = _availability(situation, counts).set_in(
        _conditions(deployment), timestamps.timestamp(now)
    )
    if progress:
        conditions = _with_progress(situation, counts, conditions, now)
    return {**counts, **({"conditions": conditions} if conditions else {})}


def _counts(situation: Situation) -> JSONObject:
    deployment, old_status = situation.deployment, situation.deployment.get("status") or {}
    available = total_counted(situation.all, "availableReplicas")
    counts = {
        "replicas": total_counted(situation.all, "replicas"),
        "updatedReplicas": total_counted([situation.new] if situation.new else (), "replicas"),
        "readyReplicas": total_counted(situation.all, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total_size(situation.all) - available),
    }
    collisions = old_status.get("collisionCount")
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        **{field: count for field, count in counts.items() if count},
        "terminatingReplicas": total_counted(situation.all, "terminatingReplicas"),
        **({"collisionCount": collisions} if collisions is not None else {}),
    }


def _availability(situation: Situation, counts: JSONObject) -> _Condition:
    least = situation.wanted - max_unavailable(situation.deployment)
    if counts.get("availableReplicas", 0) >= least:
        text = "Deployment has minimum availability."
        return _Condition("Available", "True", "MinimumReplicasAvailable", text)
    text = "Deployment does not have minimum availability."
    return _Condition("Available", "False", "MinimumReplicasUnavailable", text)


def _with_progress(
    situation: Situation, counts: JSONObject, conditions: list[JSONObject], now: float
) -> list[JSONObject]:
    deployment = situation.deployment
    known = condition(_conditions(deployment), "Progressing")
    subject = f'Deployment "{deployment["metadata"]["name"]}"'
    if situation.new is not None:
        subject = f'ReplicaSet "{situation.new["metadata"]["name"]}"'
    stamp = timestamps.timestamp(now)
    if _deadline(deployment) is None:
        conditions = without(conditions, "Progressing")
    elif _was_complete(counts, known):
        pass
    elif is_complete(deployment, counts):
        text = f"{subject} has successfully progressed."
        conditions = _Condition("Progressing", "True", _AVAILABLE, text).set_in(conditions, stamp)
    elif _has_moved(deployment, counts):
        text = f"{subject} is progressing."
        entry = _Condition("Progressing", "True", _UPDATED, text).set_in([], stamp)[0]
        if known and known["status"] == "True":
            entry["lastTransitionTime"] = known["lastTransitionTime"]
        conditions = [*without(conditions, "Progressing"), entry]
    elif (seconds := seconds_to_deadline(deployment, now)) is not None and seconds < 0:
        text = f"{subject} has timed out progressing."
        conditions = _Condition("Progressing", "False", _TIMED_OUT, text).set_in(conditions, stamp)
    return _with_failure(situation, conditions)


def _was_complete(counts: JSONObject, known: JSONObject | None) -> bool:
    """Whether the rollout ended before, and no new one has begun; what follows is no progress."""
    whole = counts.get("replicas", 0) == counts.get("updatedReplicas", 0)
    return whole and known is not None and known["reason"] == _AVAILABLE


def _has_moved(deployment: JSONObject, counts: JSONObject) -> bool:
    """Whether the counts are nearer to the end of a rollout than the stored ones."""
    before = deployment.get("status") or {}

    def grew(field: str) -> bool:
        return bool(counts.get(field, 0) > before.get(field, 0))

    old_now = counts.get("replicas", 0) - counts.get("updatedReplicas", 0)
    old_before = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    return (
        grew("updatedReplicas")
        or old_now < old_before
        or grew("readyReplicas")
        or grew("availableReplicas")
    )


def seconds_to_deadline(deployment: JSONObject, now: float) -> float | None:
    """Seconds until lack of progress counts as failure; None when it never will."""
    limit = _deadline(deployment)
    known = condition(_conditions(deployment), "Progressing")
    if limit is None or known is None or known["reason"] in (_AVAILABLE, _TIMED_OUT):
        return None
    return timestamps.seconds(known["lastUpdateTime"]) + limit - now


def _with_failure(situation: Situation, conditions: list[JSONObject]) -> list[JSONObject]:
    """Tell of a ReplicaSet that cannot make its pods, of the new one first."""
    ordered = [situation.new] if situation.new else []
    for replica_set in [*ordered, *situation.old]:
        found = condition(
            (replica_set.get("status") or {}).get("conditions") or (), "ReplicaFailure"
        )
        if found is not None:
            failure = _Condition(
                "ReplicaFailure", found["status"], found["reason"], found["message"]
            )
            return failure.set_in(conditions, found["lastTransitionTime"])
    return without(conditions, "ReplicaFailure")
