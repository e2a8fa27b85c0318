"""
How a Deployment follows a change of `replicas`; in the middle of a rollout, in proportion. Pure.

Source: kubernetes pkg/controller/deployment/sync.go (scale) and util/deployment_util.go.
"""

import math
from collections.abc import Sequence

from simulator.controllers.deployment_situation import Situation, age
from simulator.controllers.deployment_sizes import (
    DESIRED,
    MAXIMUM,
    is_rolling,
    max_surge,
    size,
    total_counted,
    total_size,
)
from simulator.controllers.deployment_steps import Scale, Step
from simulator.jsontypes import JSONObject


def was_scaled(situation: Situation) -> bool:
    """Whether `replicas` changed since the ReplicaSets were last sized."""
    for replica_set in filter(size, situation.all):
        annotations = replica_set["metadata"].get("annotations") or {}
        if annotations.get(DESIRED, str(situation.wanted)) != str(situation.wanted):
            return True
    return False


def follow_replicas(situation: Situation) -> list[Step]:
    """
    Follow a change of `replicas`, in the middle of a rollout in proportion.

    Source: sync.go, scale.
    """
    active = [item for item in situation.all if size(item)]
    if len(active) <= 1:
        target = active[0] if active else situation.new
        if target is None or (size(target) == situation.wanted and not was_scaled(situation)):
            return []
        return [Scale(target, situation.wanted)]
    if situation.new is not None and _is_saturated(situation, situation.new):
        return [Scale(item, 0) for item in situation.old if size(item)]
    if not is_rolling(situation.deployment):
        return []
    return _scale_in_proportion(situation, active)


def _is_saturated(situation: Situation, new: JSONObject) -> bool:
    annotations = new["metadata"].get("annotations") or {}
    return (
        size(new) == situation.wanted
        and annotations.get(DESIRED) == str(situation.wanted)
        and total_counted([new], "availableReplicas") == situation.wanted
    )


def _scale_in_proportion(situation: Situation, active: Sequence[JSONObject]) -> list[Step]:
    allowed = situation.wanted + max_surge(situation.deployment) if situation.wanted else 0
    missing = allowed - total_size(active)
    newest_first = sorted(active, key=age, reverse=True)
    # By size; among equals a growing Deployment favours the newest, a shrinking one the oldest.
    by_size = sorted(
        newest_first if missing > 0 else reversed(newest_first), key=size, reverse=True
    )
    sizes: list[int] = []
    added = 0
    for replica_set in by_size:
        share = _share(situation, replica_set) if missing else 0
        left = missing - added
        share = min(share, left) if missing > 0 else max(share, left)
        sizes.append(size(replica_set) + share)
        added += share
    sizes[0] = max(0, sizes[0] + missing - added)
    return [Scale(item, wanted) for item, wanted in zip(by_size, sizes, strict=True)]


def _share(situation: Situation, replica_set: JSONObject) -> int:
    """By how much a ReplicaSet changes if all keep their proportions."""
    if not situation.wanted:
        return -size(replica_set)
    annotations = replica_set["metadata"].get("annotations") or {}
    before = int(annotations.get(MAXIMUM) or 0)
    if not before:
        before = int((situation.deployment.get("status") or {}).get("replicas", 0))
    if not before:
        return 0
    after = situation.wanted + max_surge(situation.deployment)
    return math.floor(size(replica_set) * after / before + 0.5) - size(replica_set)
