"""
The Service of a tenant's service: one ClusterIP object for what is reached inside the cluster.

An expose that is global but no ingress needs a NodePort or a leased address; it has no object here.
Source: Akash, `cluster/kube/builder/service.go`.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Service
from provider.workload import labels


def cluster_service(lease: LeaseID, service: Service, version: str) -> JSONObject | None:
    """The ClusterIP Service, None when no expose is local or an ingress."""
    ports = _ports(service)
    if not ports:
        return None
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": service.name,
            "namespace": lease.namespace,
            "labels": labels.workload(lease.namespace, service.name, version),
        },
        "spec": {
            "type": "ClusterIP",
            "selector": labels.selector(lease.namespace, service.name),
            "ports": ports,
        },
    }


def _ports(service: Service) -> list[JSONObject]:
    """
    Ports by number and protocol, which is how Kubernetes keys them; of two the first one stays.

    The Go provider keys by number alone and so loses the second of TCP and UDP on one number.
    """
    ports: dict[tuple[int, str], JSONObject] = {}
    for position, expose in enumerate(service.expose or ()):
        if expose.global_ and not expose.is_ingress:
            continue
        external = expose.effective_port
        ports.setdefault(
            (external, expose.proto),
            {
                "name": f"{position}-{external}",
                "port": external,
                "targetPort": expose.port,
                "protocol": expose.proto,
            },
        )
    return list(ports.values())
