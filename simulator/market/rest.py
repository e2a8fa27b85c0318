"""
The chain's REST face: request in, answer out.

Paths, names and error codes are those of an Akash node's gRPC gateway; every answer says in a
header which height it describes. What the gateway offers beyond these paths is answered 501.

Source: akash-network/node `x/market` and `x/deployment` queries; cosmos-sdk `types/query` paging.
"""

import base64
import binascii
from collections.abc import Callable, Sequence

import attrs
import orjson

from simulator.jsontypes import JSONObject
from simulator.market import encoding
from simulator.market.answers import HEIGHT_HEADER
from simulator.market.chain import Chain, ChainError, UnknownLeaseError
from simulator.market.control import control
from simulator.market.encoding import RequestError
from simulator.market.leases import DeploymentName, LeaseName, LeaseRecord, LeaseState
from simulator.wire.messages import Request, Response

PAGE_DEFAULT = 100
"""Leases on a page when the question does not say; cosmos-sdk `DefaultLimit`."""

_INVALID_ARGUMENT = (400, 3)
_NOT_FOUND = (404, 5)
_FAILED_PRECONDITION = (400, 9)
_UNIMPLEMENTED = (501, 12)


@attrs.define(eq=False)
class MarketServer:
    """One node of the chain."""

    chain: Chain

    async def handle(self, request: Request) -> Response:
        """Answer one request; a wire handler."""
        try:
            found = self._query(request) if request.method == "GET" else None
            if found is None:
                found = control(self.chain, request)
        except UnknownLeaseError as error:
            return self._failure(_NOT_FOUND, str(error))
        except ChainError as error:
            return self._failure(_FAILED_PRECONDITION, str(error))
        except RequestError as error:
            return self._failure(_INVALID_ARGUMENT, str(error))
        if found is None:
            return self._failure(_UNIMPLEMENTED, "Not Implemented")
        return self._answer(200, found)

    def _query(self, request: Request) -> JSONObject | None:
        query = _QUERIES.get(request.path)
        return None if query is None else query(self.chain, request)

    def _answer(self, status: int, body: JSONObject) -> Response:
        headers = (
            ("content-type", "application/json"),
            (HEIGHT_HEADER, str(self.chain.block().height)),
        )
        return Response(status, headers, orjson.dumps(body))

    def _failure(self, kind: tuple[int, int], message: str) -> Response:
        status, code = kind
        return self._answer(status, {"code": code, "message": message, "details": []})


def _syncing(_chain: Chain, _request: Request) -> JSONObject:
    return {"syncing": False}


def _latest_block(chain: Chain, _request: Request) -> JSONObject:
    return encoding.block(chain.block(), chain.chain_id)


def _lease(chain: Chain, request: Request) -> JSONObject:
    name = LeaseName(
        owner=request.query_value("id.owner"),
        dseq=encoding.number(request.query_value("id.dseq"), "id.dseq"),
        gseq=encoding.number(request.query_value("id.gseq"), "id.gseq"),
        oseq=encoding.number(request.query_value("id.oseq"), "id.oseq"),
        provider=request.query_value("id.provider"),
    )
    return {"lease": encoding.lease(chain.lease(name))}


def _deployment(chain: Chain, request: Request) -> JSONObject:
    dseq = encoding.number(request.query_value("id.dseq"), "id.dseq")
    return encoding.deployment(
        chain.deployment(DeploymentName(request.query_value("id.owner"), dseq))
    )


def _leases(chain: Chain, request: Request) -> JSONObject:
    wanted = _filter(request)
    page, pagination = _page([lease for lease in chain.leases() if wanted(lease)], request)
    return {
        "leases": [{"lease": encoding.lease(lease)} for lease in page],
        "pagination": pagination,
    }


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
    found: Sequence[LeaseRecord], request: Request
) -> tuple[Sequence[LeaseRecord], JSONObject]:
    key = request.query_value("pagination.key")
    offset = encoding.number(request.query_value("pagination.offset", "0"), "pagination.offset")
    limit = encoding.number(request.query_value("pagination.limit", "0"), "pagination.limit")
    if key and offset:
        raise RequestError("invalid request, either offset or key is expected, got both")
    start = _position(found, key) if key else offset
    end = start + (limit or PAGE_DEFAULT)
    rest = found[end:]
    counted = request.query_value("pagination.count_total") == "true" and not key
    return found[start:end], {
        "next_key": base64.b64encode(str(rest[0].name).encode()).decode() if rest else None,
        "total": str(len(found)) if counted else "0",
    }


def _position(found: Sequence[LeaseRecord], key: str) -> int:
    """The first lease at or after a key; the one that the key names may be gone by now."""
    try:
        text = base64.b64decode(key, validate=True).decode()
        owner, dseq, gseq, oseq, provider = text.split("/")
        first = LeaseName(owner, int(dseq), int(gseq), int(oseq), provider)
    except (binascii.Error, ValueError):
        raise RequestError("invalid pagination key") from None
    return next((i for i, lease in enumerate(found) if lease.name >= first), len(found))


_QUERIES: dict[str, Callable[[Chain, Request], JSONObject]] = {
    "/akash/market/v1beta5/leases/info": _lease,
    "/akash/market/v1beta5/leases/list": _leases,
    "/akash/deployment/v1beta4/deployments/info": _deployment,
    "/cosmos/base/tendermint/v1beta1/syncing": _syncing,
    "/cosmos/base/tendermint/v1beta1/blocks/latest": _latest_block,
}
