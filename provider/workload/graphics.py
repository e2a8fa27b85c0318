"""
GPUs of a service: which resource is asked for, and which nodes may take the pod.

What placement found decides; without it the tenant's own attributes, as far as they name a model.
Source: Akash, `cluster/kube/builder/workload.go`, and the node labels of the inventory operator.
Unlike there the label of an interface is named by the interface, not by the size of the memory.
"""

from typing import Final

from provider.lease.manifest import Service
from provider.lease.scheduling import ANY_MODEL, GPUParams, SchedulerParams, gpu_choices

RESOURCES: Final = {"nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu"}
"""Name of the resource by vendor, as the device plugins report it."""

_CAPABILITY = "akash.network/capabilities.gpu.vendor"


def choices(service: Service, scheduling: SchedulerParams | None) -> tuple[GPUParams, ...]:
    """
    The cards that would do, any of them; () for a service without a GPU.

    A pod asks for one resource, so before placement only the first vendor counts that there is.
    """
    gpu = service.resources.gpu
    if not gpu or not gpu.units:
        return ()
    if scheduling and scheduling.gpu:
        return (scheduling.gpu,)
    accepted = [choice for choice in gpu_choices(gpu) if choice.vendor in RESOURCES]
    return tuple(choice for choice in accepted if choice.vendor == accepted[0].vendor)


def vendor(service: Service, scheduling: SchedulerParams | None) -> str:
    """The vendor of all choices; "" when there is none."""
    return next((choice.vendor for choice in choices(service, scheduling)), "")


def node_labels(
    service: Service, scheduling: SchedulerParams | None
) -> tuple[tuple[str, ...], ...]:
    """
    Labels that a node must count above 0, for each choice; one empty choice when any node will do.

    No label says which vendor's cards a node has, whatever their model: an open model asks for none.
    """
    found = choices(service, scheduling)
    if not found or any(choice.model == ANY_MODEL for choice in found):
        return ((),)
    return tuple(map(_labels, found))


def _labels(card: GPUParams) -> tuple[str, ...]:
    model = f"{_CAPABILITY}.{card.vendor}.model.{card.model}"
    parts = (("ram", card.memory_size), ("interface", card.interface))
    return (model, *(f"{model}.{part}.{value}" for part, value in parts if value))


def runtime_class(service: Service, scheduling: SchedulerParams | None) -> str:
    """RuntimeClass of the pods, "" for the cluster's default; NVIDIA's cards need their own."""
    if scheduling is not None:
        return "" if scheduling.runtime_class == "none" else scheduling.runtime_class
    return "nvidia" if vendor(service, scheduling) == "nvidia" else ""
