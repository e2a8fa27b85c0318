"""
Answers of an Akash node's REST gateway as values; whatever is not as expected is `NotKnown`.

The gateway writes uint64 as strings and uint32 as numbers; both are read either way. Pure.

Source: akash-network/node `x/market` queries; cosmos-sdk `server/api` for the height header.
"""

from collections.abc import Mapping
from datetime import datetime

import attrs
import orjson

from provider.jsontypes import JSONObject, JSONValue
from provider.lease.identity import LeaseID
from provider.market.proof import LeaseAnswer, NodeAnswer
from provider.market.standing import NotKnown

_HEIGHT_HEADERS = ("grpc-metadata-x-cosmos-block-height", "x-cosmos-block-height")
_STATES_MAX = 64
"""Longest state or reason that is believed; what is longer only fills logs."""


@attrs.frozen
class Page:
    """One page of a list of leases."""

    leases: tuple[LeaseAnswer, ...]
    """Entries that name a lease; others are as good as missing."""
    height: int | None
    next_key: str
    """Base64, as the next question wants it; "" on the last page."""


def lease(status: int, headers: Mapping[str, str], body: bytes) -> LeaseAnswer | NotKnown:
    """Read the answer of `leases/info`; "not found" proves nothing."""
    decoded = answer_object(status, body)
    if isinstance(decoded, NotKnown):
        return decoded
    found = _lease(decoded, height(headers))
    return NotKnown("the answer names no lease") if found is None else found


def page(status: int, headers: Mapping[str, str], body: bytes) -> Page | NotKnown:
    """Read the answer of `leases/list`."""
    decoded = answer_object(status, body)
    if isinstance(decoded, NotKnown):
        return decoded
    entries = decoded.get("leases")
    pagination = decoded.get("pagination")
    if not isinstance(entries, list) or not isinstance(pagination, dict):
        return NotKnown("the answer is no page of leases")
    next_key = pagination.get("next_key") or ""
    if not isinstance(next_key, str):
        return NotKnown("the page's key is no text")
    at = height(headers)
    found = (_lease(entry, at) for entry in entries)
    return Page(tuple(one for one in found if one is not None), at, next_key)


def catching_up(status: int, body: bytes) -> bool | NotKnown:
    """Read the answer of `syncing`."""
    decoded = answer_object(status, body)
    if isinstance(decoded, NotKnown):
        return decoded
    value = decoded.get("syncing")
    return value if isinstance(value, bool) else NotKnown("the answer does not say if it syncs")


def node(status: int, body: bytes, *, catching_up: bool) -> NodeAnswer | NotKnown:
    """Read the answer of `blocks/latest`."""
    decoded = answer_object(status, body)
    if isinstance(decoded, NotKnown):
        return decoded
    try:
        header = decoded["block"]["header"]
        chain_id = header["chain_id"]
        newest = number(header["height"])
        time = datetime.fromisoformat(header["time"])
    except (KeyError, TypeError, ValueError):
        return NotKnown("the answer is no block")
    if not isinstance(chain_id, str) or time.tzinfo is None or newest is None:
        return NotKnown("the answer is no block")
    return NodeAnswer(
        catching_up=catching_up, chain_id=chain_id, height=newest, block_time=time.timestamp()
    )


def height(headers: Mapping[str, str]) -> int | None:
    """The block that an answer describes; None when it does not say, or says two things."""
    said = {headers[name] for name in _HEIGHT_HEADERS if name in headers}
    return number(said.pop()) if len(said) == 1 else None


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long a busy node asks to be left alone; None when it does not say, or says a date."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def answer_object(status: int, body: bytes) -> JSONObject | NotKnown:
    """Read an answer's body as an object."""
    if status != 200:
        return NotKnown(f"the node answered {status}")
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return NotKnown("the answer is not JSON")
    return decoded if isinstance(decoded, dict) else NotKnown("the answer is no object")


def _lease(entry: JSONValue, at: int | None) -> LeaseAnswer | None:
    found = entry.get("lease") if isinstance(entry, dict) else None
    if not isinstance(found, dict):
        return None
    name = _lease_id(found.get("id"))
    state = found.get("state")
    reason = found.get("reason", "")
    if name is None or not isinstance(state, str):
        return None
    return LeaseAnswer(
        lease=name,
        state=state[:_STATES_MAX],
        height=at,
        reason=reason[:_STATES_MAX] if isinstance(reason, str) else "",
    )


def _lease_id(value: JSONValue) -> LeaseID | None:
    if not isinstance(value, dict):
        return None
    owner, provider = value.get("owner"), value.get("provider")
    dseq, gseq, oseq = (number(value.get(name)) for name in ("dseq", "gseq", "oseq"))
    if not (isinstance(owner, str) and isinstance(provider, str) and owner and provider):
        return None
    if not (dseq and gseq and oseq):
        return None
    return LeaseID(owner, dseq, gseq, oseq, provider)


def number(value: JSONValue) -> int | None:
    """A whole number from 0, as a number or in decimal digits; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    # Twenty digits hold every uint64.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return None
