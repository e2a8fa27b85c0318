"""
Where a service is to run, as the provider's placement decided: no tenant ever writes these.

Source: Akash, `pkg/apis/akash.network/v2beta2`, `SchedulerParams`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

from provider.lease.manifest import GPU


@attrs.frozen
class GPUParams:
    """The graphics card that was found for a service."""

    vendor: str
    """`nvidia` or `amd`."""
    model: str
    """As in the node's labels, e.g. `a100`."""
    memory_size: str = ""
    """E.g. `80Gi`; "" when the tenant did not ask for a size."""
    interface: str = ""
    """`pcie` or `sxm`; "" when the tenant did not ask for one."""


@attrs.frozen
class SchedulerParams:
    """What placement adds to a service."""

    runtime_class: str = ""
    """RuntimeClass of its pods; "" and `none` mean the cluster's default."""
    gpu: GPUParams | None = None


UNPLACED: Final[Mapping[str, SchedulerParams]] = MappingProxyType({})
"""By service, before anything was placed."""

ANY_MODEL = "*"
"""Of a choice that leaves the model open."""


def gpu_choices(gpu: GPU | None) -> tuple[GPUParams, ...]:
    """
    The cards that a tenant accepts, in the order of the attributes; () when none is asked for.

    An attribute's key is `vendor/<vendor>/model/<model>[/ram/<size>][/interface/<kind>]`.
    """
    choices: list[GPUParams] = []
    for attribute in gpu.attributes if gpu and gpu.units else ():
        parts = attribute.key.split("/")
        told = dict(zip(parts[::2], parts[1::2], strict=False))
        if attribute.value == "true" and told.get("vendor"):
            choices.append(
                GPUParams(
                    told["vendor"].lower(),
                    told.get("model") or ANY_MODEL,
                    told.get("ram", ""),
                    told.get("interface", ""),
                )
            )
    return tuple(choices)
