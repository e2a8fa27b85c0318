"""An operator's hold: an annotation on the tenant namespace that says hands off."""

from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.workload import labels


def is_held_back(store: Store, lease: LeaseID) -> bool:
    """True while nothing may be applied, pruned or closed; whatever the annotation's value."""
    stored = store.get(ObjectKey(NAMESPACE, "", lease.namespace))
    if stored is None or labels.HOLD.encode() not in stored.raw:
        return False
    return labels.HOLD in (stored.decode()["metadata"].get("annotations") or {})
