"""The REST face of the simulated chain, answer by answer, and its control path."""

import base64
from typing import Any

import orjson
import pytest

from simulator.market.answers import HEIGHT_HEADER
from tests.unit.market.sim_market import OWNER, PROVIDER, SimMarket, lease_name

INFO = "/akash/market/v1beta5/leases/info"
LIST = "/akash/market/v1beta5/leases/list"
DEPLOYMENT = "/akash/deployment/v1beta4/deployments/info"
SYNCING = "/cosmos/base/tendermint/v1beta1/syncing"
LATEST = "/cosmos/base/tendermint/v1beta1/blocks/latest"


@pytest.fixture
def market() -> SimMarket:
    return SimMarket()


def ids(dseq: int, **changes: str) -> dict[str, str]:
    return {
        "id.owner": OWNER,
        "id.dseq": str(dseq),
        "id.gseq": "1",
        "id.oseq": "1",
        "id.provider": PROVIDER,
        **changes,
    }


async def test_a_lease_is_shown_with_the_gateways_types(market: SimMarket) -> None:
    opened = market.chain.open(lease_name(42))

    answer = await market.get(INFO, **ids(42))

    assert answer["lease"] == {
        "id": {
            "owner": OWNER,
            "dseq": "42",
            "gseq": 1,
            "oseq": 1,
            "provider": PROVIDER,
            "bseq": 0,
        },
        "state": "active",
        "price": {"denom": "uakt", "amount": "10.000000000000000000"},
        "created_at": str(opened.created_at),
        "closed_on": "0",
        "reason": "lease_closed_invalid",
    }
    assert answer["escrow_payment"]["state"]["state"] == "open"


async def test_a_deployment_is_shown_with_hash_groups_and_escrow(market: SimMarket) -> None:
    opened = market.chain.open(
        lease_name(42), manifest_hash=b"\x01\x02", groups=({"name": "akash"},), funds=700
    )

    answer = await market.get(DEPLOYMENT, **{"id.owner": OWNER, "id.dseq": "42"})

    name = {"owner": OWNER, "dseq": "42"}
    assert answer["deployment"] == {
        "id": name,
        "state": "active",
        "hash": "AQI=",
        "created_at": str(opened.created_at),
    }
    assert answer["groups"] == [
        {
            "id": {**name, "gseq": 1},
            "state": "open",
            "group_spec": {"name": "akash"},
            "created_at": str(opened.created_at),
        }
    ]
    escrow = answer["escrow_account"]
    assert escrow["id"] == {"scope": "deployment", "xid": f"{OWNER}/42"}
    assert escrow["state"]["funds"] == [{"denom": "uakt", "amount": "700.000000000000000000"}]
    assert escrow["state"]["state"] == "open"


async def test_a_group_can_be_asked_for_alone(market: SimMarket) -> None:
    market.chain.open(lease_name(42), groups=({"name": "a"}, {"name": "b"}))
    path, query = "/akash/deployment/v1beta4/groups/info", {"id.owner": OWNER, "id.dseq": "42"}

    found = await market.get(path, **query, **{"id.gseq": "2"})
    missing = await market.ask("GET", path, **query, **{"id.gseq": "3"})

    assert found["group"]["group_spec"] == {"name": "b"}
    assert missing.status == 404


async def test_deployments_are_listed_in_pages_by_owner_and_state(market: SimMarket) -> None:
    for dseq in range(1, 6):
        market.chain.open(lease_name(dseq))
    market.chain.close_deployment(lease_name(2).deployment)
    path = "/akash/deployment/v1beta4/deployments/list"

    async def listed(**query: str) -> tuple[list[str], str]:
        page = await market.get(path, **query)
        names = [entry["deployment"]["id"]["dseq"] for entry in page["deployments"]]
        return names, page["pagination"]["next_key"]

    active = {"filters.owner": OWNER, "filters.state": "active", "pagination.limit": "3"}
    first, key = await listed(**active)
    second, end = await listed(**active, **{"pagination.key": key})
    assert (first, second, end) == (["1", "3", "4"], ["5"], None)
    assert (await listed(**{"filters.state": "closed"}))[0] == ["2"]
    assert (await listed(**{"filters.owner": "akash1nobody"}))[0] == []


