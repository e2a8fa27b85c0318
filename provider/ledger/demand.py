"""What a group asks of the cluster, service by service, as it will really be reserved. Pure."""

from provider.lease.manifest import Group, Service
from provider.lease.scheduling import gpu_choices
from provider.ledger.fit import Demand
from provider.ledger.nodes import CPU, EPHEMERAL, MEMORY
from provider.workload.commitment import committed
from provider.workload.options import RenderOptions
from provider.workload.volumes import storage_classes


def demands(group: Group, options: RenderOptions) -> tuple[Demand, ...]:
    """One demand a service, in the group's order."""
    return tuple(_demand(service, options) for service in group.services)


def _demand(service: Service, options: RenderOptions) -> Demand:
    reserved = committed(service, options)
    amounts = {CPU: reserved.cpu, MEMORY: reserved.memory, EPHEMERAL: reserved.ephemeral}
    return Demand(
        service=service.name,
        replicas=service.count,
        amounts={resource: amount for resource, amount in amounts.items() if amount},
        classes=storage_classes(service),
        gpus=reserved.gpus,
        wishes=gpu_choices(service.resources.gpu),
    )
