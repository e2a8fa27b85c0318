"""
Leased addresses of a group, and the ProviderLeasedIP that asks the IP operator for each port.

An address belongs to an owner, not to a lease: all ports under one sharing key, of whatever
deployment, get the same address. Source: Akash, `pkg/apis/akash.network/v2beta2` and
`cluster/kube/client_ip.go`.
"""

import attrs

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID, sharing_key
from provider.lease.manifest import Group
from provider.workload import labels
from provider.workload.options import RenderOptions
from provider.workload.record import API_VERSION, lease_id


@attrs.frozen
class LeasedIP:
    """One port of a service on a leased address."""

    name: str
    """Of its ProviderLeasedIP; the same for every lease of the owner that wants this very port."""
    sharing_key: str
    service: str
    port: int
    """Port of the container, 1–65535."""
    external_port: int
    proto: str
    """`TCP` or `UDP`."""


def leased_ips(lease: LeaseID, group: Group, options: RenderOptions) -> tuple[LeasedIP, ...]:
    """
    All leased ports of a group, sorted by name; of two exposes for one port the later one wins.

    None at all where the operator offers no addresses.
    """
    found: dict[str, LeasedIP] = {}
    for service in group.services if options.leased_ips else ():
        for expose in service.expose or ():
            if expose.global_ and expose.ip:
                key = sharing_key(lease.owner, expose.ip)
                name = f"{key}-{expose.proto}-{expose.effective_port}".lower()
                found[name] = LeasedIP(
                    name, key, service.name, expose.port, expose.effective_port, expose.proto
                )
    return tuple(found[name] for name in sorted(found))


def provider_leased_ip(lease: LeaseID, address: LeasedIP, options: RenderOptions) -> JSONObject:
    """The object that declares one port on an address."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ProviderLeasedIP",
        "metadata": {
            "name": address.name,
            "namespace": options.records_namespace,
            "labels": {
                **labels.managed(lease),
                "service-name": address.service,
                "external-port": str(address.external_port),
                "proto": address.proto,
            },
        },
        "spec": {
            "lease_id": lease_id(lease),
            "service_name": address.service,
            "port": address.port,
            "external_port": address.external_port,
            "sharing_key": address.sharing_key,
            "protocol": address.proto,
        },
    }
