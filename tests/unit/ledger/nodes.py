"""Nodes, pods and groups in the shapes that the tests of capacity need."""

from provider.lease.identity import LeaseID
from provider.lease.manifest import CPU, GPU, Attribute, Group, Memory, Resources, Service, Storage

GI = 2**30


def lease(dseq=1, owner="akash1owner"):
    return LeaseID(owner, dseq, 1, 1, "akash1us")


def node(name="node-1", cpu="4", memory="8Gi", storage="100Gi", labels=None, ready=True, **more):
    """A Node object; `more` goes into the allocatable amounts, `_` in a name standing for `/`."""
    allocatable = {"cpu": cpu, "memory": memory, "ephemeral-storage": storage, "pods": "110"}
    allocatable.update({key.replace("_", "/"): value for key, value in more.items()})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"akash.network": "true", **(labels or {})}},
        "spec": {},
        "status": {
            "allocatable": allocatable,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def gpu_labels(model, count, *details, vendor="nvidia"):
    base = f"akash.network/capabilities.gpu.vendor.{vendor}.model.{model}"
    return {base: str(count), **{f"{base}.{detail}": str(count) for detail in details}}


def pod(node="node-1", cpu="500m", memory="1Gi", labels=None, namespace="kube-system", phase=None):
    return {
        "metadata": {"name": "p", "namespace": namespace, "labels": labels or {}},
        "spec": {
            "nodeName": node,
            "containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}],
        },
        "status": {"phase": phase or "Running"},
    }


def tenant_pod(lease, service="web", node="node-1", cpu="1", memory="1Gi"):
    labels = {"akash.network": "true", "akash.network/manifest-service": service}
    return pod(node, cpu, memory, labels, lease.namespace)


def service(
    name="web", cpu=1000, memory=GI, count=1, gpus=0, kinds=(), volumes=(), image="nginx:1"
):
    attributes = tuple(Attribute(kind, "true") for kind in kinds)
    resources = Resources(
        1, CPU(cpu), Memory(memory), (Storage("default", GI), *volumes), GPU(gpus, attributes), ()
    )
    return Service(name, image, resources, count)


def group(*services):
    return Group("dc1", services or (service(),))
