"""A provider closes leases on the simulated chain, and what may become of that."""

from typing import Any

import pytest

from simulator.market.leases import LeaseState
from simulator.market.transactions import (
    Delayed,
    Dropped,
    Executed,
    Lost,
    Outcome,
    Rejected,
    Unanswered,
)
from simulator.wire.messages import Abort
from tests.unit.market.sim_market import OWNER, PROVIDER, SimMarket, lease_name

CLOSE = "/simulator/transactions/close"
UNSTABLE = "lease_closed_reason_unstable"


@pytest.fixture
def market() -> SimMarket:
    made = SimMarket()
    made.chain.open(lease_name(1))
    return made


def body(dseq: int = 1, reason: str = UNSTABLE) -> dict[str, Any]:
    lease = {"owner": OWNER, "dseq": str(dseq), "gseq": 1, "oseq": 1, "provider": PROVIDER}
    return {"lease": lease, "reason": reason}


async def send(market: SimMarket, outcome: Outcome | None = None, dseq: int = 1) -> Any:
    if outcome is not None:
        market.node.closings.append(outcome)
    return (await market.post(CLOSE, body(dseq)))["tx_response"]


def state(market: SimMarket) -> LeaseState:
    return market.chain.lease(lease_name(1)).state


async def test_a_provider_closes_a_lease_in_the_next_block(market: SimMarket) -> None:
    answer = await send(market)

    lease = market.chain.lease(lease_name(1))
    assert (lease.state, lease.reason) == (LeaseState.CLOSED, UNSTABLE)
    assert answer["code"] == 0
    assert answer["height"] == str(lease.closed_on) == str(market.chain.block().height)
    assert len(answer["txhash"]) == 64
    assert [(t.lease, t.outcome, t.height) for t in market.transactions.sent] == [
        (lease_name(1), Executed(), lease.closed_on)
    ]


async def test_a_refused_transaction_changes_nothing(market: SimMarket) -> None:
    answer = await send(market, Rejected("account sequence mismatch"))

    assert (answer["code"], answer["height"]) == (1, "0")
    assert answer["raw_log"] == "account sequence mismatch"
    assert state(market) is LeaseState.ACTIVE
    assert (await send(market))["code"] == 0


async def test_a_delayed_transaction_closes_when_its_block_comes(market: SimMarket) -> None:
    due = market.chain.block().height + 3

    answer = await send(market, Delayed(3))

    assert (answer["code"], answer["height"]) == (0, "0")
    market.clock.seconds += 12
    assert state(market) is LeaseState.ACTIVE
    market.clock.seconds += 600
    assert state(market) is LeaseState.CLOSED
    assert market.chain.lease(lease_name(1)).closed_on == due == market.transactions.sent[0].height
    assert market.chain.lease(lease_name(1), due - 1).state is LeaseState.ACTIVE


async def test_a_delayed_transaction_may_come_too_late(market: SimMarket) -> None:
    await send(market, Delayed(5))
    market.clock.seconds += 6
    market.chain.close(lease_name(1))
    market.clock.seconds += 600

    assert market.chain.lease(lease_name(1)).reason == "lease_closed_owner"
    assert market.transactions.sent[0].height is None
    assert "not active" in market.transactions.sent[0].failure


async def test_of_two_that_close_in_one_block_the_one_that_waited_is_first(
    market: SimMarket,
) -> None:
    await send(market, Delayed(1))

    second = await send(market)

    assert market.chain.lease(lease_name(1)).closed_on == market.chain.block().height
    assert [bool(t.height) for t in market.transactions.sent] == [True, False]
    assert "not active" in second["raw_log"]


async def test_a_dropped_transaction_is_taken_and_never_carried_out(market: SimMarket) -> None:
    answer = await send(market, Dropped())
    market.clock.seconds += 86_400

    assert (answer["code"], answer["height"]) == (0, "0")
    assert state(market) is LeaseState.ACTIVE


@pytest.mark.parametrize(
    ("outcome", "left"),
    [(Lost(), LeaseState.ACTIVE), (Unanswered(), LeaseState.CLOSED)],
)
async def test_no_answer_says_nothing_about_what_happened(
    market: SimMarket, outcome: Outcome, left: LeaseState
) -> None:
    with pytest.raises(Abort):
        await send(market, outcome)

    assert state(market) is left


async def test_what_is_closed_or_unknown_cannot_be_closed(market: SimMarket) -> None:
    market.chain.close(lease_name(1))

    closed = await send(market)
    unknown = await send(market, dseq=7)

    assert (closed["code"], unknown["code"]) == (1, 1)
    assert "not active" in closed["raw_log"]
    assert "not found" in unknown["raw_log"]


@pytest.mark.parametrize("reason", ["lease_closed_owner", "lease_closed_reason_insufficient_funds"])
async def test_a_provider_may_not_speak_for_others(market: SimMarket, reason: str) -> None:
    answer = await market.post(CLOSE, body(reason=reason))

    assert answer["tx_response"]["code"] == 1
    assert state(market) is LeaseState.ACTIVE


@pytest.mark.parametrize("sent", [[], {}, {"lease": {}}, {**body(), "reason": None}])
async def test_what_is_no_transaction_is_an_invalid_argument(
    market: SimMarket, sent: object
) -> None:
    assert (await market.ask("POST", CLOSE, sent)).status == 400
    assert market.transactions.sent == []
