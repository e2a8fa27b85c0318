"""
Everything that one generation of a lease consists of, in the order in which it is written.

A pure function of the lease, the group and the operator's options: the same input gives the same
bytes, in any process. Whoever reads a group back from its record renders the same bundle.
"""

from collections.abc import Mapping

import attrs

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.lease.scheduling import UNPLACED, SchedulerParams
from provider.workload import (
    addresses,
    controllers,
    hosts,
    ingress,
    isolation,
    labels,
    networking,
    openings,
    permissions,
    registry,
)
from provider.workload.options import RenderOptions
from provider.workload.record import record
from provider.workload.supported import refuse_unsupported


@attrs.frozen
class Bundle:
    """The desired objects of one generation; nobody changes one of them."""

    record: JSONObject
    """The Manifest object; written first."""
    namespace: JSONObject
    guards: tuple[JSONObject, ...]
    """What must stand before any pod may run: policies, logins, accounts and their rights."""
    workloads: tuple[JSONObject, ...]
    """Deployments, StatefulSets and Services, in the order of the services."""
    routes: tuple[JSONObject, ...]
    """Ingresses, sorted by hostname."""
    hosts: tuple[JSONObject, ...]
    """ProviderHosts, sorted by hostname; declared when all else stands."""
    leased_ips: tuple[JSONObject, ...] = ()
    """ProviderLeasedIPs, sorted by name; declared after the hosts."""

    @property
    def waves(self) -> tuple[tuple[JSONObject, ...], ...]:
        """What is applied in the tenant namespace; a wave begins when the one before is whole."""
        return ((self.namespace,), self.guards, (*self.workloads, *self.routes))

    @property
    def objects(self) -> tuple[JSONObject, ...]:
        """Every object of the generation, the record first."""
        waves = (obj for wave in self.waves for obj in wave)
        return (self.record, *waves, *self.hosts, *self.leased_ips)


def render(
    lease: LeaseID,
    group: Group,
    options: RenderOptions,
    *,
    withheld: frozenset[str] = frozenset(),
    withheld_ips: frozenset[str] = frozenset(),
    annotations: Mapping[str, str] | None = None,
    scheduling: Mapping[str, SchedulerParams] = UNPLACED,
) -> Bundle:
    """
    All objects of a group.

    Args:
        lease: whose objects.
        group: what it runs.
        options: the operator's.
        withheld: hostnames that another lease of the same owner holds: they get no route and no
            ProviderHost.
        withheld_ips: names of ProviderLeasedIPs that another lease of the same owner holds.
        annotations: those of ours that the record carries.
        scheduling: what placement found, by service; a service without an entry runs wherever its
            attributes allow.

    Raises:
        ManifestError: the group asks for something that this provider cannot run.
    """
    refuse_unsupported(group, options, scheduling)
    routes = tuple(
        route for route in ingress.routes(lease, group, options) if route.hostname not in withheld
    )
    return Bundle(
        record=record(lease, group, options, annotations=annotations, scheduling=scheduling),
        namespace=isolation.namespace(lease),
        guards=_guards(lease, group, options),
        workloads=_workloads(lease, group, options, scheduling),
        routes=tuple(ingress.ingress(lease, route, options) for route in routes)
        if options.routes == "daemon"
        else (),
        hosts=tuple(hosts.provider_host(lease, route, options) for route in routes),
        leased_ips=tuple(
            addresses.provider_leased_ip(lease, address, options)
            for address in addresses.leased_ips(lease, group, options)
            if address.name not in withheld_ips
        ),
    )


def _guards(lease: LeaseID, group: Group, options: RenderOptions) -> tuple[JSONObject, ...]:
    policies: list[JSONObject] = []
    logins: list[JSONObject] = []
    accounts: list[JSONObject] = []
    if options.network_policies:
        policies.append(isolation.restrictions(lease))
        for service in group.services:
            policies.extend(openings.policies(lease, service, options))
    for service in group.services:
        if login := registry.pull_secret(lease, service):
            logins.append(login)
        accounts.extend(permissions.account(lease, service))
    return (*policies, *logins, *accounts)


def _workloads(
    lease: LeaseID,
    group: Group,
    options: RenderOptions,
    scheduling: Mapping[str, SchedulerParams],
) -> tuple[JSONObject, ...]:
    rendered: list[JSONObject] = []
    for service in group.services:
        pod = controllers.pod_spec(lease, service, options, scheduling.get(service.name))
        version = labels.version(pod)
        rendered.append(controllers.controller(lease, service, pod, version))
        if inside := networking.cluster_service(lease, service, version):
            rendered.append(inside)
        if outside := networking.node_port_service(lease, service, version):
            rendered.append(outside)
    return tuple(rendered)
