"""Amounts of resources that pods ask for and nodes have, as exact numbers. Pure."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from simulator.jsontypes import JSONObject

Amounts = dict[str, Fraction]
"""Amount by resource: cores, bytes, pods."""

_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{suffix: Fraction(1000 ** (power + 1)) for power, suffix in enumerate("kMGTPE")},
    **{f"{suffix}i": Fraction(1024 ** (power + 1)) for power, suffix in enumerate("KMGTPE")},
}


@lru_cache(maxsize=1024)
def amount(text: str) -> Fraction:
    """
    A Kubernetes quantity: "500m", "1Gi", "1e3".

    Raises:
        ValueError: it is none.
    """
    digits = text.rstrip("numkMGTPEi")
    suffix = text[len(digits) :]
    if suffix not in _SUFFIXES:
        raise ValueError(f"{text!r} is no quantity")
    return Fraction(digits) * _SUFFIXES[suffix]


def amounts(quantities: Mapping[str, str | int | float] | None) -> Amounts:
    """Amounts of a `ResourceList`."""
    return {name: amount(str(value)) for name, value in (quantities or {}).items()}


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
