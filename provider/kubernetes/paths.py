"""Kinds and keys to percent-encoded paths of the API server; pure."""

from urllib.parse import quote

from provider.kubernetes.kinds import Kind, ObjectKey


def collection_path(kind: Kind, namespace: str = "") -> str:
    """Path of a collection; namespace "" of a namespaced kind means all namespaces."""
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    if kind.namespaced and namespace:
        return f"{root}/namespaces/{quote(namespace, safe='')}/{kind.plural}"
    return f"{root}/{kind.plural}"


def object_path(key: ObjectKey) -> str:
    """Path of one object."""
    return f"{collection_path(key.kind, key.namespace)}/{quote(key.name, safe='')}"
