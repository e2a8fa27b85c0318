"""
The REST face of one node: request in, answer out.

Paths, names and error codes are those of an Akash node's gRPC gateway; every answer says in a
header which height it describes. What the gateway offers beyond these paths is answered 501.

Source: akash-network/node `x/market` and `x/deployment` queries; cosmos-sdk `types/query` paging.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs
import orjson

from simulator.jsontypes import JSONObject
from simulator.market import encoding
from simulator.market.answers import HEIGHT_HEADER
from simulator.market.chain import Chain, ChainError, UnknownLeaseError
from simulator.market.control import control
from simulator.market.encoding import RequestError
from simulator.market.leases import (
    DeploymentName,
    DeploymentRecord,
    DeploymentState,
    LeaseName,
    LeaseRecord,
    LeaseState,
)
from simulator.market.node import Node
from simulator.market.transactions import Transactions
from simulator.wire.messages import Request, Response

PAGE_DEFAULT = 100
"""Leases on a page when the question does not say; cosmos-sdk `DefaultLimit`."""

_INVALID_ARGUMENT = (400, 3)
_NOT_FOUND = (404, 5)
_FAILED_PRECONDITION = (400, 9)
_UNIMPLEMENTED = (501, 12)


R = TypeVar("R", LeaseRecord, DeploymentRecord)

CLOSE = "/simulator/transactions/close"
"""Where a provider closes a lease; see `simulator.market.transactions`."""


@attrs.define(eq=False)
class MarketServer:
    """One node of the chain."""

    chain: Chain
    node: Node = attrs.field(default=attrs.Factory(lambda s: Node(chain=s.chain), takes_self=True))
    transactions: Transactions = attrs.field(
        default=attrs.Factory(lambda s: Transactions(s.chain), takes_self=True)
    )
    """All that was sent to this chain; one for all of its nodes."""

    async def handle(self, request: Request) -> Response:
        """
        Answer one request; a wire handler.

        Raises:
            Abort: a transaction is not answered.
        """
        try:
            found = self._found(request)
        except UnknownLeaseError as error:
            return self._failure(_NOT_FOUND, str(error))
        except ChainError as error:
            return self._failure(_FAILED_PRECONDITION, str(error))
        except RequestError as error:
            return self._failure(_INVALID_ARGUMENT, str(error))
        if found is None:
            return self._failure(_UNIMPLEMENTED, "Not Implemented")
        return self._answer(200, found, self._height(request))

    def _found(self, request: Request) -> JSONObject | None:
        if request.method == "GET":
            query = _QUERIES.get(request.path)
            return None if query is None else query(self.node, request)
        if request.method == "POST" and request.path == CLOSE:
            return self._close(request)
        return control(self.chain, request)

    def _close(self, request: Request) -> JSONObject:
        body = encoding.body(request.body)
        name, reason = encoding.lease_name(body.get("lease")), body.get("reason")
        if not isinstance(reason, str):
            raise RequestError("reason must be a string")
        return self.transactions.close(name, reason, self.node.outcome(request))

    def _height(self, request: Request) -> int:
        """The block that an answer claims to describe."""
        if request.path == _INFO:
            lie = self.node.lie(_lease_name(request))
        else:
            lie = next((lie for lie in self.node.lies if lie.lease is None), None)
        if request.path in (_INFO, _LIST) and lie is not None and lie.height is not None:
            return lie.height
        return self.node.block().height

    def _answer(self, status: int, body: JSONObject, height: int) -> Response:
        headers = (("content-type", "application/json"), (HEIGHT_HEADER, str(height)))
        return Response(status, headers, orjson.dumps(body))

    def _failure(self, kind: tuple[int, int], message: str) -> Response:
        status, code = kind
        body = {"code": code, "message": message, "details": []}
        return self._answer(status, body, self.node.block().height)


def _syncing(node: Node, _request: Request) -> JSONObject:
    return {"syncing": node.catching_up}


def _latest_block(node: Node, _request: Request) -> JSONObject:
    return encoding.block(node.block(), node.told_chain_id())


def _lease_name(request: Request) -> LeaseName:
    return LeaseName(
        owner=request.query_value("id.owner"),
        dseq=encoding.number(request.query_value("id.dseq"), "id.dseq"),
        gseq=encoding.number(request.query_value("id.gseq"), "id.gseq"),
        oseq=encoding.number(request.query_value("id.oseq"), "id.oseq"),
        provider=request.query_value("id.provider"),
    )


def _lease(node: Node, request: Request) -> JSONObject:
    return encoding.lease_info(node.lease(_lease_name(request)))


def _leases(node: Node, request: Request) -> JSONObject:
    wanted = _filter(request)
    page, pagination = _page([r for r in node.leases() if wanted(r)], request, LeaseName)
    return {"leases": [encoding.lease_info(r) for r in page], "pagination": pagination}


def _deployment_name(request: Request) -> DeploymentName:
    dseq = encoding.number(request.query_value("id.dseq"), "id.dseq")
    return DeploymentName(request.query_value("id.owner"), dseq)


def _deployment(node: Node, request: Request) -> JSONObject:
    return encoding.deployment(node.deployment(_deployment_name(request)))


def _group(node: Node, request: Request) -> JSONObject:
    found = node.deployment(_deployment_name(request))
    gseq = encoding.number(request.query_value("id.gseq"), "id.gseq")
    groups = encoding.deployment(found)["groups"]
    if not 1 <= gseq <= len(groups):
        raise UnknownLeaseError(f"group not found: {found.name}/{gseq}")
    return {"group": groups[gseq - 1]}


def _deployments(node: Node, request: Request) -> JSONObject:
    owner, state = (request.query_value(f"filters.{k}") for k in ("owner", "state"))
    if state and state not in set(DeploymentState):
        raise RequestError("invalid state value")
    dseq = encoding.number(request.query_value("filters.dseq", "0"), "filters.dseq")
    found = [
        r
        for r in node.deployments()
        if owner in ("", r.name.owner) and state in ("", r.state) and dseq in (0, r.name.dseq)
    ]
    page, pagination = _page(found, request, DeploymentName)
    return {"deployments": [encoding.deployment(r) for r in page], "pagination": pagination}


def _filter(request: Request) -> Callable[[LeaseRecord], bool]:
    """A filter that is empty or 0 lets everything through, as an unset protobuf field does."""
    texts = {k: request.query_value(f"filters.{k}") for k in ("owner", "provider", "state")}
    if texts["state"] and texts["state"] not in set(LeaseState):
        raise RequestError("invalid state value")
    numbers = {
        k: encoding.number(request.query_value(f"filters.{k}", "0"), f"filters.{k}")
        for k in ("dseq", "gseq", "oseq")
    }

    def wanted(lease: LeaseRecord) -> bool:
        name = lease.name
        has = {"owner": name.owner, "provider": name.provider, "state": lease.state.value}
        return all(not v or has[k] == v for k, v in texts.items()) and all(
            not v or getattr(name, k) == v for k, v in numbers.items()
        )

    return wanted


def _page(
    found: Sequence[R], request: Request, kind: type[LeaseName] | type[DeploymentName]
) -> tuple[Sequence[R], JSONObject]:
    """One page of records that are in the order of their names, which are of one kind."""
    key = request.query_value("pagination.key")
    offset = encoding.number(request.query_value("pagination.offset", "0"), "pagination.offset")
    limit = encoding.number(request.query_value("pagination.limit", "0"), "pagination.limit")
    if key and offset:
        raise RequestError("invalid request, either offset or key is expected, got both")
    start = offset
    if key:
        # The first at or after the key; the one that it names may be gone by now.
        first = attrs.astuple(_name(key, kind))
        names = (attrs.astuple(record.name) for record in found)
        start = next((i for i, name in enumerate(names) if name >= first), len(found))
    end = start + (limit or PAGE_DEFAULT)
    rest = found[end:]
    counted = request.query_value("pagination.count_total") == "true" and not key
    return found[start:end], {
        "next_key": base64.b64encode(str(rest[0].name).encode()).decode() if rest else None,
        "total": str(len(found)) if counted else "0",
    }


def _name(key: str, kind: type[LeaseName] | type[DeploymentName]) -> LeaseName | DeploymentName:
    fields = attrs.fields(kind)
    try:
        parts = base64.b64decode(key, validate=True).decode().split("/")
        return kind(*(field.type(part) for field, part in zip(fields, parts, strict=True)))
    except (binascii.Error, ValueError):
        raise RequestError("invalid pagination key") from None


_INFO = "/akash/market/v1beta5/leases/info"
_LIST = "/akash/market/v1beta5/leases/list"

_QUERIES: dict[str, Callable[[Node, Request], JSONObject]] = {
    _INFO: _lease,
    _LIST: _leases,
    "/akash/deployment/v1beta4/deployments/info": _deployment,
    "/akash/deployment/v1beta4/deployments/list": _deployments,
    "/akash/deployment/v1beta4/groups/info": _group,
    "/cosmos/base/tendermint/v1beta1/syncing": _syncing,
    "/cosmos/base/tendermint/v1beta1/blocks/latest": _latest_block,
}
