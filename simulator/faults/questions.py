"""What a request to a node of the chain asks for, in the words in which faults are told. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from simulator.faults.asked import Asked
from simulator.market.rest import CLOSE
from simulator.wire.messages import Request

_QUESTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "/akash/market/v1beta5/leases/info": ("get", "leases"),
        "/akash/market/v1beta5/leases/list": ("list", "leases"),
        "/akash/deployment/v1beta4/deployments/info": ("get", "deployments"),
        "/akash/deployment/v1beta4/deployments/list": ("list", "deployments"),
        "/akash/deployment/v1beta4/groups/info": ("get", "groups"),
        "/cosmos/base/tendermint/v1beta1/syncing": ("get", "syncing"),
        "/cosmos/base/tendermint/v1beta1/blocks/latest": ("get", "blocks"),
    }
)


def question(request: Request) -> Asked | None:
    """
    What is asked of a node; None for what tenants do there.

    The kinds are leases, deployments, groups, syncing, blocks and, to be created, closings. Owner and
    dseq stand for namespace and name.
    """
    if request.method == "POST" and request.path == CLOSE:
        owner, dseq = _closed(request.body)
        return Asked("create", "closings", owner, dseq, "", is_dry_run=False)
    found = _QUESTIONS.get(request.path)
    if found is None or request.method != "GET":
        return None
    verb, plural = found
    prefix = "filters" if verb == "list" else "id"
    owner, dseq = (request.query_value(f"{prefix}.{key}") for key in ("owner", "dseq"))
    return Asked(verb, plural, owner, "" if dseq == "0" else dseq, "", is_dry_run=False)


def _closed(body: bytes) -> tuple[str, str]:
    """Owner and dseq of the lease that a transaction closes; empty for a body that is none."""
    try:
        lease = orjson.loads(body)["lease"]
        return str(lease["owner"]), str(lease["dseq"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "", ""
