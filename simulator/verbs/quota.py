"""
ResourceQuotas of a cluster: their status, kept with every write, and room for new objects.

On a real cluster a controller counts, a moment later; here it is part of the step that writes.
"""

from collections.abc import Iterator

from simulator import failures
from simulator.admission import quota
from simulator.jsontypes import JSONObject
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.verbs.metadata import ordered
from simulator.verbs.registry import Served

QUOTAS = "resourcequotas"
_CONTROLLER = Caller("system:serviceaccount:kube-system:resourcequota-controller", "")
_CHANGEABLE = ("services", "persistentvolumeclaims")
"""Resources of which a change may need more room, too."""


def admit(cluster: Cluster, served: Served, new: JSONObject, old: JSONObject | None = None) -> None:
    """
    Let an object into what its namespace's quotas leave.

    Raises:
        Refused: 403.
    """
    if not served.resource.namespaced or (old is not None and served.storage not in _CHANGEABLE):
        return
    namespace = new["metadata"]["namespace"]
    for version in cluster.store.items(QUOTAS, namespace):
        why = quota.refusal(version.object, served.storage, new, old)
        if why:
            name = new["metadata"].get("name", "")
            raise failures.forbidden(served.resource, name, why)


def account(
    cluster: Cluster, served: Served, new: JSONObject | None, old: JSONObject | None = None
) -> None:
    """Bring the status of quotas up to date, after an object came (no `old`), changed or went."""
    obj = new or old
    if obj is None or not served.resource.namespaced:
        return
    namespace = obj["metadata"]["namespace"]
    for version in cluster.store.items(QUOTAS, namespace):
        if served.storage == QUOTAS:
            _write(
                cluster, version.object, quota.used(version.object, _objects(cluster, namespace))
            )
        elif (version.object.get("status") or {}).get("used"):
            _write(cluster, version.object, quota.changed(version.object, served.storage, new, old))


def _write(cluster: Cluster, obj: JSONObject, used: JSONObject) -> None:
    resource = cluster.registry.find("v1/resourcequotas")
    assert resource is not None, "built-in kinds are served from the beginning"
    hard = obj["spec"].get("hard") or {}
    status: JSONObject = {"hard": hard, "used": used} if hard else {}
    if status != (obj.get("status") or {}):
        metadata = obj["metadata"]
        changed = ordered(obj | {"status": status})
        cluster.commit(_CONTROLLER, resource, metadata["namespace"], metadata["name"], changed)


def _objects(cluster: Cluster, namespace: str) -> Iterator[tuple[str, JSONObject]]:
    for storage in dict.fromkeys(served.storage for served in cluster.registry):
        for version in cluster.store.items(storage, namespace):
            yield storage, version.object
