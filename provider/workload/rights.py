"""
What the daemon may do in the cluster, and nothing more: its ServiceAccount, roles and bindings.

The table below is what it does: a test plays a lease's whole life, collects every request, and fails
when a right is missing here or when one is not used. Server-side apply of an object that is absent
needs `create` beside `patch`; a Role can be given to a tenant only by who holds its rules.

Source: Kubernetes docs, "Using RBAC Authorization", privilege escalation prevention.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import attrs

from provider.jsontypes import JSONObject

NAME = "leasekeeper"
"""Of the ServiceAccount, the roles and the bindings."""


@attrs.frozen(order=True)
class Right:
    """One verb on one resource."""

    group: str
    """API group, "" for core."""
    resource: str
    """Plural, with a subresource behind a slash."""
    verb: str
    """As RBAC names it: get, list, watch, create, patch, delete."""


def _rights(group: str, resources: str, verbs: str) -> Iterator[Right]:
    for resource in resources.split():
        for verb in verbs.split():
            yield Right(group, resource, verb)


_READ: Final = "list watch"
_OWN: Final = "get list watch create patch delete"
"""What has the daemon for its only writer."""

EVERYWHERE: Final[frozenset[Right]] = frozenset(
    (
        *_rights("", "namespaces", _OWN),
        *_rights("", "services secrets serviceaccounts", _OWN),
        *_rights("apps", "deployments statefulsets", _OWN),
        *_rights("networking.k8s.io", "networkpolicies ingresses", _OWN),
        *_rights("rbac.authorization.k8s.io", "roles rolebindings", _OWN),
        *_rights("", "pods nodes", _READ),
        *_rights("discovery.k8s.io", "endpointslices", "list"),
        *_rights("akash.network", "manifests providerhosts providerleasedips", _READ),
    )
)
"""In every namespace: tenants' namespaces have names that nobody knows beforehand."""

PASSED_ON: Final[frozenset[Right]] = frozenset(
    (
        *_rights("", "pods", "get list watch"),
        *_rights("", "pods/log", "get"),
        *_rights("", "events", "get list watch"),
        *_rights("apps", "deployments", "get list watch"),
    )
)
"""Held only to be given to a tenant who asks to read its own namespace."""

RECORDS: Final[frozenset[Right]] = frozenset(
    (
        *_rights(
            "akash.network",
            "manifests providerhosts providerleasedips",
            "get create patch delete",
        ),
        *_rights("coordination.k8s.io", "leases", "get create patch"),
    )
)
"""In the records namespace."""


def objects(place: str, records_namespace: str) -> tuple[JSONObject, ...]:
    """
    ServiceAccount, ClusterRole, Role and their bindings.

    Args:
        place: namespace of the ServiceAccount, where the daemon runs.
        records_namespace: where the records live.
    """
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": place}
    return (
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": NAME, "namespace": place},
        },
        _role("ClusterRole", {"name": NAME}, EVERYWHERE | PASSED_ON),
        _binding("ClusterRoleBinding", {"name": NAME}, "ClusterRole", subject),
        _role("Role", {"name": NAME, "namespace": records_namespace}, RECORDS),
        _binding("RoleBinding", {"name": NAME, "namespace": records_namespace}, "Role", subject),
    )


def _role(kind: str, metadata: JSONObject, rights: Iterable[Right]) -> JSONObject:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "rules": _rules(rights),
    }


def _rules(rights: Iterable[Right]) -> list[JSONObject]:
    """One rule for all resources of a group that allow the same."""
    allowed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    by_resource = groupby(sorted(rights), key=lambda right: (right.group, right.resource))
    for (group, resource), some in by_resource:
        verbs = tuple(right.verb for right in some)
        allowed.setdefault((group, verbs), []).append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}
        for (group, verbs), resources in allowed.items()
    ]


def _binding(kind: str, metadata: JSONObject, role: str, subject: JSONObject) -> JSONObject:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": NAME},
        "subjects": [subject],
    }
