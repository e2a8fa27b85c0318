"""
The subresource log, as an API server answers it that cannot reach a kubelet.

Pods write no logs here, so all that is left are the refusals on the way to the kubelet. Source:
pkg/registry/core/pod/rest/log.go, pkg/kubelet/client (the node's address).
"""

from simulator import failures
from simulator.ports import Refused
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.registry import Served


def log(cluster: Cluster, served: Served, namespace: str, name: str) -> Refused:
    """
    Why there is no log of a pod: none of this name, none of its node, or 501.

    Raises:
        Refused: 404, no such pod.
    """
    pod = get(cluster, served, namespace, name).object
    node = pod["spec"].get("nodeName", "")
    if node and cluster.store.get("nodes", "", node) is None:
        # The real server looks for the node and then names a pod in its answer.
        return failures.not_found(served.resource, node)
    return failures.not_implemented("pods of this server write no logs")
