"""Commits of the simulated cluster in the form of the recordings."""

import re
from collections.abc import Iterable, Iterator

import attrs

from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject
from tests.behaviour.recording import Happened

_PLACEHOLDERS = {"replicasets": "replicaset", "pods": "pod", "endpointslices": "endpointslice"}
_NUMBERS = (
    "replicas",
    "fullyLabeledReplicas",
    "updatedReplicas",
    "readyReplicas",
    "currentReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "observedGeneration",
    "collisionCount",
    "currentRevision",
    "updateRevision",
)


@attrs.define(eq=False)
class Names:
    """Placeholders for names that differ from run to run, given in the order of appearance."""

    namespace: str
    _known: dict[str, str] = attrs.field(init=False, factory=dict)

    def learn(self, commit: CommitEntry) -> None:
        """Give a new object's generated names their placeholders."""
        plural = commit.resource.rpartition("/")[2]
        if plural in _PLACEHOLDERS and commit.type == "ADDED":
            self._give(commit.name, _PLACEHOLDERS[plural])
        labels = commit.object["metadata"].get("labels") or {}
        for label in ("pod-template-hash", "controller-revision-hash"):
            if label in labels:
                self._give(labels[label], "hash")
        status = commit.object.get("status") or {}
        for field in ("currentRevision", "updateRevision"):
            if status.get(field):
                self._give(status[field], "hash")

    def _give(self, name: str, placeholder: str) -> None:
        if name not in self._known:
            number = 1 + sum(known.startswith(f"<{placeholder}") for known in self._known.values())
            self._known[name] = f"<{placeholder}{number}>"

    def mask(self, text: str) -> str:
        """A text with placeholders for names."""
        text = re.sub(r"\bnode\d+\b", "<node>", text)
        for name in sorted(self._known, key=len, reverse=True):
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self._known[name], text)
            # Names of claims end with the name of their pod.
            text = text.replace(f"d-{name}", f"d-{self._known[name]}")
        return re.sub(rf"\b{self.namespace}\b", "<ns>", text)

    def mask_all(self, labels: JSONObject) -> JSONObject:
        """The same for the values of labels."""
        return {
            key: "<uid>" if key.endswith("controller-uid") else self.mask(value)
            for key, value in labels.items()
        }


def project(
    commits: Iterable[tuple[int, CommitEntry]], kinds: frozenset[str], namespace: str
) -> Iterator[Happened]:
    """The commits (with the phase of each) of a namespace as a recording would hold them."""
    names = Names(namespace)
    ours = [
        (phase, commit.resource.rpartition("/")[2], commit)
        for phase, commit in commits
        if namespace in (commit.namespace, commit.name)
    ]
    for _, _, commit in ours:
        names.learn(commit)
    for phase, kind, commit in ours:
        if kind in kinds:
            name = "-" if kind == "events" else names.mask(commit.name)
            yield Happened(phase, kind, commit.type, name, _seen(kind, commit.object, names))


def _seen(kind: str, obj: JSONObject, names: Names) -> JSONObject:
    if kind == "events":
        about = obj["involvedObject"]
        return {
            "reason": obj["reason"],
            "type": obj["type"],
            "about": f"{about['kind']}/{names.mask(about['name'])}",
            "message": names.mask(obj["message"]),
            "count": obj.get("count"),
        }
    seen = _metadata(obj, names) if kind in _OF_CONTROLLERS else {}
    return {**seen, **_OF_KIND.get(kind, _nothing)(obj, names)}


def _metadata(obj: JSONObject, names: Names) -> JSONObject:
    metadata = obj["metadata"]
    owners = [
        f"{owner['kind']}/{names.mask(owner['name'])} controller={owner.get('controller')} "
        f"block={owner.get('blockOwnerDeletion')}"
        for owner in metadata.get("ownerReferences") or ()
    ]
    return {
        **({"generation": metadata["generation"]} if "generation" in metadata else {}),
        **(
            {"deleting": True, "grace": metadata.get("deletionGracePeriodSeconds")}
            if "deletionTimestamp" in metadata
            else {}
        ),
        **({"finalizers": metadata["finalizers"]} if metadata.get("finalizers") else {}),
        **({"owner": owners} if owners else {}),
    }


def _conditions(obj: JSONObject) -> list[str]:
    return [
        f"{item['type']}={item['status']} {item.get('reason') or ''}".strip()
        for item in (obj.get("status") or {}).get("conditions") or ()
    ]


def _workload(obj: JSONObject, names: Names) -> JSONObject:
    status = obj.get("status") or {}
    numbers = {
        field: names.mask(status[field]) if isinstance(status[field], str) else status[field]
        for field in _NUMBERS
        if field in status
    }
    conditions = _conditions(obj)
    annotations = obj["metadata"].get("annotations") or {}
    revision = annotations.get("deployment.kubernetes.io/revision")
    return {
        "replicas": obj["spec"]["replicas"],
        "status": numbers,
        **({"conditions": conditions} if conditions else {}),
        **({"revision": revision} if revision else {}),
    }


def _job(obj: JSONObject, names: Names) -> JSONObject:
    status = dict(obj.get("status") or {})
    told = {name: status[name] for name in _JOB_NUMBERS if name in status}
    if "uncountedTerminatedPods" in status:
        uncounted = status["uncountedTerminatedPods"]
        told["uncountedTerminatedPods"] = {
            kind: ["<uid>"] * len(uids) for kind, uids in uncounted.items()
        }
    conditions = _conditions(obj)
    return {"status": told, **({"conditions": conditions} if conditions else {})}


_JOB_NUMBERS = ("active", "ready", "terminating", "succeeded", "failed")


def _pod(obj: JSONObject, names: Names) -> JSONObject:
    return {
        "node": bool(obj["spec"].get("nodeName")),
        "phase": obj["status"]["phase"],
        "qos": obj["status"].get("qosClass"),
        "conditions": _conditions(obj),
        "labels": names.mask_all(obj["metadata"].get("labels") or {}),
    }


def _slice(obj: JSONObject, names: Names) -> JSONObject:
    endpoints = obj.get("endpoints") or []
    ready = sum(bool(endpoint["conditions"]["ready"]) for endpoint in endpoints)
    return {
        "ready": ready,
        "not_ready": len(endpoints) - ready,
        **({"ports": obj["ports"]} if obj.get("ports") else {}),
        "labels": names.mask_all(obj["metadata"].get("labels") or {}),
    }


def _namespace(obj: JSONObject, _names: Names) -> JSONObject:
    return {"phase": obj["status"]["phase"], "conditions": _conditions(obj) or None}


def _claim(obj: JSONObject, names: Names) -> JSONObject:
    return {
        "phase": obj["status"]["phase"],
        "labels": names.mask_all(obj["metadata"].get("labels") or {}),
    }


def _nothing(_obj: JSONObject, _names: Names) -> JSONObject:
    return {}


_OF_KIND = {
    "deployments": _workload,
    "jobs": _job,
    "replicasets": _workload,
    "statefulsets": _workload,
    "pods": _pod,
    "endpointslices": _slice,
    "namespaces": _namespace,
    "persistentvolumeclaims": _claim,
}
_OF_CONTROLLERS = _OF_KIND.keys() - {"namespaces"}
