"""
What the registry does to an object of a kind before it is stored, beyond defaults: the status a new
object starts with, what admission adds, and which part of an object a write may change.

Source: the `strategy.go` files under pkg/registry, and the admission plugins DefaultTolerationSeconds,
TaintNodesByCondition and StorageObjectInUseProtection; DefaultStorageClass is in `claims`.
"""

from collections.abc import Callable, Mapping

from simulator.jsontypes import JSONObject
from simulator.kinds.batch_defaults import selected
from simulator.verbs.pods import prepare_pod

GENERATIONAL = frozenset(
    {
        "pods",
        "apps/deployments",
        "apps/replicasets",
        "apps/statefulsets",
        "apps/daemonsets",
        "batch/jobs",
        "batch/cronjobs",
        "networking.k8s.io/networkpolicies",
        "networking.k8s.io/ingresses",
        "discovery.k8s.io/endpointslices",
        "policy/poddisruptionbudgets",
        "apiextensions.k8s.io/customresourcedefinitions",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/validatingwebhookconfigurations",
        "replicationcontrollers",
        "scheduling.k8s.io/priorityclasses",
    }
)
"""Built-in resources that count changes of their spec in `metadata.generation`; custom ones all do."""

RETURNED = frozenset(
    {
        "pods",
        "services",
        "serviceaccounts",
        "persistentvolumeclaims",
        "persistentvolumes",
        "podtemplates",
        "resourcequotas",
        "storage.k8s.io/storageclasses",
        "storage.k8s.io/csinodes",
        "storage.k8s.io/csidrivers",
        "storage.k8s.io/volumeattachments",
    }
)
"""Resources whose completed deletion is answered with the object (`ReturnDeletedObject`)."""


def _prepare_namespace(obj: JSONObject) -> JSONObject:
    finalizers = (obj.get("spec") or {}).get("finalizers") or []
    if "kubernetes" not in finalizers:
        finalizers = [*finalizers, "kubernetes"]
    return obj | {"spec": {"finalizers": finalizers}, "status": {"phase": "Active"}}


def _prepare_claim(obj: JSONObject) -> JSONObject:
    metadata = obj["metadata"]
    finalizers = metadata.get("finalizers") or []
    if "kubernetes.io/pvc-protection" not in finalizers:
        metadata = metadata | {"finalizers": [*finalizers, "kubernetes.io/pvc-protection"]}
    return obj | {"metadata": metadata, "status": {"phase": "Pending"}}


_NOT_READY = {"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"}


def _prepare_node(obj: JSONObject) -> JSONObject:
    spec = obj.get("spec") or {}
    taints = spec.get("taints") or []
    if not any(taint["key"] == _NOT_READY["key"] for taint in taints):
        spec = spec | {"taints": [*taints, _NOT_READY]}
    return obj | {"spec": spec}


_CREATE: Mapping[str, Callable[[JSONObject], JSONObject]] = {
    "batch/jobs": selected,
    "namespaces": _prepare_namespace,
    "nodes": _prepare_node,
    "persistentvolumeclaims": _prepare_claim,
    "pods": prepare_pod,
}


def prepare_create(storage: str, obj: JSONObject) -> JSONObject:
    """What registry and admission make of a new object of a resource, after defaults."""
    prepare = _CREATE.get(storage)
    return prepare(obj) if prepare else obj


def carry(live: JSONObject, new: JSONObject, field: str) -> JSONObject:
    """`new` with one top-level field as it is in `live`."""
    if field in live:
        return new | {field: live[field]}
    return {key: value for key, value in new.items() if key != field}
