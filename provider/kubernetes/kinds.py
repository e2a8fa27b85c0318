"""
The kinds that the daemon reads or writes, and how an object is addressed.

Written down here on purpose although the simulator has a table of its own: two independent
sources, so that one mistake cannot hide in both.
"""

import attrs

from provider.jsontypes import FrozenJSON


@attrs.frozen(order=True)
class Kind:
    """One row of the table."""

    group: str
    """API group, "" for core."""
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1` …"""
        return f"{self.group}/{self.version}" if self.group else self.version


NAMESPACE = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
NODE = Kind("", "v1", "Node", "nodes", namespaced=False)
POD = Kind("", "v1", "Pod", "pods")
SERVICE = Kind("", "v1", "Service", "services")
SECRET = Kind("", "v1", "Secret", "secrets")
SERVICE_ACCOUNT = Kind("", "v1", "ServiceAccount", "serviceaccounts")
ROLE = Kind("rbac.authorization.k8s.io", "v1", "Role", "roles")
ROLE_BINDING = Kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings")
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
INGRESS = Kind("networking.k8s.io", "v1", "Ingress", "ingresses")
DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments")
STATEFUL_SET = Kind("apps", "v1", "StatefulSet", "statefulsets")
MANIFEST = Kind("akash.network", "v2beta2", "Manifest", "manifests")
PROVIDER_HOST = Kind("akash.network", "v2beta2", "ProviderHost", "providerhosts")
PROVIDER_LEASED_IP = Kind("akash.network", "v2beta2", "ProviderLeasedIP", "providerleasedips")
ENDPOINT_SLICE = Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices")
LEASE = Kind("coordination.k8s.io", "v1", "Lease", "leases")
"""The API server's own kind of lease, which says who of two daemons may write."""
CUSTOM_RESOURCE_DEFINITION = Kind(
    "apiextensions.k8s.io",
    "v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
)

KINDS: tuple[Kind, ...] = (
    NAMESPACE,
    NODE,
    POD,
    SERVICE,
    SECRET,
    SERVICE_ACCOUNT,
    ROLE,
    ROLE_BINDING,
    NETWORK_POLICY,
    INGRESS,
    DEPLOYMENT,
    STATEFUL_SET,
    MANIFEST,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    ENDPOINT_SLICE,
    LEASE,
    CUSTOM_RESOURCE_DEFINITION,
)

_BY_TYPE = {(kind.api_version, kind.kind): kind for kind in KINDS}


@attrs.frozen(order=True)
class ObjectKey:
    """Which object: kind, namespace ("" for cluster scope) and name."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind.kind} {place}{self.name}"


def key_of(obj: FrozenJSON) -> ObjectKey:
    """
    Key of an object that carries apiVersion, kind and metadata.

    Raises:
        KeyError: a kind that is not in the table, or no name.
    """
    metadata = obj["metadata"]
    kind = _BY_TYPE[(obj["apiVersion"], obj["kind"])]
    return ObjectKey(
        kind, metadata.get("namespace", "") if kind.namespaced else "", metadata["name"]
    )
