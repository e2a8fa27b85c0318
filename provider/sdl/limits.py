"""
What the chain accepts in a group spec.

Source: Akash chain-sdk, `go/node/deployment/v1beta4`, `validation_config.go` and `resourceunit.go`.
Limits that exist there but are not enforced (replicas, units, groups, totals of storage) are not
enforced here either.
"""

from collections.abc import Sequence

from provider.lease.groups import GroupSpec
from provider.sdl.compute import Compute
from provider.sdl.node import Node
from provider.sdl.placement import PriceAt
from provider.sdl.sizes import MEBI, TEBI

_CPU_MIN, _CPU_MAX = 10, 384_000
_GPU_MAX = 24
_MEMORY_MIN, _MEMORY_MAX = MEBI, 2 * TEBI
_VOLUME_MIN, _VOLUME_MAX = 5 * MEBI, 32 * TEBI
_PRICE_MAX = 10_000_000
_GROUP_FACTOR = 50
"""A group holds at most so many times the largest unit."""


def check_compute(compute: Compute) -> None:
    """Hold one replica against the limits."""
    node = compute.node
    units = node.get("cpu").get("units")
    _check_present(units, "cores such as 0.5, or thousandths such as 500m")
    if compute.cpu is None or not _CPU_MIN <= compute.cpu.units <= _CPU_MAX:
        raise units.error(f"expected {_CPU_MIN}m to {_CPU_MAX // 1000} cores")
    size = node.get("memory").get("size")
    _check_present(size, "a size such as 512Mi")
    if compute.memory is None or not _MEMORY_MIN <= compute.memory.size <= _MEMORY_MAX:
        raise size.error("expected 1Mi to 2Ti")
    if compute.gpu.units > _GPU_MAX:
        raise node.get("gpu").get("units").error(f"expected at most {_GPU_MAX} GPUs")
    if compute.gpu.attributes and not compute.gpu.units:
        raise node.get("gpu").get("attributes").error("expected none, or `units` above 0")
    if not compute.volumes:
        raise node.get("storage").error("missing: expected `size`, or a list of volumes with sizes")
    for at in compute.volumes:
        _check_present(at.node.get("size"), "a size such as 1Gi")
        if not _VOLUME_MIN <= at.volume.size <= _VOLUME_MAX:
            raise at.node.get("size").error("expected 5Mi to 32Ti")


def check_price(at: PriceAt) -> None:
    """Hold the price of one replica against the limit."""
    if at.price.amount > _PRICE_MAX:
        raise at.node.get("amount").error(f"expected at most {_PRICE_MAX}, got {at.price.amount}")


def _check_present(node: Node, what: str) -> None:
    if not node.present:
        raise node.error(f"missing: expected {what}")


def check_groups(specs: Sequence[GroupSpec], places: Sequence[Node]) -> None:
    """Hold the sums of each group against the limits; `places` has a node for each spec."""
    denom = specs[0].resources[0].price.denom
    for spec, node in zip(specs, places, strict=True):
        for unit in spec.resources:
            if unit.price.denom != denom:
                raise node.get("pricing").error(
                    f"expected one denomination in all prices, got {denom} and {unit.price.denom}"
                )
        _check_totals(spec, node)


def _check_totals(spec: GroupSpec, node: Node) -> None:
    cpu = gpu = memory = 0
    for unit in spec.resources:
        resources = unit.resources
        cpu += resources.cpu.units * unit.count if resources.cpu else 0
        gpu += resources.gpu.units * unit.count if resources.gpu else 0
        memory += resources.memory.size * unit.count if resources.memory else 0
    for name, total, most in (
        ("thousandths of a core", cpu, _CPU_MAX),
        ("GPUs", gpu, _GPU_MAX),
        ("bytes of memory", memory, _MEMORY_MAX),
    ):
        if total > _GROUP_FACTOR * most:
            raise node.error(
                f"the group has {total} {name} with all its replicas: "
                f"expected at most {_GROUP_FACTOR * most}"
            )
