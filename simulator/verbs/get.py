"""The verb get."""

from simulator import failures
from simulator.storage.versions import Version
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served


def get(cluster: Cluster, served: Served, namespace: str, name: str) -> Version:
    """
    The newest state of one object.

    Raises:
        Refused: 404.
    """
    version = cluster.get(served, namespace, name)
    if version is None:
        raise failures.not_found(served.resource, name)
    return version