async def test_a_closed_lease_stays_to_be_asked_for(market: SimMarket) -> None:
    market.chain.open(lease_name(42))
    closed = market.chain.close(lease_name(42))

    lease = (await market.get(INFO, **ids(42)))["lease"]

    assert lease["state"] == "closed"
    assert lease["closed_on"] == str(closed.closed_on)
    assert lease["reason"] == "lease_closed_owner"


async def test_an_unknown_lease_is_404_with_code_5(market: SimMarket) -> None:
    answer = await market.ask("GET", INFO, **ids(1))

    body = orjson.loads(answer.body)
    assert (answer.status, body["code"], body["details"]) == (404, 5, [])
    assert body["message"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (SYNCING, {}, 200),
        (LATEST, {}, 200),
        (LIST, {}, 200),
        (INFO, ids(1), 404),
        (INFO, ids(1, **{"id.dseq": "x"}), 400),
        ("/akash/market/v1beta5/bids/list", {}, 501),
    ],
)
async def test_every_answer_carries_its_height(
    market: SimMarket, path: str, query: dict[str, str], status: int
) -> None:
    market.clock.seconds += 600

    answer = await market.ask("GET", path, **query)

    assert answer.status == status
    assert dict(answer.headers)[HEIGHT_HEADER] == str(market.chain.block().height)


async def test_the_latest_block_tells_chain_height_and_time(market: SimMarket) -> None:
    market.clock.seconds += 6.0

    header = (await market.get(LATEST))["block"]["header"]

    assert header["chain_id"] == market.chain.chain_id
    assert header["height"] == str(market.chain.block().height)
    assert header["time"] == "2023-11-14T22:13:26.000000000Z"
    assert await market.get(SYNCING) == {"syncing": False}


async def listed(market: SimMarket, **query: str) -> list[int]:
    return [int(e["lease"]["id"]["dseq"]) for e in (await market.get(LIST, **query))["leases"]]


async def test_the_list_filters_by_every_part(market: SimMarket) -> None:
    market.chain.open(lease_name(1))
    market.chain.open(lease_name(2))
    market.chain.open(lease_name(3, provider="akash1another"))
    market.chain.close(lease_name(2))

    assert await listed(market) == [1, 2, 3]
    assert await listed(market, **{"filters.provider": PROVIDER}) == [1, 2]
    assert await listed(market, **{"filters.state": "closed"}) == [2]
    assert await listed(market, **{"filters.dseq": "3"}) == [3]
    assert await listed(market, **{"filters.owner": "akash1nobody"}) == []
    answer = await market.ask("GET", LIST, **{"filters.state": "asleep"})
    assert answer.status == 400
    assert orjson.loads(answer.body)["code"] == 3


async def test_pages_follow_their_keys_and_miss_nothing(market: SimMarket) -> None:
    for dseq in range(1, 8):
        market.chain.open(lease_name(dseq))
    seen: list[int] = []
    key: str | None = ""

    while key is not None:
        query = {"pagination.limit": "3"} | ({"pagination.key": key} if key else {})
        page = await market.get(LIST, **query)
        seen += [int(e["lease"]["id"]["dseq"]) for e in page["leases"]]
        key = page["pagination"]["next_key"]

    assert seen == [1, 2, 3, 4, 5, 6, 7]


async def test_a_page_begins_behind_a_lease_that_left_the_filter(market: SimMarket) -> None:
    for dseq in range(1, 5):
        market.chain.open(lease_name(dseq))
    active = {"filters.state": "active", "pagination.limit": "2"}
    key = (await market.get(LIST, **active))["pagination"]["next_key"]
    market.chain.close(lease_name(3))

    assert await listed(market, **active, **{"pagination.key": key}) == [4]


async def test_a_page_holds_a_hundred_unless_told(market: SimMarket) -> None:
    for dseq in range(1, 103):
        market.chain.open(lease_name(dseq))

    page = await market.get(LIST, **{"pagination.count_total": "true"})

    assert len(page["leases"]) == 100
    assert page["pagination"]["total"] == "102"
    assert await listed(market, **{"pagination.offset": "100"}) == [101, 102]


