"""
The Services in front of a tenant's pods: one inside the cluster, one on a port of every node.

Which port of the nodes, the server chooses; it keeps its choice as long as port and protocol stay,
so nothing here ever names one. Source: Akash, `cluster/kube/builder/service.go`.
"""

from collections.abc import Callable

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Expose, Service
from provider.workload import labels


def is_node_port(expose: Expose) -> bool:
    """True for a port that the world reaches otherwise than as HTTP by hostname."""
    return expose.global_ and not expose.is_ingress


def cluster_service(lease: LeaseID, service: Service, version: str) -> JSONObject | None:
    """The ClusterIP Service, None when no expose is local or an ingress."""
    ports = _ports(service, lambda expose: not is_node_port(expose))
    return _service(lease, service, version, service.name, "ClusterIP", ports)


def node_port_service(lease: LeaseID, service: Service, version: str) -> JSONObject | None:
    """The NodePort Service, None when no expose is reached on the nodes."""
    ports = _ports(service, is_node_port)
    return _service(lease, service, version, f"{service.name}-np", "NodePort", ports)


def _service(
    lease: LeaseID, service: Service, version: str, name: str, kind: str, ports: list[JSONObject]
) -> JSONObject | None:
    if not ports:
        return None
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": lease.namespace,
            "labels": labels.workload(lease.namespace, service.name, version),
        },
        "spec": {
            "type": kind,
            "selector": labels.selector(lease.namespace, service.name),
            "ports": ports,
        },
    }


def _ports(service: Service, wanted: Callable[[Expose], bool]) -> list[JSONObject]:
    """
    Ports by number and protocol, which is how Kubernetes keys them; of two the first one stays.

    The Go provider keys by number alone and so loses the second of TCP and UDP on one number.
    """
    ports: dict[tuple[int, str], JSONObject] = {}
    for position, expose in enumerate(service.expose or ()):
        if not wanted(expose):
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
