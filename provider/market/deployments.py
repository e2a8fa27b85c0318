"""
What the chain says about a deployment: its manifest's hash and the groups that the manifest must fit.

Read as the gateway writes it: protobuf names, uint64 in strings, enumerations by name, bytes in
base64; numbers and strings are read either way. Unlike in a manifest, the size of memory and storage
is called `quantity`. Pure.

Source: Akash chain-sdk, `akash/deployment/v1beta4` and `akash/base/resources/v1beta4`.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import attrs

from provider.jsontypes import JSONValue
from provider.lease.groups import GroupSpec, Price, Requirements, ResourceUnit
from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Endpoint,
    EndpointKind,
    Memory,
    Resources,
    Storage,
)
from provider.market import decoding
from provider.market.standing import NotKnown

_T = TypeVar("_T")

_ENTRIES_MAX = 10_000
"""Of any array; a deployment has at most 20 groups of 20 units."""
_AMOUNT_DIGITS_MAX = 78
"""Cosmos SDK integers have at most 256 bits."""


@attrs.frozen
class OnChain:
    """One deployment, as of one block."""

    state: str
    """`active` or `closed`."""
    hash: bytes
    """Version hash of the newest manifest; 32 bytes."""
    groups: tuple[GroupSpec, ...]
    """In the order of their gseq."""
    height: int | None
    """Block that the answer describes; None when it did not say."""


def deployment(
    status: int, headers: Mapping[str, str], body: bytes, owner: str, dseq: int
) -> OnChain | NotKnown:
    """Read the answer of `deployments/info`; one that is about another deployment is not known."""
    decoded = decoding.answer_object(status, body)
    if isinstance(decoded, NotKnown):
        return decoded
    try:
        found = _mapping(decoded.get("deployment"), "deployment")
        name = _mapping(found.get("id"), "deployment.id")
        if (name.get("owner"), decoding.number(name.get("dseq"))) != (owner, dseq):
            return NotKnown(f"asked for {owner}/{dseq}, the answer is about another deployment")
        return OnChain(
            state=_text(found.get("state"), "deployment.state"),
            hash=_bytes(found.get("hash"), "deployment.hash"),
            groups=_each(decoded.get("groups"), "groups", _group),
            height=decoding.height(headers),
        )
    except _ShapeError as error:
        return NotKnown(f"the answer is no deployment: {error}")


class _ShapeError(Exception):
    """A value of another type than the chain's; never leaves this file."""


def _group(value: JSONValue, path: str) -> GroupSpec:
    spec = _mapping(_mapping(value, path).get("group_spec"), f"{path}.group_spec")
    return GroupSpec(
        name=_text(spec.get("name"), f"{path}.group_spec.name"),
        requirements=_requirements(spec.get("requirements"), f"{path}.group_spec.requirements"),
        resources=_each(spec.get("resources"), f"{path}.group_spec.resources", _unit),
    )


def _requirements(value: JSONValue, path: str) -> Requirements:
    found = _optional(value, path)
    signed_by = _optional(found.get("signed_by"), f"{path}.signed_by")
    return Requirements(
        all_of=_each(signed_by.get("all_of"), f"{path}.signed_by.all_of", _text),
        any_of=_each(signed_by.get("any_of"), f"{path}.signed_by.any_of", _text),
        attributes=_each(found.get("attributes"), f"{path}.attributes", _attribute),
    )


def _unit(value: JSONValue, path: str) -> ResourceUnit:
    found = _mapping(value, path)
    price = _mapping(found.get("price"), f"{path}.price")
    return ResourceUnit(
        resources=_resources(found.get("resource"), f"{path}.resource"),
        count=_number(found.get("count"), f"{path}.count"),
        price=Price(
            _text(price.get("denom"), f"{path}.price.denom"),
            _decimal(price.get("amount"), f"{path}.price.amount"),
        ),
    )


