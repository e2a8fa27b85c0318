"""
The Deployment or StatefulSet that runs a service, around one pod template.

A service with a persistent volume runs as a StatefulSet, any other as a Deployment. Source: Akash,
`cluster/kube/builder/{deployment,statefulset,workload}.go`.
"""

import hashlib
import json

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Service
from provider.workload import labels, volumes
from provider.workload.container import container
from provider.workload.options import RenderOptions


def pod_spec(lease: LeaseID, service: Service, options: RenderOptions) -> JSONObject:
    """
    The pod of a service.

    Raises:
        ManifestError: the service cannot be run as it is.
    """
    spec: JSONObject = {
        "affinity": _affinity(service),
        "securityContext": {"runAsNonRoot": False},
        "automountServiceAccountToken": False,
        "containers": [container(lease, service, options)],
    }
    if pod_volumes := volumes.pod_volumes(service):
        spec["volumes"] = pod_volumes
    return spec


def version_of(spec: JSONObject) -> str:
    """
    Version label of a service: ten hex digits of the hash of its pod.

    The label stands in the pod template too, so its value must change when the pod does and at no
    other time: neither a new replica count nor a new hostname may restart anything.
    """
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def controller(lease: LeaseID, service: Service, pod: JSONObject, version: str) -> JSONObject:
    """The object that keeps `count` replicas of the pod running."""
    claims = volumes.claims(service)
    workload = labels.workload(lease.namespace, service.name, version)
    strategy = _stateful(claims) if claims else _stateless()
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet" if claims else "Deployment",
        "metadata": {"name": service.name, "namespace": lease.namespace, "labels": workload},
        "spec": {
            **strategy,
            "replicas": service.count,
            "selector": {"matchLabels": labels.selector(lease.namespace, service.name)},
            "template": {"metadata": {"labels": dict(workload)}, "spec": pod},
        },
    }


def _stateless() -> JSONObject:
    # Surge 0: the lease paid for `count` replicas, and the node may have no room for one more.
    return {
        "revisionHistoryLimit": 10,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
        },
    }


def _stateful(claims: list[JSONObject]) -> JSONObject:
    return {
        "revisionHistoryLimit": 1,
        "updateStrategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"partition": 0, "maxUnavailable": 1},
        },
        "volumeClaimTemplates": claims,
    }


def _affinity(service: Service) -> JSONObject:
    """Only on nodes that the operator labelled for tenants and that offer the storage classes."""
    expressions: list[JSONObject] = [
        {"key": labels.MANAGED, "operator": "In", "values": ["true"]},
    ]
    for storage_class in volumes.storage_classes(service):
        key = f"{labels.STORAGE_CAPABILITY}.class.{storage_class}"
        expressions.append({"key": key, "operator": "Gt", "values": ["0"]})
    terms = {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
