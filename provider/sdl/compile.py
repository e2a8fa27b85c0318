"""
Compile a stack definition into what a tenant deploys: a manifest and group specs.

Source: Akash chain-sdk, `go/sdl`, whose output is equalled byte for byte.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

import attrs

from provider.lease.groups import GroupSpec
from provider.lease.manifest import Manifest, ManifestError
from provider.lease.rules import validate
from provider.sdl.compute import read_compute
from provider.sdl.deployment import Deployed, read_deployment
from provider.sdl.dialect import check_top_level, read_dialect
from provider.sdl.endpoints import check_endpoints, sequence_numbers
from provider.sdl.errors import SdlWarning
from provider.sdl.expose import held_to_limits
from provider.sdl.groups import build_group
from provider.sdl.limits import check_compute, check_groups, check_price
from provider.sdl.mounts import check_mounts, unmounted
from provider.sdl.node import Node, shortened
from provider.sdl.placement import read_placement
from provider.sdl.reclamation import check_reclamation
from provider.sdl.services import read_service
from provider.sdl.source import load
from provider.sdl.unknown import without_effect


@attrs.frozen
class Compiled:
    """What a stack definition stands for."""

    manifest: Manifest
    groups: tuple[GroupSpec, ...]
    """One for each group of the manifest, in the same order."""
    warnings: tuple[SdlWarning, ...]
    """Sorted by their place."""


def compile_sdl(text: str) -> Compiled:
    """
    Compile the text of a stack definition, version 2.0 or 2.1.

    Raises:
        SdlError: the first thing that is wrong, with line, column, path and what would be right.
    """
    source = load(text)
    root = source.root
    check_top_level(root)
    dialect = read_dialect(root)
    root.get("reclamation").maybe(check_reclamation)
    profiles = root.get("profiles")
    computes = {name: read_compute(name, node) for name, node in profiles.get("compute").entries()}
    placements = {
        name: read_placement(name, node) for name, node in profiles.get("placement").entries()
    }
    services = {name: read_service(name, node, dialect) for name, node in _deployed_services(root)}
    deployed = read_deployment(root.get("deployment"), services, computes, placements)
    check_endpoints(root.get("endpoints"), deployed)
    for one in deployed:
        check_compute(one.compute)
        check_price(one.price)
        check_mounts(one, dialect)
    numbers = sequence_numbers(service.node for service in services.values())
    placed = _by_placement(deployed)
    groups, specs = zip(*(build_group(some, numbers, dialect) for some in placed), strict=True)
    check_groups(specs, [some[0].placement.node for some in placed])
    _validate(groups, placed, root)
    warnings = chain(
        source.warnings,
        without_effect(root),
        chain.from_iterable(unmounted(one) for one in deployed),
        chain.from_iterable(held_to_limits(service.node) for service in services.values()),
        _not_deployed(root),
    )
    return Compiled(groups, specs, tuple(sorted(warnings)))


def _deployed_services(root: Node) -> Iterator[tuple[str, Node]]:
    services = root.get("services")
    names = {name for name, _ in services.entries()}
    for name, node in sorted(root.get("deployment").entries()):
        if name not in names:
            raise node.error(f"expected a name that is under `services`, got {shortened(name)}")
        yield name, services.get(name)


def _not_deployed(root: Node) -> Iterator[SdlWarning]:
    deployment = dict(root.get("deployment").entries())
    for name, node in root.get("services").entries():
        if name not in deployment:
            yield node.warning("not under `deployment`: it is neither run nor checked")


def _by_placement(deployed: Sequence[Deployed]) -> list[list[Deployed]]:
    """The deployed services of each placement, placements and services sorted by name."""

    def placement(one: Deployed) -> str:
        return one.placement.name

    return [list(some) for _, some in groupby(sorted(deployed, key=placement), key=placement)]


def _validate(manifest: Manifest, placed: Sequence[Sequence[Deployed]], root: Node) -> None:
    """Apply the rules of every manifest, and say where in the text a broken one is."""
    try:
        validate(manifest)
    except ManifestError as error:
        places = _places(placed)
        path = error.path
        while path and path not in places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        raise places.get(path, root.get("services")).error(error.rule) from error


def _places(placed: Sequence[Sequence[Deployed]]) -> dict[str, Node]:
    """Where the text has what stands at a path of the manifest."""
    places: dict[str, Node] = {}
    for i, some in enumerate(placed):
        for j, one in enumerate(some):
            path, node = f"[{i}].services[{j}]", one.service.node
            places |= {path: node, f"{path}.image": node.get("image")}
            places |= {f"{path}.env[{k}]": at for k, at in enumerate(node.get("env").items())}
            for k, exposed in enumerate(one.service.exposes):
                port, at = f"{path}.expose[{k}]", exposed.node
                places |= {port: at, f"{port}.port": at.get("port")}
                places |= {f"{port}.externalPort": at.get("as")}
                hosts = enumerate(at.get("accept").items())
                places |= {f"{port}.hosts[{n}]": host for n, host in hosts}
    return places
