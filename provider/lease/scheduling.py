"""
Where a service is to run, as the provider's placement decided: no tenant ever writes these.

Source: Akash, `pkg/apis/akash.network/v2beta2`, `SchedulerParams`.
"""

import attrs


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
