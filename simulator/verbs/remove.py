"""The end of an object: it leaves the store, and what hangs on it goes with it."""

from simulator.storage.versions import Version
from simulator.verbs import custom, quota
from simulator.verbs.allocate import free
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.verbs.metadata import ordered
from simulator.verbs.registry import DEFINITIONS, Served


def remove(cluster: Cluster, caller: Caller, served: Served, live: Version) -> Version:
    """
    Take an object away.

    Its DELETED event shows it as it was stored, under the revision of its removal: whatever the
    request would have changed, the finalizers that it took off for one, was never written.
    """
    last = live.object
    if served.storage == DEFINITIONS:
        custom.withdraw(cluster, last)
    free(cluster, served, last)
    metadata = last["metadata"]
    removed = cluster.remove(
        caller, served, metadata.get("namespace", ""), metadata["name"], ordered(last)
    )
    quota.account(cluster, served, None, last)
    return removed
