"""
How a Deployment gets from its old ReplicaSets to its new one: a pure decision, pass by pass.

`decide` looks at the Deployment and the ReplicaSets that it controls, as they are cached, and returns
what one pass of the controller does. It follows the real controller also where that is clumsy, because
the states in between can be watched: after a write of the Deployment's own status a pass writes no
second one (in the real one that second write always meets a conflict with the first).

Source: kubernetes pkg/controller/deployment/{sync,rolling,recreate}.go and
pkg/controller/deployment/util/deployment_util.go.
"""

from simulator.controllers.deployment_scaling import follow_replicas, was_scaled
from simulator.controllers.deployment_situation import REVISION, Situation, revision_of
from simulator.controllers.deployment_sizes import (
    DESIRED,
    MAXIMUM,
    is_rolling,
    max_surge,
    max_unavailable,
    size,
    size_annotations,
    total_counted,
    total_size,
)
from simulator.controllers.deployment_steps import (
    Adopt,
    Annotate,
    Create,
    Prune,
    Scale,
    Step,
    TellStatus,
)
from simulator.controllers.ownership import is_deleting
from simulator.jsontypes import JSONObject

REVISION_HISTORY = "deployment.kubernetes.io/revision-history"

_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
        "deprecated.deployment.rollback.to",
    }
)
"""Annotations of a Deployment that its ReplicaSets do not get."""


def decide(situation: Situation, *, is_complete: bool) -> tuple[Step, ...]:
    """
    The steps of one pass, in order.

    Args:
        situation: as cached.
        is_complete: whether the Deployment's stored status says that its rollout is done.
    """
    deployment = situation.deployment
    if is_deleting(deployment):
        # Without ReplicaSets there is nothing to tell: the collector lets the Deployment go in the
        # same moment as the last of them, and the real one's write finds it gone.
        return (TellStatus(progress=False),) if situation.replica_sets else ()
    if situation.new is not None and (annotate := _annotations_due(situation, situation.new)):
        # The real pass runs into a conflict with its own write here, and starts again.
        return (annotate,)
    paused = bool(deployment["spec"].get("paused"))
    rolls = not paused and not was_scaled(situation)
    steps = _adoption_due(situation)
    if not rolls:
        steps += follow_replicas(situation)
    elif is_rolling(deployment):
        steps += _roll(situation)
    else:
        steps += _recreate(situation)
    if paused or (rolls and is_complete):
        steps += _prune(situation)
    if not any(isinstance(step, Adopt | Create) for step in steps):
        steps.append(TellStatus(progress=rolls))
    return tuple(steps)


def _annotations_due(situation: Situation, new: JSONObject) -> Annotate | None:
    """The annotations that the new ReplicaSet ought to have and has not."""
    live = new["metadata"].get("annotations") or {}
    wanted = {**live, **copied_annotations(situation.deployment)}
    if revision_of(new) < int(situation.revision):
        wanted[REVISION] = situation.revision
        if REVISION in live:
            before = live.get(REVISION_HISTORY, "")
            wanted[REVISION_HISTORY] = f"{before},{live[REVISION]}" if before else live[REVISION]
    return Annotate(new, wanted) if wanted != live else None


def _adoption_due(situation: Situation) -> list[Step]:
    if situation.new is None:
        return []
    annotations = situation.deployment["metadata"].get("annotations") or {}
    theirs = (situation.new["metadata"].get("annotations") or {}).get(REVISION)
    return [Adopt(situation.new)] if annotations.get(REVISION) != theirs else []


def copied_annotations(deployment: JSONObject) -> JSONObject:
    """The Deployment's annotations that its ReplicaSets carry too."""
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in _NOT_COPIED}


def _create(situation: Situation) -> Create:
    replicas = situation.wanted
    if is_rolling(situation.deployment):
        replicas = min(replicas, max(0, _room(situation)))
    annotations = {
        **copied_annotations(situation.deployment),
        REVISION: situation.revision,
        **size_annotations(situation.deployment),
    }
    return Create(replicas, annotations)


def _room(situation: Situation) -> int:
    """How many pods may be added before the surge is used up."""
    return situation.wanted + max_surge(situation.deployment) - total_size(situation.all)


def _roll(situation: Situation) -> list[Step]:
    """Let the new one grow; if it may not, let the old ones shrink."""
    if situation.new is None:
        create = _create(situation)
        return [create, *_shrink_old(situation, create.replicas, create.replicas)]
    growth = _grow_new(situation, situation.new)
    if growth:
        return growth
    available = total_counted([situation.new], "availableReplicas")
    return _shrink_old(situation, size(situation.new), size(situation.new) - available)


def _grow_new(situation: Situation, new: JSONObject) -> list[Step]:
    if size(new) == situation.wanted:
        return []
    if size(new) > situation.wanted:
        return [Scale(new, situation.wanted)]
    growth = min(_room(situation), situation.wanted - size(new))
    return [Scale(new, size(new) + growth)] if growth > 0 else []


def _shrink_old(situation: Situation, new_size: int, new_unavailable: int) -> list[Step]:
    """
    Take pods from the old ones, those that are not available first.

    Source: rolling.go, reconcileOldReplicaSets.
    """
    if not total_size(situation.old):
        return []
    least = situation.wanted - max_unavailable(situation.deployment)
    spare = total_size(situation.old) + new_size - least - new_unavailable
    if spare <= 0:
        return []
    sizes = {item["metadata"]["uid"]: size(item) for item in situation.old}
    taken = 0
    for replica_set in situation.old:
        uid = replica_set["metadata"]["uid"]
        unhealthy = sizes[uid] - total_counted([replica_set], "availableReplicas")
        count = min(spare - taken, max(unhealthy, 0))
        sizes[uid] -= count
        taken += count
    excess = total_counted(situation.all, "availableReplicas") - least
    for replica_set in situation.old:
        uid = replica_set["metadata"]["uid"]
        count = min(max(excess, 0), sizes[uid])
        sizes[uid] -= count
        excess -= count
    return [
        Scale(replica_set, sizes[replica_set["metadata"]["uid"]])
        for replica_set in situation.old
        if sizes[replica_set["metadata"]["uid"]] != size(replica_set)
    ]


def _recreate(situation: Situation) -> list[Step]:
    """End all old pods, then make the new ones."""
    shrinking: list[Step] = [Scale(item, 0) for item in situation.old if size(item)]
    if shrinking or situation.old_pods_run:
        return shrinking
    if situation.new is None:
        return [_create(situation)]
    if size(situation.new) != situation.wanted:
        return [Scale(situation.new, situation.wanted)]
    return []


def _prune(situation: Situation) -> list[Step]:
    """Let go of what is beyond `revisionHistoryLimit`, lowest revision first."""
    limit = situation.deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    kept = [item for item in situation.old if not is_deleting(item)]
    surplus = sorted(kept, key=revision_of)[: max(0, len(kept) - limit)]
    return [Prune(item) for item in surplus if _is_empty(item)]


def _is_empty(replica_set: JSONObject) -> bool:
    status = replica_set.get("status") or {}
    return (
        not size(replica_set)
        and not status.get("replicas")
        and replica_set["metadata"]["generation"] <= status.get("observedGeneration", 0)
    )
