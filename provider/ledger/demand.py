"""What a group asks of the cluster, service by service, as it will really be reserved. Pure."""

from provider.lease.manifest import GPU, Group, Service
from provider.ledger.fit import Demand, GPUWish
from provider.ledger.nodes import CPU, EPHEMERAL, GPU_RESOURCES, MEMORY
from provider.workload.options import RenderOptions
from provider.workload.volumes import ephemeral_bytes, memory_bytes, storage_classes


def demands(group: Group, options: RenderOptions) -> tuple[Demand, ...]:
    """One demand a service, in the group's order."""
    return tuple(_demand(service, options) for service in group.services)


def _demand(service: Service, _: RenderOptions) -> Demand:
    cpu, memory, gpu = service.resources.cpu, service.resources.memory, service.resources.gpu
    amounts = {
        CPU: cpu.units if cpu else 0,
        MEMORY: (memory.size if memory else 0) + memory_bytes(service),
        EPHEMERAL: ephemeral_bytes(service),
    }
    return Demand(
        service=service.name,
        replicas=service.count,
        amounts={resource: amount for resource, amount in amounts.items() if amount},
        classes=storage_classes(service),
        gpus=gpu.units if gpu else 0,
        wishes=gpu_wishes(gpu) if gpu and gpu.units else (),
    )


def gpu_wishes(gpu: GPU) -> tuple[GPUWish, ...]:
    """
    The kinds of GPU that the attributes accept, e.g. `vendor/nvidia/model/a100/ram/80Gi`.

    An attribute of a vendor that has no device plugin here accepts nothing.
    """
    wishes = []
    for attribute in gpu.attributes:
        parts = attribute.key.split("/")
        told = dict(zip(parts[::2], parts[1::2], strict=False))
        if attribute.value == "true" and told.get("vendor", "").lower() in GPU_RESOURCES:
            wishes.append(
                GPUWish(
                    told["vendor"].lower(),
                    told.get("model", "*"),
                    told.get("ram", ""),
                    told.get("interface", ""),
                )
            )
    return tuple(wishes)
