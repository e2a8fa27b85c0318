"""
What the cluster holds of this provider's leases; pure, and never a reason to delete.

Whatever is found is handed to a manager, the only writer, which needs a proof of its own.
"""

from provider.kubernetes.kinds import MANIFEST, NAMESPACE, PROVIDER_HOST
from provider.kubernetes.store import Store
from provider.kubernetes.stored import Stored
from provider.lease.identity import LeaseID
from provider.workload import labels


def owned_leases(store: Store, provider: str) -> tuple[LeaseID, ...]:
    """
    Leases of `provider` of which a Namespace, a record or a ProviderHost exists, sorted.

    A namespace or record belongs to a lease only if it has all five lease labels, the provider is
    this one, and its name is the one derived from them. `akash.network=true` alone proves nothing:
    the install guide labels its own namespaces so.
    """
    found: set[LeaseID] = set()
    for kind in (NAMESPACE, MANIFEST, PROVIDER_HOST):
        for stored in store.all(kind):
            lease = _lease_of(stored)
            if lease is not None and lease.provider == provider:
                found.add(lease)
    return tuple(sorted(found))


def _lease_of(stored: Stored) -> LeaseID | None:
    lease = labels.lease_from_labels(stored.labels)
    if lease is None:
        return None
    if stored.key.kind is not PROVIDER_HOST and stored.key.name != lease.namespace:
        return None
    return lease
