"""From the record of what was told follows when a loss was proven, and to whom."""

import attrs
import pytest

from simulator.market.answers import Told
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from simulator.market.proofs import losses
from simulator.market.rest import MarketServer
from simulator.wire.messages import Request, Response
from tests.unit.market.sim_market import HandClock, SimMarket, lease_name
from tests.unit.market.test_sim_market_rest import INFO, LIST, ids

LEASE = lease_name(1)


@pytest.fixture
def market() -> SimMarket:
    made = SimMarket()
    made.chain.open(LEASE)
    made.clock.seconds += 600
    return made


async def test_a_closed_lease_is_proven_by_the_first_answer_that_says_so(market: SimMarket) -> None:
    await market.get(INFO, **ids(1))
    market.chain.close(LEASE)
    market.clock.seconds += 30
    assert LEASE not in losses(market.answers.told)

    await market.get(INFO, **ids(1))
    proven = market.clock.now()
    market.clock.seconds += 30
    await market.get(LIST)

    assert losses(market.answers.told)[LEASE] == proven
    assert losses(market.answers.told, "daemon")[LEASE] == proven
    assert LEASE not in losses(market.answers.told, "kubectl")
    assert lease_name(2) not in losses(market.answers.told)


@pytest.mark.parametrize(
    "fault",
    [
        {"catching_up": True},
        {"chain_id": "another-1"},
        {"block_age_seconds": 70},
        {"halted_at": 20_000_002},
    ],
)
async def test_a_node_that_is_not_to_be_believed_proves_nothing(
    market: SimMarket, fault: dict[str, object]
) -> None:
    market.chain.close(LEASE)
    market.clock.seconds += 600
    for name, value in fault.items():
        setattr(market.node, name, value)
    market.node.lies.append(Lie(lease=LEASE, state=LeaseState.CLOSED))

    await market.get(INFO, **ids(1))

    assert market.answers.told[-1].state == "closed"
    assert LEASE not in losses(market.answers.told)


@pytest.mark.parametrize("blocks", [-50, 50])
async def test_a_height_below_what_was_heard_or_above_the_newest_proves_nothing(
    market: SimMarket, blocks: int
) -> None:
    await market.get(INFO, **ids(1))
    height = market.chain.block().height + blocks
    market.node.lies.append(Lie(lease=LEASE, state=LeaseState.CLOSED, height=height))

    await market.get(INFO, **ids(1))

    assert LEASE not in losses(market.answers.told)


async def test_whose_clock_is_wrong_may_believe_in_an_old_block(market: SimMarket) -> None:
    market.node.block_age_seconds = 300.0
    behind = HandClock(market.clock.seconds - 300.0)
    market.answers.clocks["daemon-1"] = behind
    market.chain.close(LEASE)
    ask = market.answers.recording(MarketServer(market.chain).handle, "market.sim", market.node)
    question = Request("GET", INFO, tuple(ids(1).items()), {"user-agent": "daemon"})

    await ask(question)
    assert LEASE not in losses(market.answers.told)
    await ask(attrs.evolve(question, source="daemon-1"))
    assert losses(market.answers.told)[LEASE] == market.clock.now()


async def test_the_first_that_is_heard_has_to_be_from_the_newest_block(market: SimMarket) -> None:
    market.chain.close(LEASE)
    server = MarketServer(market.chain)

    async def slow(request: Request) -> Response:
        answer = await server.handle(request)
        market.clock.seconds += 30
        return answer

    ask = market.answers.recording(slow, "market-2.sim", market.node)
    await ask(Request("GET", INFO, tuple(ids(1).items()), {"user-agent": "daemon"}))
    assert LEASE not in losses(market.answers.told)

    await market.get(INFO, **ids(1))
    assert losses(market.answers.told)[LEASE] == market.clock.now()


async def test_what_was_heard_after_the_question_does_not_count_against_it(
    market: SimMarket,
) -> None:
    market.chain.open(lease_name(2))
    market.chain.close(LEASE)
    server = MarketServer(market.chain)

    async def slow(request: Request) -> Response:
        answer = await server.handle(request)
        market.clock.seconds += 30
        await market.get(INFO, **ids(2))
        return answer

    await market.get(INFO, **ids(2))
    ask = market.answers.recording(slow, "market-2.sim", market.node)
    await ask(Request("GET", INFO, tuple(ids(1).items()), {"user-agent": "daemon"}))

    _, first, second = market.answers.told
    assert first.height > second.height
    assert losses(market.answers.told)[LEASE] == market.clock.now()


def test_an_answer_without_a_height_makes_an_old_block_no_proof() -> None:
    silent = Told(1.0, LEASE, "active", 0, "daemon", newest=100)
    old = Told(2.0, LEASE, "closed", 50, "daemon", newest=100, heard=1)

    assert losses([silent, old]) == {}
    assert losses([silent, attrs.evolve(old, height=100)]) == {LEASE: 2.0}
