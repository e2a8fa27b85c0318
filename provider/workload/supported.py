"""
What a group may not ask for, because this provider has nothing to give.

Running such a service as an ordinary one would be worse than refusing it: without its GPU, its
enclave or its address it is not what the tenant pays for.
"""

import re
from collections.abc import Mapping

from provider.lease.manifest import Group, ManifestError, Service
from provider.lease.scheduling import SchedulerParams
from provider.workload import graphics
from provider.workload.options import RenderOptions

_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""The part of a node label's name after its prefix."""


def refuse_unsupported(
    group: Group, options: RenderOptions, scheduling: Mapping[str, SchedulerParams]
) -> None:
    """
    Let a group pass that can be run whole.

    Raises:
        ManifestError: naming the first service, the field and what is not offered.
    """
    for position, service in enumerate(group.services):
        if found := _unsupported(service, options, scheduling.get(service.name)):
            field, why = found
            raise ManifestError(f"services[{position}].{field}", why)


def _unsupported(
    service: Service, options: RenderOptions, scheduling: SchedulerParams | None
) -> tuple[str, str] | None:
    gpu, params = service.resources.gpu, service.params
    if gpu and gpu.units and graphics.vendor(service, scheduling) not in graphics.RESOURCES:
        vendors = " or ".join(sorted(graphics.RESOURCES))
        return "resources.gpu.attributes", f"expected GPUs of one vendor, {vendors}"
    for label in (label for card in graphics.node_labels(service, scheduling) for label in card):
        if not _LABEL.fullmatch(label.partition("/")[2]):
            return "resources.gpu.attributes", f"no node can have the label {label!r}"
    if params and params.tee:
        return "params.tee", "trusted execution is not offered here"
    for position, expose in enumerate(service.expose or ()):
        if expose.ip and expose.global_ and not options.leased_ips:
            return f"expose[{position}].ip", "a leased address is not offered here"
    return None
