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
from provider.workload import controllers, hosts, ingress, isolation, networking
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
    """What must stand before any pod may run: the NetworkPolicies."""
    workloads: tuple[JSONObject, ...]
    """Deployments, StatefulSets and Services, in the order of the services."""
    routes: tuple[JSONObject, ...]
    """Ingresses, sorted by hostname."""
    hosts: tuple[JSONObject, ...]
    """ProviderHosts, sorted by hostname; declared last."""

    @property
    def waves(self) -> tuple[tuple[JSONObject, ...], ...]:
        """What is applied in the tenant namespace; a wave begins when the one before is whole."""
        return ((self.namespace,), self.guards, (*self.workloads, *self.routes))

    @property
    def objects(self) -> tuple[JSONObject, ...]:
        """Every object of the generation, the record first."""
        return (self.record, *(obj for wave in self.waves for obj in wave), *self.hosts)


def render(
    lease: LeaseID,
    group: Group,
    options: RenderOptions,
    *,
    withheld: frozenset[str] = frozenset(),
    annotations: Mapping[str, str] | None = None,
) -> Bundle:
    """
    All objects of a group.

    Hostnames in `withheld` are held by another lease of the same owner: they get no route and no
    ProviderHost. `annotations` are those of ours that the record carries.

    Raises:
        ManifestError: the group asks for something that this provider cannot run.
    """
    refuse_unsupported(group)
    routes = tuple(
        route for route in ingress.routes(lease, group, options) if route.hostname not in withheld
    )
    return Bundle(
        record=record(lease, group, options, annotations=annotations),
        namespace=isolation.namespace(lease),
        guards=(isolation.restrictions(lease),) if options.network_policies else (),
        workloads=_workloads(lease, group, options),
        routes=tuple(ingress.ingress(lease, route, options) for route in routes),
        hosts=tuple(hosts.provider_host(lease, route, options) for route in routes),
    )


def _workloads(lease: LeaseID, group: Group, options: RenderOptions) -> tuple[JSONObject, ...]:
    rendered: list[JSONObject] = []
    for service in group.services:
        pod = controllers.pod_spec(lease, service, options)
        version = controllers.version_of(pod)
        rendered.append(controllers.controller(lease, service, pod, version))
        if inside := networking.cluster_service(lease, service, version):
            rendered.append(inside)
    return tuple(rendered)
