"""
What one replica of a service really reserves on a node, which overcommit makes less than its limits.

One answer for the requests of the pod and for the book of capacity. Source: Akash,
`cluster/util`, `ComputeCommittedResources`; there the factor is computed in whole numbers, so that
1 to 99 percent had no effect at all.
"""

from collections.abc import Mapping
from fractions import Fraction

import attrs

from provider.lease.manifest import Service
from provider.workload import volumes
from provider.workload.options import RenderOptions


@attrs.frozen
class Commitment:
    """Reserved by one replica."""

    cpu: int
    """Thousandths of a core."""
    memory: int
    """Bytes, those of the volumes in memory included."""
    memory_requested: int
    """Bytes of the pod's request: a volume in memory is only a part of its limit."""
    ephemeral: int
    """Bytes on the node's own disk."""
    gpus: int
    """Never fewer than asked for: a card is not shared."""
    persistent: Mapping[str, int]
    """Bytes by storage class, `default` for the cluster's own."""


def committed(service: Service, options: RenderOptions) -> Commitment:
    """What a replica reserves; what a service leaves out counts as nothing."""
    cpu, memory, gpu = service.resources.cpu, service.resources.memory, service.resources.gpu
    requested = _share(memory.size if memory else 0, options.overcommit_memory_pct)
    in_memory = _share(volumes.memory_bytes(service), options.overcommit_memory_pct)
    persistent: dict[str, int] = {}
    for volume in volumes.persistent(service):
        name = volumes.storage_class(volume)
        reserved = _share(volume.size, options.overcommit_storage_pct)
        persistent[name] = persistent.get(name, 0) + reserved
    return Commitment(
        cpu=_share(cpu.units if cpu else 0, options.overcommit_cpu_pct),
        memory=requested + in_memory,
        memory_requested=requested,
        ephemeral=_share(volumes.ephemeral_bytes(service), options.overcommit_storage_pct),
        gpus=gpu.units if gpu else 0,
        persistent=persistent,
    )


def _share(amount: int, overcommit_pct: float) -> int:
    """
    The reserved part of an amount; never nothing of something, and halves are rounded up.

    Exact: a size in bytes has more digits than a floating-point number keeps.
    """
    if overcommit_pct <= 0 or not amount:
        return amount
    share = amount / (1 + Fraction(str(overcommit_pct)) / 100)
    return max(1, int(share + Fraction(1, 2)))
