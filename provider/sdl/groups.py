"""
One placement becomes one group of the manifest and one group spec.

Source: Akash chain-sdk, `go/sdl/groupBuilder_v2.go` and `go/sdl/groupBuilder_v2_1.go`.
"""

from collections.abc import Mapping, Sequence

import attrs

from provider.lease.groups import GroupSpec, Requirements, ResourceUnit
from provider.lease.manifest import Attribute, Endpoint, Expose, Group, Service
from provider.sdl.deployment import Deployed
from provider.sdl.dialect import Dialect


def build_group(
    deployed: Sequence[Deployed], sequence_numbers: Mapping[str, int], dialect: Dialect
) -> tuple[Group, GroupSpec]:
    """Both forms of the services of one placement, which come sorted by name."""
    units: list[ResourceUnit] = []
    shared: dict[str, int] = {}
    services: list[Service] = []
    for one in deployed:
        exposes = tuple(_numbered(at.expose, sequence_numbers) for at in one.service.exposes)
        endpoints = tuple(endpoint for expose in exposes for endpoint in expose.endpoints)
        index = shared.get(one.compute.name)
        if index is None or dialect is Dialect.V2_0:
            index = shared[one.compute.name] = len(units)
            resources = attrs.evolve(one.compute.resources(), id=index + 1, endpoints=endpoints)
            units.append(ResourceUnit(resources, one.count, one.price.price))
        else:
            units[index] = _joined(units[index], one.count, endpoints)
        resources = attrs.evolve(units[index].resources, endpoints=endpoints)
        services.append(
            attrs.evolve(one.service.service, resources=resources, count=one.count, expose=exposes)
        )
    placement = deployed[0].placement
    requirements = _with_tee(placement.requirements, deployed)
    return (
        Group(placement.name, tuple(services)),
        GroupSpec(placement.name, requirements, tuple(units)),
    )


def _numbered(expose: Expose, numbers: Mapping[str, int]) -> Expose:
    return attrs.evolve(expose, endpoint_sequence_number=numbers[expose.ip] if expose.ip else 0)


def _joined(unit: ResourceUnit, count: int, endpoints: Sequence[Endpoint]) -> ResourceUnit:
    together = sorted(
        (*(unit.resources.endpoints or ()), *endpoints), key=lambda one: one.sequence_number
    )
    return attrs.evolve(
        unit,
        count=unit.count + count,
        resources=attrs.evolve(unit.resources, endpoints=tuple(together)),
    )


def _with_tee(requirements: Requirements, deployed: Sequence[Deployed]) -> Requirements:
    """Trusted execution is asked for by an attribute that the provider must have."""
    kind = ""
    for one in deployed:
        node = one.service.node.get("params").get("tee")
        if one.service.tee == "cpu-gpu" and not one.compute.gpu.units:
            raise node.error(
                f"expected `gpu.units` above 0 in compute profile {one.compute.name!r}, or tee: cpu"
            )
        if kind and one.service.tee and one.service.tee != kind:
            raise node.error(f"another service of this placement has {kind}: expected the same")
        kind = kind or one.service.tee
    if not kind:
        return requirements
    attributes = (*(requirements.attributes or ()), Attribute("tee/type", kind))
    return attrs.evolve(requirements, attributes=tuple(sorted(attributes, key=lambda a: a.key)))
