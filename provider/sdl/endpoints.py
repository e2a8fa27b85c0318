"""
Leased IP addresses: the `endpoints` section and the numbers that stand for its names on chain.

Source: Akash chain-sdk, `v2.validate` and `computeEndpointSequenceNumbers` in `go/sdl/v2.go`.
"""

import re
from collections.abc import Iterable, Iterator

from provider.sdl.deployment import Deployed
from provider.sdl.node import Node, shortened

_NAME = re.compile(r"[a-z]+[a-z\-_0-9]+")


def sequence_numbers(services: Iterable[Node]) -> dict[str, int]:
    """
    The number of each name.

    Numbers have gaps: the reference numbers a sorted list of all uses, in which a name used twice
    stands twice and keeps its last place, and in which every target that is not global counts as a
    use of "".
    """
    targets = (to for node in services for _, to in _targets(node))
    uses = [
        to.get("ip").text() for to in targets if to.get("ip").text() or not to.get("global").flag()
    ]
    return {name: number for number, name in enumerate(sorted(uses), start=1)}


def check_endpoints(declared: Node, deployed: Iterable[Deployed]) -> None:
    """Check names and kinds, that every use is declared and the other way round, and the ports."""
    for name, node in declared.entries():
        if not _NAME.fullmatch(name):
            raise node.error(
                f"{shortened(name)} is no endpoint name: expected a-z, 0-9, '-' and '_', the first "
                "a letter, at least two characters"
            )
        if node.get("kind").text() != "ip":
            raise node.get("kind").error("expected `kind: ip`, the only kind there is")
    names = {name for name, _ in declared.entries()}
    used: set[str] = set()
    ports: dict[tuple[str, int, str], Node] = {}
    for expose, to in (pair for one in deployed for pair in _targets(one.service.node)):
        name = to.get("ip").text()
        if not name:
            continue
        if not to.get("global").flag():
            raise to.error("an IP address is for the world: expected `global: true` beside `ip`")
        if name not in names:
            raise to.get("ip").error(
                f"expected a name that is under `endpoints`, got {shortened(name)}"
            )
        used.add(name)
        # As written, before defaults; so `as: 0` or no `as` on two ports collides as well.
        port = (name, expose.get("as").integer(), expose.get("proto").text())
        if port in ports:
            raise to.get("ip").error(
                f"this address, `as` and `proto` are in use at {ports[port].path} already"
            )
        ports[port] = to
    for name, node in declared.entries():
        if name not in used:
            raise node.error(
                "declared but never used: expected some `to` to have `ip` with this name"
            )


def _targets(service: Node) -> Iterator[tuple[Node, Node]]:
    for expose in service.get("expose").items():
        for to in expose.get("to").items():
            yield expose, to
