"""
The tenant namespace and the policy that shuts its pods in.

Neither depends on what a tenant runs: an update of a manifest never touches them, which is why
their version label is a constant. Source: Akash, `cluster/kube/builder/netpol.go`.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.workload import labels

_STATIC_VERSION = "static"
"""Version label of what no manifest changes."""

_PRIVATE = (
    "10.0.0.0/8",
    "192.168.0.0/16",
    "172.16.0.0/12",
    # The Go provider leaves these two open: link-local, where clouds serve instance metadata
    # and its credentials, and the carrier-grade range, which many overlay networks use.
    "169.254.0.0/16",
    "100.64.0.0/10",
)
"""What a tenant's pod may not reach at an address."""


def namespace(lease: LeaseID) -> JSONObject:
    """The Namespace that holds everything of the lease but its records."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": lease.namespace,
            "labels": {
                **labels.base(lease.namespace, _STATIC_VERSION),
                **labels.lease_labels(lease),
            },
        },
    }


def restrictions(lease: LeaseID) -> JSONObject:
    """
    `akash-deployment-restrictions`: all pods of the namespace, both directions.

    In: from the namespace itself and from ingress-nginx. Out: to the namespace itself, to the
    cluster's DNS, and to public IPv4 addresses.
    """
    own = {"namespaceSelector": {"matchLabels": {labels.NAMESPACE: lease.namespace}}}
    nginx = {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx"}}
    dns = {
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    }
    dns_ports = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    public = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_PRIVATE)}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": "akash-deployment-restrictions",
            "namespace": lease.namespace,
            "labels": labels.base(lease.namespace, _STATIC_VERSION),
        },
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [own]},
                {"from": [{"namespaceSelector": nginx, "podSelector": nginx}]},
            ],
            "egress": [
                {"to": [own]},
                {"ports": dns_ports, "to": [dns]},
                {"to": [public]},
            ],
        },
    }
