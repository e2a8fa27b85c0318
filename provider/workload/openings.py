"""
The holes that single services have in the isolation of their namespace: one NetworkPolicy each.

Policies add up, so each opens the ports of its service and nothing else. Source: Akash,
`cluster/kube/builder/netpol.go`; unlike there a policy is gone when its service has no use for it.
"""

import ipaddress
from collections.abc import Iterable

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Expose, Service
from provider.workload import labels, permissions
from provider.workload.networking import is_node_port
from provider.workload.options import RenderOptions

_EVERYWHERE: JSONObject = {"ipBlock": {"cidr": "0.0.0.0/0"}}


def policies(lease: LeaseID, service: Service, options: RenderOptions) -> tuple[JSONObject, ...]:
    """The policies of one service: node ports, leased addresses, and the API server."""
    exposes = service.expose or ()
    rendered: list[JSONObject] = []
    if ports := _container_ports(filter(is_node_port, exposes)):
        rendered.append(_inward(lease, service, "np", {"ports": ports}))
    if ports := _container_ports(e for e in exposes if e.global_ and e.ip):
        rendered.append(_inward(lease, service, "ip", {"from": [_EVERYWHERE], "ports": ports}))
    if permissions.asked(service) and options.api_servers:
        rendered.append(_to_api_servers(lease, service, options))
    return tuple(rendered)


def _container_ports(exposes: Iterable[Expose]) -> list[JSONObject]:
    """A policy sees a packet after its port was translated, so the container's port counts."""
    keys = dict.fromkeys((expose.port, expose.proto) for expose in exposes)
    return [{"port": port, "protocol": proto} for port, proto in keys]


def _inward(lease: LeaseID, service: Service, suffix: str, rule: JSONObject) -> JSONObject:
    spec: JSONObject = {"policyTypes": ["Ingress"], "ingress": [rule]}
    return _policy(lease, service, f"akash-{service.name}-{suffix}", spec)


def _to_api_servers(lease: LeaseID, service: Service, options: RenderOptions) -> JSONObject:
    hosts = dict.fromkeys(ipaddress.ip_network(address) for address, _ in options.api_servers)
    rule = {
        "to": [{"ipBlock": {"cidr": str(host)}} for host in hosts],
        "ports": [
            {"port": port, "protocol": "TCP"}
            for port in dict.fromkeys(port for _, port in options.api_servers)
        ],
    }
    spec: JSONObject = {"policyTypes": ["Egress"], "egress": [rule]}
    return _policy(lease, service, f"akash-apiserver-{service.name}", spec)


def _policy(lease: LeaseID, service: Service, name: str, spec: JSONObject) -> JSONObject:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": name,
            "namespace": lease.namespace,
            "labels": labels.base(lease.namespace, labels.version(spec)),
        },
        "spec": {"podSelector": {"matchLabels": {labels.SERVICE: service.name}}, **spec},
    }
