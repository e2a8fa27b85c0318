"""
A cluster that belongs to somebody, and what these tests make in it: all of it under names of their own.

Nothing but the namespaces named here, and custom resource definitions that were not there, is made;
all of it is removed at the end, also after a failure or Ctrl-C.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from provider.http.client import HttpClient
from provider.kubernetes.access import Access
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from provider.kubernetes.outcomes import CreateOnly, Done
from provider.lease.identity import LeaseID
from simulator.demo.real import RealCluster, own_provider
from simulator.demo.tenants import Cast, Tenant

OWNER = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"


@attrs.frozen(eq=False)
class Premises:
    """Whom to talk to, and the names of this run."""

    access: Access
    run: str
    """Hexadecimal digits that no other run has."""
    made: list[ObjectKey] = attrs.field(factory=list)
    """What has to go at the end, beside the namespaces of the leases."""

    @property
    def provider(self) -> str:
        return own_provider(int(self.run, 16))

    @property
    def records_namespace(self) -> str:
        return f"leasekeeper-test-{self.run}"

    @property
    def scratch(self) -> str:
        """The namespace for what is tried without a daemon."""
        return f"{self.records_namespace}-scratch"

    def lease(self, number: int) -> LeaseID:
        return self.cast.all[number].lease

    @property
    def cast(self) -> Cast:
        """Four leases; all that they need of the cluster is a Ready node for tenants."""

        def tenant(number: int) -> Tenant:
            lease = LeaseID(OWNER, 9_000_000 + number, 1, 1, self.provider)
            return Tenant(f"tenant {number}", "librespeed", lease)

        return Cast(tenant(0), tenant(1), tenant(2), tenant(3))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Opened"]:
        """Connections for one test."""
        async with self.access.open_http() as http:
            client = KubernetesClient(http, field_manager="leasekeeper-test")
            cluster = RealCluster(
                client=client,
                cast=self.cast,
                records_namespace=self.records_namespace,
                made=self.made,
            )
            yield Opened(self, http, client, cluster)


@attrs.frozen(eq=False)
class Opened:
    """The cluster, while connections to it are open."""

    premises: Premises
    http: HttpClient
    client: KubernetesClient
    cluster: RealCluster

    async def make_namespace(self, name: str) -> None:
        """A namespace that the end takes away."""
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self.premises.made.append(ObjectKey(NAMESPACE, "", name))
        assert isinstance(await self.client.apply(manifest, fence=CreateOnly()), Done)
