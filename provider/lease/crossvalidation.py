"""
Whether a manifest asks for what its deployment was leased for, group by group.

Every service takes its replicas and endpoints out of one unit of the group on chain, and nothing
may be left of any unit. Source: Akash chain-sdk, `go/manifest/v2beta3`, `CheckAgainstGSpecs`.
Unlike there volumes are counted before they are compared: there one volume more than on chain
crashed the provider, and one fewer passed.
"""

from collections import Counter
from collections.abc import Sequence

import attrs

from provider.lease.groups import GroupSpec, ResourceUnit
from provider.lease.manifest import (
    CPU,
    GPU,
    EndpointKind,
    Group,
    Manifest,
    ManifestError,
    Memory,
    Resources,
    Service,
    Storage,
)

_NAMES = {
    EndpointKind.SHARED_HTTP: "shared HTTP endpoints",
    EndpointKind.RANDOM_PORT: "random ports",
    EndpointKind.LEASED_IP: "leased addresses",
}


def cross_validate(manifest: Manifest, groups: Sequence[GroupSpec]) -> None:
    """
    Compare a manifest with the groups of its deployment.

    Args:
        manifest: one that has passed `rules.validate`.
        groups: as the chain holds them, in any order.

    Raises:
        ManifestError: the first difference, with the path in the manifest and what the chain has.
    """
    if len(manifest) != len(groups):
        raise ManifestError("", f"expected {len(groups)} groups as on chain, got {len(manifest)}")
    specs = {spec.name: spec for spec in groups}
    for index, group in enumerate(manifest):
        if group.name not in specs:
            known = ", ".join(sorted(specs))
            raise ManifestError(
                f"[{index}].name", f"no group on chain is named {group.name!r}; expected {known}"
            )
        _check_group(group, specs[group.name], f"[{index}]")


@attrs.define(eq=False)
class _Left:
    """What is left of one unit, as services take from it."""

    unit: ResourceUnit
    replicas: int
    endpoints: Counter[EndpointKind]


def _check_group(group: Group, spec: GroupSpec, path: str) -> None:
    units = {
        unit.resources.id: _Left(
            unit, unit.count, Counter(e.kind for e in unit.resources.endpoints or ())
        )
        for unit in spec.resources
    }
    for index, service in enumerate(group.services):
        _take(service, units, f"{path}.services[{index}]")
    for number, left in units.items():
        if left.replicas:
            raise ManifestError(
                f"{path}.services",
                f"under-utilised: {left.replicas} replicas of resource unit {number} are left over",
            )
        for kind, count in left.endpoints.items():
            if count:
                raise ManifestError(
                    f"{path}.services",
                    f"under-utilised: {count} {_NAMES[kind]} of resource unit {number} are left over",
                )


def _take(service: Service, units: dict[int, _Left], path: str) -> None:
    left = units.get(service.resources.id)
    if left is None:
        known = ", ".join(map(str, sorted(units)))
        raise ManifestError(
            f"{path}.resources.id",
            f"no resource unit {service.resources.id} on chain; expected one of {known}",
        )
    if service.count > left.replicas:
        raise ManifestError(
            f"{path}.count",
            f"expected at most {left.replicas}, what is left of resource unit "
            f"{service.resources.id} on chain; got {service.count}",
        )
    _compare(service.resources, left.unit.resources, f"{path}.resources")
    left.replicas -= service.count
    for index, expose in enumerate(service.expose or ()):
        for endpoint in expose.endpoints:
            if not left.endpoints[endpoint.kind]:
                raise ManifestError(
                    f"{path}.expose[{index}]",
                    f"over-used: no {_NAMES[endpoint.kind]} are left of resource unit "
                    f"{service.resources.id} on chain",
                )
            left.endpoints[endpoint.kind] -= 1


def _compare(ours: Resources, theirs: Resources, path: str) -> None:
    """Every part equal, attributes included; a part that is left out is one of nothing."""
    pairs = (
        ("cpu", ours.cpu or CPU(0), theirs.cpu or CPU(0)),
        ("gpu", ours.gpu or GPU(0), theirs.gpu or GPU(0)),
        ("memory", ours.memory or Memory(0), theirs.memory or Memory(0)),
    )
    for name, one, other in pairs:
        if one != other:
            raise ManifestError(
                f"{path}.{name}", f"expected {_told(other)} as on chain, got {_told(one)}"
            )
    volumes, leased = ours.storage or (), theirs.storage or ()
    for index, (volume, on_chain) in enumerate(zip(volumes, leased, strict=False)):
        if volume != on_chain:
            raise ManifestError(
                f"{path}.storage[{index}]",
                f"expected {_told(on_chain)} as on chain, got {_told(volume)}",
            )
    if len(volumes) != len(leased):
        raise ManifestError(
            f"{path}.storage", f"expected {len(leased)} volumes as on chain, got {len(volumes)}"
        )


def _told(part: CPU | GPU | Memory | Storage) -> str:
    """`500 units`, `volume data of 1024 bytes (class=beta3)`."""
    match part:
        case Storage():
            amount = f"volume {part.name!r} of {part.size} bytes"
        case Memory():
            amount = f"{part.size} bytes"
        case _:
            amount = f"{part.units} units"
    attributes = ", ".join(f"{a.key}={a.value}" for a in part.attributes)
    return f"{amount} ({attributes})" if attributes else amount
