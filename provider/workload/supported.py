"""
What a group may not ask for, because this provider has nothing to give.

Running such a service as an ordinary one would be worse than refusing it: without its GPU, its
enclave or its address it is not what the tenant pays for.
"""

import re
from collections.abc import Iterator, Mapping

from provider.lease.manifest import Group, ManifestError, Service
from provider.lease.scheduling import UNPLACED, SchedulerParams
from provider.workload import graphics
from provider.workload.accepted import encode_accepted
from provider.workload.options import RenderOptions

_PACKED_BYTES_MAX = 120 * 1024
"""All annotations of an object together may hold 256 KiB."""
_CERTAINLY_SMALL = 16 * 1024
"""Characters of commands, variables and hostnames; what else a group holds is far smaller."""

_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""The part of a node label's name after its prefix."""


def refuse_unsupported(
    group: Group,
    options: RenderOptions,
    scheduling: Mapping[str, SchedulerParams] = UNPLACED,
    *,
    path: str = "",
) -> None:
    """
    Let a group pass that can be run whole.

    Args:
        group: what to run.
        options: the operator's.
        scheduling: what placement found, by service.
        path: of the group in its manifest, e.g. `[0]`; "" when the group is all there is.

    Raises:
        ManifestError: naming the first service, the field and what is not offered.
    """
    prefix = f"{path}." if path else ""
    _refuse_too_large(group, f"{prefix}services")
    for position, service in enumerate(group.services):
        if found := _unsupported(service, options, scheduling.get(service.name)):
            field, why = found
            raise ManifestError(f"{prefix}services[{position}].{field}", why)


def _refuse_too_large(group: Group, path: str) -> None:
    """Two groups have to fit into the annotations of one record: the newest and the one before."""
    texts = (text for service in group.services for text in _texts(service))
    # Packing takes longer than all the rest, and hardly any group needs it to be told.
    if sum(map(len, texts)) <= _CERTAINLY_SMALL:
        return
    size = len(encode_accepted(group))
    if size > _PACKED_BYTES_MAX:
        raise ManifestError(
            path,
            f"take {size} bytes when packed, expected at most {_PACKED_BYTES_MAX}: "
            "put large data into the image or a volume",
        )


def _texts(service: Service) -> Iterator[str]:
    """What a tenant may write as much of as he likes."""
    yield from service.command or ()
    yield from service.args or ()
    yield from service.env or ()
    for expose in service.expose or ():
        yield from expose.hosts or ()


def _unsupported(
    service: Service, options: RenderOptions, scheduling: SchedulerParams | None
) -> tuple[str, str] | None:
    gpu, params = service.resources.gpu, service.params
    if gpu and gpu.units and graphics.vendor(service, scheduling) not in graphics.RESOURCES:
        vendors = " or ".join(sorted(graphics.RESOURCES))
        return "resources.gpu.attributes", f"expected a GPU of {vendors}"
    for label in (label for card in graphics.node_labels(service, scheduling) for label in card):
        if not _LABEL.fullmatch(label.partition("/")[2]):
            return "resources.gpu.attributes", f"no node can have the label {label!r}"
    if params and params.tee:
        return "params.tee", "trusted execution is not offered here"
    for position, expose in enumerate(service.expose or ()):
        if expose.ip and expose.global_ and not options.leased_ips:
            return f"expose[{position}].ip", "a leased address is not offered here"
    return None
