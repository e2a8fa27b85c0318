"""
How large a Deployment's ReplicaSets are and may be. Pure.

Source: kubernetes pkg/controller/deployment/util/deployment_util.go.
"""

import math
from collections.abc import Callable, Iterable

from simulator.jsontypes import JSONObject

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"


def size(replica_set: JSONObject) -> int:
    """How many pods a ReplicaSet asks for."""
    return int(replica_set["spec"]["replicas"])


def total_size(replica_sets: Iterable[JSONObject]) -> int:
    """How many pods ReplicaSets ask for together."""
    return sum(map(size, replica_sets))


def total_counted(replica_sets: Iterable[JSONObject], field: str) -> int:
    """The sum of one count in the ReplicaSets' statuses."""
    return sum(int((item.get("status") or {}).get(field, 0)) for item in replica_sets)


def max_surge(deployment: JSONObject) -> int:
    """How many pods a rolling update may have beyond `replicas`; 0 for Recreate."""
    return _limits(deployment)[0]


def max_unavailable(deployment: JSONObject) -> int:
    """How many of `replicas` may be unavailable in a rolling update; 0 for Recreate."""
    replicas = int(deployment["spec"]["replicas"])
    return min(_limits(deployment)[1], replicas) if replicas else 0


def _limits(deployment: JSONObject) -> tuple[int, int]:
    """Surge rounds up, unavailability down; both 0 would never move, so one may be missing."""
    if not is_rolling(deployment):
        return 0, 0
    rolling = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    replicas = int(deployment["spec"]["replicas"])
    surge = _scaled(rolling.get("maxSurge", 0), replicas, math.ceil)
    unavailable = _scaled(rolling.get("maxUnavailable", 0), replicas, math.floor)
    return surge, unavailable if surge or unavailable else 1


def _scaled(value: int | str, replicas: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, str):
        return rounded(int(value.removesuffix("%")) * replicas / 100)
    return value


def is_rolling(deployment: JSONObject) -> bool:
    """Whether pods are replaced little by little."""
    strategy = deployment["spec"].get("strategy") or {}
    return bool(strategy.get("type", "RollingUpdate") == "RollingUpdate")


def size_annotations(deployment: JSONObject) -> JSONObject:
    """What a ReplicaSet is told of its Deployment's size, to see later that this has changed."""
    replicas = int(deployment["spec"]["replicas"])
    return {DESIRED: str(replicas), MAXIMUM: str(replicas + max_surge(deployment))}
