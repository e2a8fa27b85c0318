"""Amounts of resources that pods ask for and nodes have, as exact numbers. Pure."""

from collections.abc import Mapping
from fractions import Fraction

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.quantities import parse

Amounts = dict[str, Fraction]
"""Amount by resource: cores, bytes, pods."""


def amounts(quantities: Mapping[str, JSONValue] | None) -> Amounts:
    """Amounts of a `ResourceList`."""
    return {name: parse(value) for name, value in (quantities or {}).items()}


def total(*parts: Amounts) -> Amounts:
    """Amounts added up."""
    result: Amounts = {}
    for part in parts:
        for name, value in part.items():
            result[name] = result.get(name, Fraction()) + value
    return result


def requested(pod: JSONObject) -> Amounts:
    """
    What a pod takes up on its node: its containers together, or a larger init container.

    A limit without a request counts as one, as the API server's defaults make it.
    """
    spec = pod["spec"]
    result = total(*(_of_container(container) for container in spec["containers"]))
    for container in spec.get("initContainers") or ():
        for name, value in _of_container(container).items():
            result[name] = max(result.get(name, Fraction()), value)
    result["pods"] = Fraction(1)
    return result


def _of_container(container: JSONObject) -> Amounts:
    resources = container.get("resources") or {}
    return {**amounts(resources.get("limits")), **amounts(resources.get("requests"))}
