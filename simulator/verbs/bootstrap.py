"""What a new cluster holds before anybody has asked for anything: namespaces, roles and bindings."""

from simulator.access.roles import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import create

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_SERVER = Caller("system:apiserver", "kube-apiserver")
_RBAC = "rbac.authorization.k8s.io/v1"


def bootstrap(cluster: Cluster) -> None:
    """Make what kube-apiserver makes when it starts."""
    namespaces = [
        {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
        for name in _NAMESPACES
    ]
    options = WriteOptions(manager=_SERVER.agent, validation="Ignore")
    for path, objects in (
        ("v1/namespaces", namespaces),
        (f"{_RBAC}/clusterroles", CLUSTER_ROLES),
        (f"{_RBAC}/clusterrolebindings", CLUSTER_ROLE_BINDINGS),
    ):
        served = cluster.registry.find(path)
        assert served is not None, "built-in kinds are served from the beginning"
        for obj in objects:
            create(cluster, _SERVER, served, "", obj, options)
