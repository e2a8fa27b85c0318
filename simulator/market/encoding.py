"""
The chain's values as the JSON of its REST face, and back from the control path.

Rules of the gateway: uint64 as strings, uint32 as numbers, enumerations by name, bytes in base64.
Pure.
"""

import base64
import binascii
from datetime import UTC, datetime

import orjson

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.market.groups import group_spec
from simulator.market.leases import (
    Block,
    DeploymentName,
    DeploymentRecord,
    DeploymentState,
    LeaseName,
    LeaseRecord,
)

DENOM = "uakt"
PRICE = 10
"""Of every lease, for a block."""


class RequestError(Exception):
    """A request that says nothing usable; answered with code 3, `InvalidArgument`."""


def lease_id(name: LeaseName) -> JSONObject:
    """`akash.market.v1.LeaseID`; `bseq` is always 0 and no part of the name."""
    return {
        "owner": name.owner,
        "dseq": str(name.dseq),
        "gseq": name.gseq,
        "oseq": name.oseq,
        "provider": name.provider,
        "bseq": 0,
    }


def lease(record: LeaseRecord) -> JSONObject:
    """`akash.market.v1.Lease`; its price is a figure, nothing is ever paid."""
    return {
        "id": lease_id(record.name),
        "state": record.state.value,
        "price": _amount(PRICE),
        "created_at": str(record.created_at),
        "closed_on": str(record.closed_on),
        "reason": record.reason,
    }


def lease_info(record: LeaseRecord) -> JSONObject:
    """The answer of `leases/info`, and an entry of `leases/list`."""
    name = record.name
    account = {"scope": "deployment", "xid": str(name.deployment)}
    return {
        "lease": lease(record),
        "escrow_payment": {
            "id": {"aid": account, "xid": f"{name.gseq}/{name.oseq}/{name.provider}"},
            "state": {
                "owner": name.provider,
                "state": "closed" if record.state.final else "open",
                "rate": _amount(PRICE),
                "balance": _amount(0),
                "unsettled": _amount(0),
                "withdrawn": {"denom": DENOM, "amount": "0"},
            },
        },
    }


def deployment(record: DeploymentRecord) -> JSONObject:
    """The answer of `deployments/info`, and an entry of `deployments/list`."""
    name = {"owner": record.name.owner, "dseq": str(record.name.dseq)}
    is_open = record.state is DeploymentState.ACTIVE
    return {
        "deployment": {
            "id": name,
            "state": record.state.value,
            "hash": base64.b64encode(record.hash).decode(),
            "created_at": str(record.created_at),
        },
        "groups": [
            {
                "id": {**name, "gseq": gseq},
                "state": "open" if is_open else "closed",
                "group_spec": group_spec(spec),
                "created_at": str(record.created_at),
            }
            for gseq, spec in enumerate(record.groups, start=1)
        ],
        "escrow_account": {
            "id": {"scope": "deployment", "xid": str(record.name)},
            "state": {
                "owner": record.name.owner,
                "state": "open" if is_open else "closed",
                "transferred": [_amount(0)],
                "settled_at": str(record.created_at),
                "funds": [_amount(record.funds)],
                "deposits": [],
            },
        },
    }


def _amount(value: int) -> JSONObject:
    """A `DecCoin`: 18 decimals."""
    return {"denom": DENOM, "amount": f"{value}.{'0' * 18}"}


def block(newest: Block, chain_id: str) -> JSONObject:
    """The answer of `blocks/latest`, as far as its header goes."""
    time = datetime.fromtimestamp(newest.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    header = {"chain_id": chain_id, "height": str(newest.height), "time": time}
    return {"block": {"header": header}}


def body(encoded: bytes) -> JSONObject:
    """
    The object in a request's body.

    Raises:
        RequestError: there is none.
    """
    try:
        decoded: JSONValue = orjson.loads(encoded)
    except orjson.JSONDecodeError:
        raise RequestError("the body is not JSON") from None
    if not isinstance(decoded, dict):
        raise RequestError("the body must be an object")
    return decoded


def number(value: JSONValue, name: str) -> int:
    """
    A sequence, given as a number or in decimal digits.

    Raises:
        RequestError: it is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise RequestError(f"{name} must be a number, got {value!r}")


def lease_name(value: JSONValue) -> LeaseName:
    """
    The inverse of `lease_id`.

    Raises:
        RequestError: a part is missing or no lease can have it.
    """
    if isinstance(value, dict) and value.get("owner") and value.get("provider"):
        dseq, gseq, oseq = (number(value.get(k), k) for k in ("dseq", "gseq", "oseq"))
        if min(dseq, gseq, oseq) > 0:
            return LeaseName(str(value["owner"]), dseq, gseq, oseq, str(value["provider"]))
    raise RequestError("a lease is an object with owner, dseq, gseq, oseq and provider")


def deployment_name(value: JSONValue) -> DeploymentName:
    """
    The id of a deployment.

    Raises:
        RequestError: a part is missing.
    """
    if isinstance(value, dict) and value.get("owner"):
        return DeploymentName(str(value["owner"]), number(value.get("dseq"), "dseq"))
    raise RequestError("a deployment is an object with owner and dseq")


def digest(value: JSONValue) -> bytes:
    """
    Bytes from base64; nothing given means no bytes.

    Raises:
        RequestError: it is no base64.
    """
    if value is None:
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise RequestError(f"hash must be base64, got {value!r}") from None


def groups(value: JSONValue) -> tuple[FrozenJSON, ...]:
    """
    Group specs; nothing given means none.

    Raises:
        RequestError: it is no array of objects.
    """
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return tuple(value)
    raise RequestError("groups must be an array of objects")
