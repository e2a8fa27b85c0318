"""What became of a closing transaction: sent, refused or unknown."""

from collections.abc import Callable

import orjson
import pytest
import trio

from provider.http.client import open_http
from provider.lease.identity import LeaseID
from provider.market.closing import (
    UNSTABLE,
    CloseOutcome,
    CloseRefused,
    CloseUnknown,
    ControlCloser,
    NoCloser,
    Sent,
    read_close_answer,
)
from provider.market.standing import Held, Lost
from simulator.faults.network import Network
from simulator.wire.messages import Abort, Request, Response
from tests.unit.market.bench import open_bench
from tests.unit.market.sim_market import OWNER, PROVIDER, lease_name

LEASE = LeaseID(OWNER, 7, 1, 1, PROVIDER)


def answer(**result: object) -> bytes:
    return orjson.dumps({"tx_response": {"txhash": "AB", "codespace": "", **result}})


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, answer(code=0, height="812"), Sent(812)),
        (200, answer(code=0, height="0"), Sent(None)),
        (200, answer(code=1, height="0", raw_log="lease is not active"), CloseRefused("lease is not active")),
        (400, b'{"code": 3, "message": "no such reason"}', CloseRefused("400 no such reason")),
        (501, b"", CloseRefused("the market answered 501")),
        (429, b"", CloseRefused("the market answered 429")),
        (200, b"{}", CloseUnknown("the market answered 200 without a result")),
        (200, b"nonsense", CloseUnknown("the market answered 200 without a result")),
        (200, answer(height="812"), CloseUnknown("the market answered 200 without a result")),
        (503, b"", CloseUnknown("the market answered 503 without a result")),
    ],
)  # fmt: skip
def test_every_answer_is_sent_refused_or_unknown(
    status: int, body: bytes, outcome: CloseOutcome
) -> None:
    assert read_close_answer(status, body) == outcome


async def close_at(handle: Callable[[Request], Response] | None) -> CloseOutcome:
    network = Network()

    async def serve(request: Request) -> Response:
        assert handle is not None
        return handle(request)

    async with trio.open_nursery() as network_nursery:
        await network_nursery.start(network.run)
        network.listen("market.sim", serve)
        if handle is None:
            network.down("market.sim")
        backend = network.link("daemon").backend
        async with open_http("http://market.sim", network_backend=backend) as http:
            outcome = await ControlCloser(http).close(LEASE, UNSTABLE)
        network_nursery.cancel_scope.cancel(reason="asked")
    return outcome


async def test_the_transaction_names_the_lease_and_the_reason() -> None:
    asked = []

    def handle(request: Request) -> Response:
        asked.append((request.method, request.path, orjson.loads(request.body)))
        return Response(200, (), answer(code=0, height="5"))

    assert await close_at(handle) == Sent(5)
    [(method, path, body)] = asked
    assert (method, path) == ("POST", "/simulator/transactions/close")
    assert body["reason"] == "lease_closed_reason_unstable"
    assert body["lease"] == {
        "owner": OWNER, "dseq": "7", "gseq": 1, "oseq": 1, "provider": PROVIDER,
    }  # fmt: skip


async def test_a_market_out_of_reach_has_certainly_not_been_told() -> None:
    outcome = await close_at(None)
    assert isinstance(outcome, CloseUnknown)
    assert not outcome.sent


async def test_a_lost_answer_leaves_open_what_became_of_it() -> None:
    def drop(_request: Request) -> Response:
        raise Abort

    outcome = await close_at(drop)
    assert isinstance(outcome, CloseUnknown)
    assert outcome.sent


async def test_without_a_signature_nothing_is_closed_and_the_reason_is_said() -> None:
    outcome = await NoCloser().close(LEASE, UNSTABLE)
    assert isinstance(outcome, CloseRefused)
    assert "signed" in outcome.why
    assert str(LEASE) in outcome.why


async def test_the_simulated_market_closes_what_is_asked_for_once() -> None:
    async with open_bench() as bench:
        name = lease_name(LEASE.dseq)
        bench.chain.open(name)
        closer = ControlCloser(bench.market.endpoints[0].http)

        outcome = await closer.close(LEASE, UNSTABLE)
        standing = await bench.market.observe(LEASE)
        again = await closer.close(LEASE, UNSTABLE)

        assert isinstance(outcome, Sent)
        assert isinstance(standing, Lost)
        assert (standing.height, standing.reason) == (outcome.height, UNSTABLE)
        assert isinstance(again, CloseRefused)
        assert "not active" in again.why


async def test_a_reason_that_is_no_providers_is_refused() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(LEASE.dseq))
        closer = ControlCloser(bench.market.endpoints[0].http)

        assert isinstance(await closer.close(LEASE, "lease_closed_owner"), CloseRefused)
        assert isinstance(await bench.market.observe(LEASE), Held)
