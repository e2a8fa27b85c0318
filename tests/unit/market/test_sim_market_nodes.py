"""Nodes of the simulated chain that lag, stop, or lie."""

from datetime import datetime
from typing import Any

import pytest

from simulator.market.answers import HEIGHT_HEADER
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from tests.unit.market.sim_market import OWNER, SimMarket, lease_name
from tests.unit.market.test_sim_market_rest import DEPLOYMENT, INFO, LATEST, LIST, SYNCING, ids


@pytest.fixture
def market() -> SimMarket:
    return SimMarket()


async def state(market: SimMarket, dseq: int) -> tuple[str, int]:
    answer = await market.ask("GET", INFO, **ids(dseq))
    height = int(dict(answer.headers)[HEIGHT_HEADER])
    if answer.status == 404:
        return "not found", height
    return (await market.get(INFO, **ids(dseq)))["lease"]["state"], height


async def newest(market: SimMarket) -> dict[str, Any]:
    return (await market.get(LATEST))["block"]["header"]


async def test_a_node_that_lags_tells_what_was_so_many_blocks_ago(market: SimMarket) -> None:
    opened = market.chain.open(lease_name(1))
    market.clock.seconds += 60
    closed = market.chain.close(lease_name(1))
    market.node.lag_blocks = 3

    assert await state(market, 1) == ("active", closed.closed_on - 3)
    assert await newest(market) == {
        "chain_id": market.chain.chain_id,
        "height": str(closed.closed_on - 3),
        "time": (await newest(market))["time"],
    }
    market.clock.seconds += 18
    assert await state(market, 1) == ("closed", closed.closed_on)

    market.node.lag_blocks = market.chain.block().height - opened.created_at + 1
    assert await state(market, 1) == ("not found", opened.created_at - 1)
    assert (await market.get(LIST))["leases"] == []
    assert (await market.ask("GET", DEPLOYMENT, **ids(1))).status == 404


async def test_a_block_keeps_its_time_however_late_it_is_told(market: SimMarket) -> None:
    market.clock.seconds += 10
    opened = market.chain.open(lease_name(1))
    at = market.clock.now()
    market.clock.seconds += 100
    market.chain.close(lease_name(1))
    market.node.lag_blocks = market.chain.block().height - opened.created_at

    told = await newest(market)

    assert told["height"] == str(opened.created_at)
    assert datetime.fromisoformat(told["time"]).timestamp() == at


async def test_a_node_that_stopped_grows_stale(market: SimMarket) -> None:
    market.node.halted_at = market.chain.block().height
    market.clock.seconds += 600
    market.chain.open(lease_name(1))

    told = await newest(market)

    assert told["height"] == str(market.node.halted_at)
    assert market.clock.now() - datetime.fromisoformat(told["time"]).timestamp() == 600
    assert (await state(market, 1))[0] == "not found"


async def test_a_node_says_of_itself_what_it_is_set_to(market: SimMarket) -> None:
    market.node.catching_up = True
    market.node.chain_id = "another-1"
    market.node.block_age_seconds = 90

    assert await market.get(SYNCING) == {"syncing": True}
    told = await newest(market)
    assert told["chain_id"] == "another-1"
    assert market.clock.now() - datetime.fromisoformat(told["time"]).timestamp() == 90


async def test_a_node_may_deny_a_live_lease(market: SimMarket) -> None:
    market.chain.open(lease_name(1))
    market.chain.open(lease_name(2))
    market.node.lies.append(Lie(lease=lease_name(1), state=None))

    assert (await state(market, 1))[0] == "not found"
    assert (await state(market, 2))[0] == "active"
    listed = (await market.get(LIST))["leases"]
    assert [entry["lease"]["id"]["dseq"] for entry in listed] == ["2"]
    market.node.lies.clear()
    assert (await state(market, 1))[0] == "active"


async def test_a_node_may_call_a_live_lease_closed_from_an_old_block(market: SimMarket) -> None:
    market.chain.open(lease_name(1))
    market.clock.seconds += 600
    market.node.lies.append(
        Lie(lease=lease_name(1), state=LeaseState.CLOSED, height=market.chain.block().height - 50)
    )

    lease = (await market.get(INFO, **ids(1)))["lease"]

    assert await state(market, 1) == ("closed", market.chain.block().height - 50)
    assert lease["closed_on"] == str(market.chain.block().height - 50)
    assert lease["reason"] == "lease_closed_owner"
    assert await newest(market) == await newest(market)
    assert (await newest(market))["height"] == str(market.chain.block().height)


async def test_a_node_may_call_all_leases_closed_at_its_newest_block(market: SimMarket) -> None:
    for dseq in (1, 2):
        market.chain.open(lease_name(dseq))
    market.node.lies.append(Lie(state=LeaseState.CLOSED))

    assert await state(market, 1) == ("closed", market.chain.block().height)
    assert (await market.get(LIST, **{"filters.state": "active"}))["leases"] == []
    assert len((await market.get(LIST, **{"filters.state": "closed"}))["leases"]) == 2


async def test_a_node_may_call_a_closed_lease_active_again(market: SimMarket) -> None:
    market.chain.open(lease_name(1))
    market.chain.close(lease_name(1))
    market.node.lies.append(Lie(lease=lease_name(1), state=LeaseState.ACTIVE))

    lease = (await market.get(INFO, **ids(1)))["lease"]

    assert (lease["state"], lease["closed_on"]) == ("active", "0")
    assert lease["reason"] == "lease_closed_invalid"


async def test_what_was_told_names_the_node_that_said_it(market: SimMarket) -> None:
    market.chain.open(lease_name(1))

    await market.get(INFO, **ids(1))

    assert [(told.host, told.state) for told in market.answers.told] == [("market.sim", "active")]
    assert market.answers.told[0].lease.owner == OWNER
