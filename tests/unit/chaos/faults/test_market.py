"""Faults of the market's nodes and of closing transactions, each seen by who asks."""

import pytest
import trio

from simulator.chaos.faults.market_states import MARKET
from simulator.chaos.faults.requests import CLOSINGS
from simulator.chaos.plan import Moment
from tests.unit.chaos.faults.tiny import LOST, fault, play

SYNCING = "/cosmos/base/tendermint/v1beta1/syncing"


async def look(tiny, host="market"):
    """What a node tells of itself and of the lease."""
    began = trio.current_time()
    info = await tiny.info(host)
    found = {"status": info.status, "seconds": trio.current_time() - began}
    if info.status in (200, 404):
        found["height"] = int(info.headers["grpc-metadata-x-cosmos-block-height"])
        found["state"] = info.body["lease"]["state"] if info.status == 200 else None
    header = (await tiny.latest(host)) if info.status < 500 else {"chain_id": "", "time": ""}
    found["chain"], found["time"] = header["chain_id"], header["time"]
    syncing = await tiny.ask("GET", SYNCING, host=host)
    found["syncing"] = syncing.body.get("syncing")
    return found


def one(found, key, value):
    assert found[key] == value


def lags(found, true):
    assert found["height"] == true["height"] - 7


def halted(found, true):
    assert found["height"] < true["height"] - 10


def old(found, true):
    assert found["time"][:13] < true["time"][:13]


def forgot(found, true):
    assert (found["status"], found["height"]) == (404, true["height"])


PROOFS = {
    "market-lag": ({"blocks": 7}, lags),
    "market-halted": ({}, halted),
    "market-catching-up": ({}, lambda found, _: one(found, "syncing", True)),
    "market-wrong-chain": ({"chain": "x-1"}, lambda found, _: one(found, "chain", "x-1")),
    "market-old-blocks": ({"delay": 7200.0}, old),
    "market-not-found": ({"lease": "A"}, lambda found, _: one(found, "status", 404)),
    "market-wrong-closed": (
        {"lease": "A", "below": 9},
        lambda found, _: one(found, "state", "closed"),
    ),
    "market-forgot": ({}, forgot),
    "market-slow": ({"delay": 7.0}, lambda found, _: one(found, "seconds", 7)),
    "market-failing": ({"code": 502}, lambda found, _: one(found, "status", 502)),
    "market-repeats": ({}, None),
    "market-reordered": ({}, None),
}


def test_every_fault_of_the_market_is_here():
    assert set(PROOFS) == set(MARKET)


@pytest.mark.parametrize("what", [what for what, (_, proof) in PROOFS.items() if proof])
def test_one_node_pretends_while_it_lasts_and_the_other_does_not(what):
    values, proof = PROOFS[what]

    async def story(tiny):
        await trio.sleep(101)
        found, true = await look(tiny), await look(tiny, "market-2")
        assert (true["status"], true["state"]) == (200, "active")
        proof(found, true)
        assert tiny.fired.fired > 0
        assert tiny.fired.met == 0
        await trio.sleep_until(300)
        assert await look(tiny) == await look(tiny, "market-2")

    play(story, fault(what, host="market", seconds=200, **values))


def test_a_wrong_closing_is_told_at_a_height_below_those_told_before():
    async def story(tiny):
        before = (await look(tiny))["height"]
        await trio.sleep(2)
        found = await look(tiny)
        assert (found["state"], found["height"]) == ("closed", before - 10)

    play(story, fault("market-wrong-closed", lease="A"))


def test_without_a_host_every_node_pretends():
    async def story(tiny):
        await trio.sleep(2)
        assert [(await tiny.info(host)).status for host in ("market", "market-2")] == [404, 404]

    play(story, fault("market-not-found"))


def test_one_lease_may_be_unknown_to_a_node_that_knows_the_others():
    async def story(tiny):
        await trio.sleep(2)
        got = await tiny.ask("GET", "/akash/market/v1beta5/leases/list", host="market")
        assert [entry["lease"]["id"]["dseq"] for entry in got.body["leases"]] == ["1001"]
        assert tiny.fired.fired == 1

    play(story, fault("market-not-found", lease="A"))


def test_a_node_may_repeat_what_it_answered_before():
    async def story(tiny):
        await trio.sleep(2)
        assert (await tiny.info()).body["lease"]["state"] == "active"
        tiny.world.chain.close(tiny.lease.name)
        await trio.sleep(29)
        assert (await tiny.info()).body["lease"]["state"] == "closed"
        await trio.sleep(9)
        assert (await tiny.info()).body["lease"]["state"] == "active"
        assert tiny.fired.fired == 1

    play(story, fault("market-repeats", host="market", delay=30.0))


def test_answers_may_overtake_one_another():
    order = []

    async def story(tiny):
        async def ask(number):
            await trio.sleep(number / 10)
            await tiny.info()
            order.append(number)

        await trio.sleep(2)
        for number in range(10):
            tiny.nursery.start_soon(ask, number)
        await trio.sleep(20)

    play(story, fault("market-reordered", delay=9.0))
    assert sorted(order) == list(range(10))
    assert order != sorted(order)


CLOSED = {
    # what: (values, answer, state at once, state 60 s later)
    "close-lost": ({}, LOST, "active", "active"),
    "close-unanswered": ({}, LOST, "closed", "closed"),
    "close-refused": ({"text": "no fees"}, 1, "active", "active"),
    "close-delayed": ({"blocks": 5}, 0, "active", "closed"),
    "close-dropped": ({}, 0, "active", "active"),
    "close-ineffective": ({}, 0, "active", "active"),
}


def test_every_fault_of_closings_is_here():
    assert set(CLOSED) == set(CLOSINGS)


@pytest.mark.parametrize("what", CLOSED)
def test_a_closing_comes_to_what_it_says(what):
    values, answer, at_once, later = CLOSED[what]

    async def story(tiny):
        await trio.sleep(2)
        got = await tiny.close()
        told = got.body["tx_response"] if got.status == 200 else {"code": got.status}
        assert told["code"] == answer
        assert tiny.state() == at_once
        if what == "close-ineffective":
            assert int(told["height"]) > 0
        await trio.sleep(60)
        assert tiny.world.chain.block()
        assert tiny.state() == later
        assert (tiny.fired.fired, tiny.fired.times) == (1, [2.0])
        if later == "active":
            assert (await tiny.close("market-2")).body["tx_response"]["code"] == 0
            assert tiny.state() == "closed"

    play(story, fault(what, lease="A", **values))


def test_closings_are_counted_over_all_nodes():
    async def story(tiny):
        await trio.sleep(2)
        codes = [
            (await tiny.close(host)).body["tx_response"]["code"]
            for host in ("market", "market-2", "market")
        ]
        assert codes == [1, 1, 0]

    play(story, fault("close-refused", times=2))


def test_a_fault_may_wait_for_another():
    async def story(tiny):
        await trio.sleep(50)
        await tiny.info()
        await trio.sleep(9)
        assert tiny.evidence.faults[1].began_at is None
        await trio.sleep(2)
        assert tiny.evidence.faults[1].began_at == 60

    first = fault("market-lag", name="slow")
    play(story, first, fault("market-failing", at=Moment(after="slow", at=10)))
