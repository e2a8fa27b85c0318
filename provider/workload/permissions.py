"""
What a service may read of its own namespace: a ServiceAccount, a Role and the binding of the two.

Only services that ask for it have any of them; the pods of all others get no token at all. Source:
Akash, `cluster/kube/builder/{service_account,role,role_binding}.go`.
"""

from typing import Final

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Service
from provider.workload import labels

_RBAC = "rbac.authorization.k8s.io"
_WATCH = ("get", "list", "watch")

_RULES: Final[dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    "logs": (("", "pods", _WATCH), ("", "pods/log", ("get",)), ("apps", "deployments", _WATCH)),
    "events": (("", "events", _WATCH),),
}
"""API group, resource and verbs by permission; `deployment` is known to the market but grants nothing."""


def asked(service: Service) -> tuple[str, ...]:
    """The permissions of a service, in its order, without repeats."""
    read = service.params.permissions_read if service.params else None
    return tuple(dict.fromkeys(read or ()))


def account(lease: LeaseID, service: Service) -> tuple[JSONObject, ...]:
    """ServiceAccount, Role and RoleBinding, all named like the service; () without permissions."""
    if not asked(service):
        return ()
    rules = [
        {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}
        for permission in asked(service)
        for group, resource, verbs in _RULES.get(permission, ())
    ]
    metadata: JSONObject = {
        "name": service.name,
        "namespace": lease.namespace,
        "labels": {
            **labels.workload(lease.namespace, service.name, labels.version(rules)),
            **labels.lease_labels(lease),
        },
    }
    subject = {"kind": "ServiceAccount", "name": service.name, "namespace": lease.namespace}
    return (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": service.name},
            "subjects": [subject],
        },
    )
