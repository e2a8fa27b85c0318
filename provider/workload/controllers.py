"""
The Deployment or StatefulSet that runs a service, around one pod template.

A service with a persistent volume runs as a StatefulSet, any other as a Deployment. Source: Akash,
`cluster/kube/builder/{deployment,statefulset,workload}.go`.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Service
from provider.lease.scheduling import SchedulerParams
from provider.workload import graphics, labels, permissions, registry, volumes
from provider.workload.container import container
from provider.workload.options import RenderOptions


def pod_spec(
    lease: LeaseID,
    service: Service,
    options: RenderOptions,
    scheduling: SchedulerParams | None = None,
) -> JSONObject:
    """
    The pod of a service.

    Raises:
        ManifestError: the service cannot be run as it is.
    """
    spec: JSONObject = {
        "affinity": _affinity(service, scheduling),
        "securityContext": {"runAsNonRoot": False},
        "automountServiceAccountToken": bool(permissions.asked(service)),
        "containers": [container(lease, service, options, scheduling)],
    }
    if permissions.asked(service):
        # The old name of the field is written too: the server mirrors the new one into it, and an
        # apply that drops only the new one would leave the account where it was.
        spec["serviceAccountName"] = spec["serviceAccount"] = service.name
    if secrets := registry.pull_secrets(service, options):
        spec["imagePullSecrets"] = secrets
    if runtime_class := graphics.runtime_class(service, scheduling):
        spec["runtimeClassName"] = runtime_class
    if pod_volumes := volumes.pod_volumes(service):
        spec["volumes"] = pod_volumes
    return spec


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


def _affinity(service: Service, scheduling: SchedulerParams | None) -> JSONObject:
    """
    Only on nodes that the operator labelled for tenants and that offer GPU and storage classes.

    One term, but for a service that accepts one of several cards and was not placed yet.
    """
    tenants = {"key": labels.MANAGED, "operator": "In", "values": ["true"]}
    classes = [
        _counted(f"{labels.STORAGE_CAPABILITY}.class.{storage_class}")
        for storage_class in volumes.storage_classes(service)
    ]
    terms = [
        {"matchExpressions": [tenants, *map(_counted, card), *classes]}
        for card in graphics.node_labels(service, scheduling)
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"nodeAffinity": required}


def _counted(key: str) -> JSONObject:
    return {"key": key, "operator": "Gt", "values": ["0"]}
