"""
What the cluster holds of this provider's leases; pure, and never a reason to delete.

Whatever is found is handed to a manager, the only writer, which needs a proof of its own.
"""

from collections.abc import Iterator

from provider.kubernetes.kinds import MANIFEST, NAMESPACE, PROVIDER_HOST, PROVIDER_LEASED_IP
from provider.kubernetes.store import Store
from provider.kubernetes.stored import Stored
from provider.lease.identity import LeaseID
from provider.workload import labels

TRACES = (NAMESPACE, MANIFEST, PROVIDER_HOST, PROVIDER_LEASED_IP)
"""Kinds of which any object tells that something of a lease is there."""


def owned_leases(store: Store, provider: str) -> Iterator[LeaseID]:
    """
    Leases of `provider` of which a trace exists, in the order of the traces; some more than once.

    A namespace or record belongs to a lease only if it has all five lease labels, the provider is
    this one, and its name is the one derived from them. `akash.network=true` alone proves nothing:
    the install guide labels its own namespaces so. Lazy, since it may be long: the caller pauses.
    """
    for kind in TRACES:
        for stored in store.all(kind):
            if stored.labels.get(labels.LEASE_PROVIDER) != provider:
                continue
            lease = _lease_of(stored)
            if lease is not None:
                yield lease


def is_gone(store: Store, lease: LeaseID) -> bool:
    """True when all of the cluster was seen, and no trace of a lease is there."""
    return store.synced(TRACES) and not any(store.select(kind, lease.namespace) for kind in TRACES)


def _lease_of(stored: Stored) -> LeaseID | None:
    lease = labels.lease_from_labels(stored.labels)
    if lease is None:
        return None
    named_after = stored.key.kind in (NAMESPACE, MANIFEST)
    if named_after and stored.key.name != lease.namespace:
        return None
    return lease
