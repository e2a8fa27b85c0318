"""
What is left over in a tenant namespace: ours, and not wanted by the generation that was accepted.

Told by what each object says of itself, never by labels alone: pods, claims and slices carry the
very same labels, and other operators keep objects in the namespace too.
"""

from collections.abc import Iterable

from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    INGRESS,
    NETWORK_POLICY,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    ObjectKey,
    key_of,
)
from provider.reconcile.ownership import GO_PROVIDER, apply_entry, has_entry
from provider.workload.bundle import Bundle
from provider.workload.labels import SERVICE_TARGET

RENDERED = (
    NETWORK_POLICY,
    SECRET,
    SERVICE_ACCOUNT,
    ROLE,
    ROLE_BINDING,
    DEPLOYMENT,
    STATEFUL_SET,
    SERVICE,
    INGRESS,
)
"""Kinds that a bundle puts into a tenant namespace; nothing else is ever pruned."""

_RENDERED_TYPES = frozenset((kind.api_version, kind.kind) for kind in RENDERED)


def leftovers(
    bundle: Bundle, stored: Iterable[JSONObject], *, manager: str = "leasekeeper"
) -> tuple[ObjectKey, ...]:
    """
    Which objects to delete, sorted by key.

    An object of the Go provider counts once it was taken over, that is once the entry in its
    managedFields is ours; until then it is left to whoever made it.
    """
    place = bundle.namespace["metadata"]["name"]
    wanted = {key_of(obj) for wave in bundle.waves for obj in wave}
    keys = (key_of(obj) for obj in stored if _is_prunable(obj, place, manager))
    return tuple(sorted(key for key in keys if key not in wanted))


def _is_prunable(obj: FrozenJSON, place: str, manager: str) -> bool:
    metadata = obj["metadata"]
    return (
        (obj["apiVersion"], obj["kind"]) in _RENDERED_TYPES
        and metadata.get("namespace") == place
        and not metadata.get("ownerReferences")
        and SERVICE_TARGET not in (metadata.get("labels") or {})
        and apply_entry(obj, manager) is not None
        and not _is_operators_route(obj)
    )


def _is_operators_route(obj: FrozenJSON) -> bool:
    """True for an Ingress that the Go provider's hostname operator, the same binary, also writes."""
    return obj["kind"] == INGRESS.kind and has_entry(obj, GO_PROVIDER)
