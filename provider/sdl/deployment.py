"""
The `deployment` section: which service runs where, with which profile, how many times.

Every reference to another section is resolved here; what comes after deals with values only.

Source: Akash chain-sdk, `v2.validate` in `go/sdl/v2.go`.
"""

from collections.abc import Mapping

import attrs

from provider.sdl.compute import Compute
from provider.sdl.node import Node, shortened
from provider.sdl.placement import Placement, PriceAt
from provider.sdl.services import ServiceAt


@attrs.frozen
class Deployed:
    """One service in one placement."""

    service: ServiceAt
    placement: Placement
    compute: Compute
    price: PriceAt
    count: int
    node: Node


def read_deployment(
    node: Node,
    services: Mapping[str, ServiceAt],
    computes: Mapping[str, Compute],
    placements: Mapping[str, Placement],
) -> tuple[Deployed, ...]:
    """Every pair of service and placement, sorted by their names."""
    deployed = tuple(
        _resolve(at, services[name], placement_name, computes, placements)
        for name, entry in sorted(node.entries())
        for placement_name, at in sorted(entry.entries())
    )
    if not deployed:
        raise node.error("missing: expected the services to run, each with placement and profile")
    return deployed


def _resolve(
    node: Node,
    service: ServiceAt,
    placement_name: str,
    computes: Mapping[str, Compute],
    placements: Mapping[str, Placement],
) -> Deployed:
    placement = placements.get(placement_name)
    if placement is None:
        raise node.error(
            f"no placement profile named {shortened(placement_name)}: "
            f"expected {_one_of(placements)}, as under profiles.placement"
        )
    profile = node.get("profile")
    compute = computes.get(profile.text())
    if compute is None:
        raise profile.error(
            f"no compute profile named {shortened(profile.text())}: "
            f"expected {_one_of(computes)}, as under profiles.compute"
        )
    price = placement.prices.get(compute.name)
    if price is None:
        raise (
            placement.node.get("pricing")
            .get(compute.name)
            .error("missing: expected a price for this profile, with denom and amount")
        )
    count = node.get("count").integer()
    if not count:
        raise node.get("count").error("expected the number of replicas, at least 1")
    return Deployed(service, placement, compute, price, count, node)


def _one_of(names: Mapping[str, object]) -> str:
    return " or ".join(shortened(name) for name in sorted(names)) or "one"