@pytest.mark.parametrize(
    "query",
    [
        {"pagination.key": "!"},
        {"pagination.key": base64.b64encode(b"no lease").decode()},
        {"pagination.key": "YQ==", "pagination.offset": "1"},
        {"pagination.limit": "many"},
    ],
)
async def test_a_bad_page_is_an_invalid_argument(market: SimMarket, query: dict[str, str]) -> None:
    answer = await market.ask("GET", LIST, **query)

    assert (answer.status, orjson.loads(answer.body)["code"]) == (400, 3)


def lease_object(dseq: int) -> dict[str, Any]:
    return {"owner": OWNER, "dseq": dseq, "gseq": 1, "oseq": 1, "provider": PROVIDER}


async def test_the_control_path_opens_updates_and_closes(market: SimMarket) -> None:
    await market.post(
        "/simulator/leases",
        {"lease": lease_object(9), "hash": "AQI=", "groups": [{"name": "akash"}]},
    )
    found = await market.get(DEPLOYMENT, **{"id.owner": OWNER, "id.dseq": "9"})
    assert found["deployment"]["hash"] == "AQI="
    assert found["groups"][0]["group_spec"] == {"name": "akash"}

    updated = await market.post(
        "/simulator/deployments/update",
        {"deployment": {"owner": OWNER, "dseq": "9"}, "hash": "AwQ="},
    )
    assert updated["deployment"]["hash"] == "AwQ="

    await market.post("/simulator/leases/reclaim", {"lease": lease_object(9)})
    assert (await market.get(INFO, **ids(9)))["lease"]["state"] == "reclaiming"

    closed = await market.post("/simulator/leases/close", {"lease": lease_object(9)})
    assert (await market.get(INFO, **ids(9)))["lease"] == closed["lease"]
    assert closed["lease"]["state"] == "closed"


async def test_the_control_path_closes_a_deployment_with_its_leases(market: SimMarket) -> None:
    await market.post("/simulator/leases", {"lease": lease_object(9)})

    ended = await market.post(
        "/simulator/deployments/close", {"deployment": {"owner": OWNER, "dseq": 9}}
    )

    assert ended["deployment"]["state"] == "closed"
    assert (await market.get(INFO, **ids(9)))["lease"]["reason"] == "lease_closed_owner"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/simulator/leases", {"lease": {"owner": OWNER}}, 400),
        ("/simulator/leases", {"lease": lease_object(0)}, 400),
        ("/simulator/leases", {"lease": lease_object(1), "hash": "?"}, 400),
        ("/simulator/leases", {"lease": lease_object(1), "groups": {}}, 400),
        ("/simulator/leases", [], 400),
        ("/simulator/leases/close", {"lease": lease_object(1)}, 404),
        ("/simulator/deployments/update", {"deployment": {"owner": OWNER, "dseq": 1}}, 404),
        ("/simulator/deployments/update", {"deployment": OWNER}, 400),
        ("/simulator/nothing", {}, 501),
    ],
)
async def test_a_control_request_that_cannot_be_is_refused(
    market: SimMarket, path: str, body: object, status: int
) -> None:
    answer = await market.ask("POST", path, body)

    assert answer.status == status
    assert (await market.get(LIST))["leases"] == []


async def test_what_was_told_is_on_record_lease_by_lease(market: SimMarket) -> None:
    market.chain.open(lease_name(1))
    market.chain.open(lease_name(2))
    await market.get(LIST)
    market.clock.seconds += 10
    closed = market.chain.close(lease_name(2))
    await market.get(INFO, **ids(2))
    await market.ask("GET", INFO, **ids(3))

    told = [(t.lease.dseq, t.state, t.height, t.agent) for t in market.answers.told]
    before = closed.closed_on - 2
    assert told == [
        (1, "active", before, "daemon"),
        (2, "active", before, "daemon"),
        (2, "closed", closed.closed_on, "daemon"),
    ]
    assert market.answers.told[-1].time == market.clock.now()


async def test_the_control_path_tells_the_daemon_nothing(market: SimMarket) -> None:
    await market.post("/simulator/leases", {"lease": lease_object(1)})
    await market.post("/simulator/leases/close", {"lease": lease_object(1)})

    assert market.answers.told == ()
    assert [r.method for r in market.answers.journal.requests] == ["POST", "POST"]
