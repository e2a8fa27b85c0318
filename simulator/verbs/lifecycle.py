"""
Where new objects may be made: the rules of the admission plugin NamespaceLifecycle.

Source: plugin/pkg/admission lifecycle/admission.go.
"""

from simulator import failures
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import NAMESPACES, Served

PROTECTED = frozenset({"default", "kube-system", "kube-public"})
"""Namespaces that may not be deleted."""


def admit_create(cluster: Cluster, served: Served, namespace: str, name: str) -> None:
    """
    Let a new object into its namespace.

    Raises:
        Refused: 404, there is no such namespace; 403 with cause NamespaceTerminating, it is going.
    """
    if not served.resource.namespaced:
        return
    found = cluster.store.get(NAMESPACES, "", namespace)
    if found is None:
        raise failures.not_found(cluster.registry.namespaces.resource, namespace)
    if found.object["status"]["phase"] == "Terminating":
        raise failures.namespace_terminating(served.resource, name, namespace)


def admit_delete(served: Served, name: str) -> None:
    """
    Keep the namespaces that the cluster lives from.

    Raises:
        Refused: 403.
    """
    if served.storage == NAMESPACES and name in PROTECTED:
        raise failures.forbidden(served.resource, name, "this namespace may not be deleted")
