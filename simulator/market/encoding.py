"""
The chain's values as the JSON of its REST face, and back from the control path.

Rules of the gateway: uint64 as strings, uint32 as numbers, enumerations by name, bytes in base64.
Pure.
"""

import base64
import binascii
from datetime import UTC, datetime

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.market.leases import Block, DeploymentName, DeploymentRecord, LeaseName, LeaseRecord


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
    """`akash.market.v1.Lease`, without its price: nothing is paid here."""
    return {
        "id": lease_id(record.name),
        "state": record.state.value,
        "created_at": str(record.created_at),
        "closed_on": str(record.closed_on),
        "reason": record.reason,
    }


def deployment(record: DeploymentRecord) -> JSONObject:
    """The answer of `deployments/info`, without its escrow account: nothing is paid here."""
    name = {"owner": record.name.owner, "dseq": str(record.name.dseq)}
    return {
        "deployment": {
            "id": name,
            "state": "active",
            "hash": base64.b64encode(record.hash).decode(),
            "created_at": str(record.created_at),
        },
        "groups": [
            {
                "id": {**name, "gseq": gseq},
                "state": "open",
                "group_spec": spec,
                "created_at": str(record.created_at),
            }
            for gseq, spec in enumerate(record.groups, start=1)
        ],
    }


def block(newest: Block, chain_id: str) -> JSONObject:
    """The answer of `blocks/latest`, as far as its header goes."""
    time = datetime.fromtimestamp(newest.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    header = {"chain_id": chain_id, "height": str(newest.height), "time": time}
    return {"block": {"header": header}}


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
