"""
Placement profiles: which providers may bid, and what the tenant pays.

Source: Akash chain-sdk, `go/sdl/{placement,pricing,coin}.go`.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import attrs

from provider.lease.groups import Price, Requirements
from provider.lease.manifest import Attribute
from provider.sdl.compute import ATTRIBUTE_KEY
from provider.sdl.node import Node, shortened

# Digits as Cosmos SDK decimals have them: up to 18 places, neither sign nor exponent.
_AMOUNT = re.compile(r"[0-9]{1,40}(\.[0-9]{1,18})?")
_DENOM = re.compile(r"[a-zA-Z][a-zA-Z0-9/:._-]{2,127}")


@attrs.frozen
class PriceAt:
    """The price of a compute profile and where it was read."""

    price: Price
    node: Node


@attrs.frozen
class Placement:
    """A placement profile."""

    name: str
    node: Node
    requirements: Requirements
    prices: Mapping[str, PriceAt]
    """By the name of the compute profile."""


def read_placement(name: str, node: Node) -> Placement:
    """Read one profile."""
    if not name:
        raise node.error("expected a name for the placement")
    signed_by = node.get("signedBy")
    requirements = Requirements(
        all_of=signed_by.get("allOf").texts(),
        any_of=signed_by.get("anyOf").texts(),
        attributes=_read_attributes(node.get("attributes")),
    )
    prices = {key: PriceAt(_read_price(at), at) for key, at in node.get("pricing").entries()}
    return Placement(name, node, requirements, prices)


def _read_attributes(node: Node) -> tuple[Attribute, ...] | None:
    attributes: list[Attribute] = []
    for key, value in node.entries():
        if not ATTRIBUTE_KEY.fullmatch(key):
            raise value.error(
                "expected as a key 2 to 128 letters, digits, '_', '-', '.' and '/', "
                "the first a letter"
            )
        attributes.append(Attribute(key, value.text()))
    return tuple(sorted(attributes, key=lambda attribute: attribute.key)) or None


def _read_price(node: Node) -> Price:
    denom, amount = node.get("denom"), node.get("amount")
    if not _DENOM.fullmatch(denom.text()):
        raise denom.error(f"expected a denomination such as uakt, got {shortened(denom.text())}")
    if not _AMOUNT.fullmatch(amount.text()) or not Decimal(amount.text()):
        raise amount.error(
            f"expected a price above 0 such as 1000 or 0.5, got {shortened(amount.text())}"
        )
    return Price(denom.text(), Decimal(amount.text()))
