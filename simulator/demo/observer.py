"""The tour's own eyes: reads the API over a link of its own, and never asks the daemon."""

from collections.abc import Collection, Iterable

import attrs

from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    MANIFEST,
    NAMESPACE,
    NETWORK_POLICY,
    POD,
    PROVIDER_HOST,
    SERVICE,
    STATEFUL_SET,
    Kind,
)
from provider.kubernetes.outcomes import Listing
from provider.lease.identity import LeaseID
from simulator.demo.sightings import Inventory, LeaseSighting, PodSighting
from simulator.jsontypes import FrozenJSON

WRITTEN_BY_DAEMON = (
    NAMESPACE,
    MANIFEST,
    PROVIDER_HOST,
    NETWORK_POLICY,
    DEPLOYMENT,
    STATEFUL_SET,
    SERVICE,
    INGRESS,
)
"""What a lease consists of when its deploy is whole."""

MADE_BY_CLUSTER = (
    POD,
    Kind("apps", "v1", "ReplicaSet", "replicasets"),
    Kind("apps", "v1", "ControllerRevision", "controllerrevisions"),
    Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    Kind("", "v1", "Endpoints", "endpoints"),
    Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("", "v1", "PersistentVolume", "persistentvolumes", namespaced=False),
    Kind("", "v1", "ServiceAccount", "serviceaccounts"),
    Kind("", "v1", "ConfigMap", "configmaps"),
    Kind("", "v1", "Event", "events"),
)
"""What the cluster adds, and has to take away again."""

_OWNER, _DSEQ = "akash.network/lease.id.owner", "akash.network/lease.id.dseq"


class UnseenError(Exception):
    """The API server gave no usable answer: the tour cannot go on."""


@attrs.frozen
class Observer:
    """Reads what there is of some leases."""

    client: KubernetesClient

    async def objects(
        self,
        leases: Collection[LeaseID],
        kinds: Iterable[Kind] = WRITTEN_BY_DAEMON + MADE_BY_CLUSTER,
    ) -> Inventory:
        """
        Every object of these leases and kinds.

        Raises:
            UnseenError: a list was not answered.
        """
        found: dict[str, str] = {}
        for kind in kinds:
            for obj in await self._list(kind):
                if any(_belongs(obj, lease) for lease in leases):
                    metadata = obj["metadata"]
                    place = metadata.get("namespace", "")
                    found[f"{kind.kind} {place}/{metadata['name']}"] = metadata["uid"]
        return found

    async def lease(self, lease: LeaseID, wanted: int) -> LeaseSighting:
        """
        What runs for one lease that wants so many replicas.

        Raises:
            UnseenError: a list was not answered.
        """
        pods = [PodSighting.read(pod) for pod in await self._list(POD, lease.namespace)]
        workloads = [
            *await self._list(DEPLOYMENT, lease.namespace),
            *await self._list(STATEFUL_SET, lease.namespace),
        ]
        return LeaseSighting(
            pods=tuple(sorted(pods, key=lambda pod: pod.name)),
            ready=sum(_ready(workload) for workload in workloads),
            wanted=wanted,
        )

    async def _list(self, kind: Kind, namespace: str = "") -> tuple[FrozenJSON, ...]:
        answer = await self.client.list(kind, namespace)
        if not isinstance(answer, Listing):
            raise UnseenError(f"{kind.plural}: {answer.why}")
        return answer.items


def _belongs(obj: FrozenJSON, lease: LeaseID) -> bool:
    """By its namespace or its own name, by what it is bound to, or by its labels."""
    metadata = obj["metadata"]
    claim = obj.get("spec", {}).get("claimRef") or {}
    if lease.namespace in (metadata.get("namespace"), metadata["name"], claim.get("namespace")):
        return True
    labels = metadata.get("labels", {})
    return (labels.get(_OWNER), labels.get(_DSEQ)) == (lease.owner, str(lease.dseq))


def _ready(workload: FrozenJSON) -> int:
    """Ready replicas, counted only when the controller has seen the newest spec."""
    status = workload.get("status", {})
    seen = status.get("observedGeneration") == workload["metadata"]["generation"]
    return int(status.get("readyReplicas", 0)) if seen else 0
