"""
The nodes and StorageClasses of a simulated cluster: how they look, and how they come in.

There are no heartbeats: a cluster in which nothing happens stays quiet, so that virtual time can jump.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs

from simulator import timestamps
from simulator.controllers.catalog import NODE, STORAGE_CLASS
from simulator.controllers.informer import key_of
from simulator.controllers.node_health import NOT_READY
from simulator.controllers.settings import ControllerSettings, NodeShape, StorageClass
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Clock, Refused

_CAPABILITY = "akash.network/capabilities.storage.class."
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

_HEALTHY: Mapping[str, tuple[str, str, str]] = {
    "MemoryPressure": (
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}
"""Status, reason and message of a healthy node's conditions."""


def node_name(number: int) -> str:
    """`node1` for 1."""
    return f"node{number}"


def node(number: int, shape: NodeShape, settings: ControllerSettings) -> JSONObject:
    """A new node, the first being number 1. Pure."""
    name = node_name(number)
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        **shape.labels,
        **{
            f"{_CAPABILITY}{item.name}": item.node_capability
            for item in settings.storage_classes
            if item.node_capability
        },
    }
    return {
        "apiVersion": NODE.api_version,
        "kind": NODE.kind,
        "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDR": f"10.244.{number}.0/24"},
    }


def healthy(now: str) -> list[JSONObject]:
    """The conditions of a node that is well; `now` as Kubernetes writes times. Pure."""
    return [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }
        for kind, (status, reason, message) in _HEALTHY.items()
    ]


def node_status(number: int, shape: NodeShape, now: str) -> JSONObject:
    """The status of a healthy node; `now` as Kubernetes writes times. Pure."""
    capacity = {
        "cpu": shape.cpu,
        "ephemeral-storage": shape.ephemeral_storage,
        "memory": shape.memory,
        "pods": str(shape.pods),
        **shape.extended,
    }
    return {
        "capacity": capacity,
        "allocatable": {**capacity, **shape.allocatable},
        "conditions": healthy(now),
        "addresses": [
            {"type": "InternalIP", "address": f"10.0.0.{number}"},
            {"type": "Hostname", "address": node_name(number)},
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "simulator://1",
            "kernelVersion": "6.8.0",
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.36.2",
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Simulated",
            "systemUUID": "",
        },
    }


def storage_class(settings: StorageClass) -> JSONObject:
    """A StorageClass whose volumes are deleted with their claims. Pure."""
    annotations = {"annotations": {_DEFAULT_CLASS: "true"}} if settings.default else {}
    return {
        "apiVersion": STORAGE_CLASS.api_version,
        "kind": STORAGE_CLASS.kind,
        "metadata": {"name": settings.name, **annotations},
        "provisioner": settings.provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }


@attrs.define(eq=False)
class Nodes:
    """Lets nodes in."""

    client_for: Callable[[str], Client]
    clock: Clock
    settings: ControllerSettings

    async def install(self, shapes: Sequence[NodeShape]) -> None:
        """
        Make nodes, each Ready, and the StorageClasses; what is there already stays.

        Raises:
            Refused: the API server does not let them in.
        """
        admin = self.client_for("system:admin")
        for item in self.settings.storage_classes:
            await _create(admin, storage_class(item))
        for number, shape in enumerate(shapes, start=1):
            await self.join(number, shape)

    async def join(self, number: int, shape: NodeShape) -> str:
        """
        Let one node in, Ready; one that is there already stays.

        Returns:
            Its name.

        Raises:
            Refused: the API server does not let it in.
        """
        name = node_name(number)
        kubelet = self.client_for(f"system:node:{name}")
        if not await _create(kubelet, node(number, shape, self.settings)):
            return name
        patch = {"status": node_status(number, shape, timestamps.timestamp(self.clock.now()))}
        await kubelet.patch(NODE.name, "", name, patch, subresource="status")
        await self._admit(name)
        return name

    async def _admit(self, name: str) -> None:
        """Take the taint of a new node away, as the node lifecycle controller does once it is Ready."""
        client = self.client_for("system:serviceaccount:kube-system:node-controller")
        live = await client.get(NODE.name, "", name)
        taints = live["spec"].get("taints") or []
        left = [taint for taint in taints if taint["key"] != NOT_READY]
        if left != taints:
            spec = {**live["spec"], "taints": left}
            await client.update(NODE.name, *key_of(live), {**live, "spec": spec})


async def _create(client: Client, obj: JSONObject) -> bool:
    """Make a node or a StorageClass; False when it is there already."""
    resource = f"{obj['apiVersion']}/{'nodes' if obj['kind'] == 'Node' else 'storageclasses'}"
    try:
        await client.create(resource, "", obj)
    except Refused as refusal:
        if refusal.reason != "AlreadyExists":
            raise
        return False
    return True
