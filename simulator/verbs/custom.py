"""
Custom resources come and go with their CustomResourceDefinition.

The real server has controllers for this; here it is part of the step that writes the definition, so
that a definition is served as soon as its creation is answered. What is observable stays: the
definition is written first, then its status.
"""

from simulator.jsontypes import JSONObject
from simulator.storage.versions import Version
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.verbs.definitions import definitions_of
from simulator.verbs.metadata import ordered

_SERVER = Caller("system:apiserver", "kube-apiserver")


def establish(cluster: Cluster, version: Version) -> None:
    """Serve what a new or changed definition defines, and say so in its status."""
    crd = version.object
    spec = crd["spec"]
    cluster.registry.withdraw(spec["group"], spec["names"]["plural"])
    for definition in definitions_of(crd):
        cluster.registry.define(definition)
    status = _status(cluster, crd)
    if status != crd.get("status"):
        name = crd["metadata"]["name"]
        new = ordered(crd | {"status": status})
        cluster.commit(_SERVER, cluster.registry.definitions, "", name, new)


def _status(cluster: Cluster, crd: JSONObject) -> JSONObject:
    spec, old = crd["spec"], crd.get("status") or {}
    stored = list(old.get("storedVersions") or ())
    stored += [v["name"] for v in spec["versions"] if v["storage"] and v["name"] not in stored]
    conditions = old.get("conditions") or [
        _condition(cluster, "NamesAccepted", "NoConflicts", "no conflicts found"),
        _condition(
            cluster, "Established", "InitialNamesAccepted", "the initial names have been accepted"
        ),
    ]
    return {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored}


def _condition(cluster: Cluster, about: str, reason: str, message: str) -> JSONObject:
    return {
        "type": about,
        "status": "True",
        "lastTransitionTime": cluster.now(),
        "reason": reason,
        "message": message,
    }


def withdraw(cluster: Cluster, crd: JSONObject) -> None:
    """Delete every object of a definition that goes, and no longer serve its resource."""
    group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
    for served in cluster.registry:
        if (served.resource.group, served.resource.plural) != (group, plural):
            continue
        for version in cluster.store.items(served.storage):
            metadata = version.object["metadata"]
            last = ordered(version.object)
            cluster.remove(_SERVER, served, metadata.get("namespace", ""), metadata["name"], last)
    cluster.registry.withdraw(group, plural)