def _resources(value: JSONValue, path: str) -> Resources:
    found = _mapping(value, path)
    cpu, memory, gpu = (found.get(name) for name in ("cpu", "memory", "gpu"))
    return Resources(
        id=_number(found.get("id"), f"{path}.id"),
        cpu=None if cpu is None else CPU(*_sized(cpu, f"{path}.cpu")),
        memory=None if memory is None else Memory(*_sized(memory, f"{path}.memory")),
        storage=_each(found.get("storage"), f"{path}.storage", _storage),
        gpu=None if gpu is None else GPU(*_sized(gpu, f"{path}.gpu")),
        endpoints=_each(found.get("endpoints"), f"{path}.endpoints", _endpoint),
    )


def _storage(value: JSONValue, path: str) -> Storage:
    size, attributes = _sized(value, path)
    return Storage(_text(_mapping(value, path).get("name"), f"{path}.name"), size, attributes)


def _sized(value: JSONValue, path: str) -> tuple[int, tuple[Attribute, ...]]:
    """How much of a resource, under any of the names that this has, and its attributes."""
    found = _mapping(value, path)
    names = [name for name in ("units", "quantity", "size") if found.get(name) is not None]
    if len(names) != 1:
        raise _ShapeError(f"{path} does not say how much")
    amount = _mapping(found[names[0]], f"{path}.{names[0]}")
    return (
        _amount(amount.get("val"), f"{path}.{names[0]}.val"),
        _each(found.get("attributes"), f"{path}.attributes", _attribute),
    )


def _attribute(value: JSONValue, path: str) -> Attribute:
    found = _mapping(value, path)
    return Attribute(
        _text(found.get("key"), f"{path}.key"), _text(found.get("value", ""), f"{path}.value")
    )


def _endpoint(value: JSONValue, path: str) -> Endpoint:
    found = _mapping(value, path)
    kind = found.get("kind", 0)
    try:
        known = EndpointKind[kind] if isinstance(kind, str) else EndpointKind(kind)
    except (KeyError, ValueError):
        raise _ShapeError(f"{path}.kind is none that is known") from None
    return Endpoint(known, _number(found.get("sequence_number", 0), f"{path}.sequence_number"))


def _mapping(value: JSONValue, path: str) -> Mapping[str, JSONValue]:
    if not isinstance(value, dict):
        raise _ShapeError(f"{path} is no object")
    return value


def _optional(value: JSONValue, path: str) -> Mapping[str, JSONValue]:
    return {} if value is None else _mapping(value, path)


def _each(value: JSONValue, path: str, decode: Callable[[JSONValue, str], _T]) -> tuple[_T, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _ENTRIES_MAX:
        raise _ShapeError(f"{path} is no list")
    return tuple(decode(item, f"{path}[{number}]") for number, item in enumerate(value))


def _text(value: JSONValue, path: str) -> str:
    if not isinstance(value, str):
        raise _ShapeError(f"{path} is no text")
    return value


def _number(value: JSONValue, path: str) -> int:
    number = decoding.number(value)
    if number is None:
        raise _ShapeError(f"{path} is no number")
    return number


def _amount(value: JSONValue, path: str) -> int:
    """
    A resource value: a decimal number in a string.

    Gateways that do not know its custom type show the digits in base64, as they do all bytes. The two
    cannot be confused: base64 of a digit begins with M, N or O.
    """
    digits = value if isinstance(value, str) else None
    if digits is not None and not digits.isdigit():
        digits = _bytes(value, path).decode("ascii", errors="replace")
    if digits is None or not digits.isascii() or not digits.isdigit():
        raise _ShapeError(f"{path} is no amount")
    if len(digits) > _AMOUNT_DIGITS_MAX:
        raise _ShapeError(f"{path} is no amount")
    return int(digits)


def _decimal(value: JSONValue, path: str) -> Decimal:
    try:
        amount = Decimal(_text(value, path))
    except InvalidOperation:
        raise _ShapeError(f"{path} is no amount") from None
    if not amount.is_finite():
        raise _ShapeError(f"{path} is no amount")
    return amount


def _bytes(value: JSONValue, path: str) -> bytes:
    if value is None:
        return b""
    try:
        return base64.b64decode(_text(value, path), validate=True)
    except (ValueError, binascii.Error):
        raise _ShapeError(f"{path} is no base64") from None
