"""What a new cluster holds before anybody has asked for anything: the system namespaces."""

from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import create

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_SERVER = Caller("system:apiserver", "kube-apiserver")


def bootstrap(cluster: Cluster) -> None:
    """Make the namespaces that kube-apiserver makes when it starts."""
    served = cluster.registry.namespaces
    options = WriteOptions(manager=_SERVER.agent, validation="Ignore")
    for name in _NAMESPACES:
        obj = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
        create(cluster, _SERVER, served, "", obj, options)
