"""
Group specs: what a deployment asks the market for, one per group of the manifest.

Source: Akash chain-sdk, `go/node/deployment/v1beta4`, JSON tags.
"""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from provider.jsontypes import JSONObject
from provider.lease.codec import encode_attribute, encode_resources
from provider.lease.manifest import Attribute, Resources

PRICE_PLACES = 18
"""Decimal places of a price; Cosmos SDK, `LegacyPrecision`."""


@attrs.frozen
class Price:
    """Price of one replica for one block."""

    denom: str
    amount: Decimal
    """At most 18 decimal places."""


@attrs.frozen
class ResourceUnit:
    """So many replicas of the same size at the same price."""

    resources: Resources
    count: int
    price: Price


@attrs.frozen
class Requirements:
    """Which providers may bid; `None` and () differ on the wire (null and [])."""

    all_of: tuple[str, ...] | None = None
    """Auditors of whom every one must have signed the provider's attributes."""
    any_of: tuple[str, ...] | None = None
    """Auditors of whom one must have signed them."""
    attributes: tuple[Attribute, ...] | None = None
    """Attributes that the provider must have, sorted by key."""


@attrs.frozen
class GroupSpec:
    """One group of a deployment, as the chain stores it."""

    name: str
    requirements: Requirements
    resources: tuple[ResourceUnit, ...]


def encode_groups(groups: Iterable[GroupSpec]) -> list[JSONObject]:
    """Group specs as JSON, keys in the order of the model."""
    return [
        {
            "name": group.name,
            "requirements": _encode_requirements(group.requirements),
            "resources": [_encode_unit(unit) for unit in group.resources],
        }
        for group in groups
    ]


def _encode_requirements(requirements: Requirements) -> JSONObject:
    all_of, any_of = requirements.all_of, requirements.any_of
    attributes = requirements.attributes
    return {
        "signed_by": {
            "all_of": None if all_of is None else list(all_of),
            "any_of": None if any_of is None else list(any_of),
        },
        "attributes": None if attributes is None else [encode_attribute(a) for a in attributes],
    }


def _encode_unit(unit: ResourceUnit) -> JSONObject:
    return {
        "resource": encode_resources(unit.resources),
        "count": unit.count,
        "price": {"denom": unit.price.denom, "amount": f"{unit.price.amount:.{PRICE_PLACES}f}"},
    }
