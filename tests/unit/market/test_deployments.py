"""A deployment as the chain tells it: hash and groups, or not known."""

import copy
from decimal import Decimal
from typing import Any

import orjson
import pytest
import trio.testing

from provider.lease.groups import GroupSpec, Price, Requirements, ResourceUnit
from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Endpoint,
    EndpointKind,
    Memory,
    Resources,
    Storage,
)
from provider.market.deployments import OnChain, deployment
from provider.market.standing import NotKnown, Snapshot
from tests.unit.market.bench import answering, at_height, open_bench, without_height
from tests.unit.market.sim_market import OWNER, lease_name

HASH = bytes(range(32))

# As an Akash node's gateway writes it.
ANSWER: dict[str, Any] = {
    "deployment": {
        "id": {"owner": OWNER, "dseq": "26084"},
        "state": "active",
        "hash": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "created_at": "26085",
        "reclamation": None,
    },
    "groups": [
        {
            "id": {"owner": OWNER, "dseq": "26084", "gseq": 1},
            "state": "open",
            "group_spec": {
                "name": "westcoast",
                "requirements": {
                    "signed_by": {"all_of": [], "any_of": ["akash1auditor"]},
                    "attributes": [{"key": "host", "value": "akash"}],
                },
                "resources": [
                    {
                        "resource": {
                            "id": 1,
                            "cpu": {"units": {"val": "500"}, "attributes": []},
                            "memory": {"quantity": {"val": "536870912"}, "attributes": []},
                            "storage": [
                                {
                                    "name": "data",
                                    "quantity": {"val": "1073741824"},
                                    "attributes": [{"key": "persistent", "value": "true"}],
                                }
                            ],
                            "gpu": {
                                "units": {"val": "1"},
                                "attributes": [{"key": "vendor/nvidia/model/*", "value": "true"}],
                            },
                            "endpoints": [
                                {"kind": "SHARED_HTTP", "sequence_number": 0},
                                {"kind": "LEASED_IP", "sequence_number": 3},
                            ],
                        },
                        "count": 2,
                        "price": {"denom": "uact", "amount": "12.500000000000000000"},
                    }
                ],
            },
            "created_at": "26085",
        }
    ],
    "escrow_account": {"id": {"scope": "deployment", "xid": f"{OWNER}/26084"}},
}

SPEC = GroupSpec(
    name="westcoast",
    requirements=Requirements(
        all_of=(), any_of=("akash1auditor",), attributes=(Attribute("host", "akash"),)
    ),
    resources=(
        ResourceUnit(
            resources=Resources(
                id=1,
                cpu=CPU(500),
                memory=Memory(536870912),
                storage=(Storage("data", 1073741824, (Attribute("persistent", "true"),)),),
                gpu=GPU(1, (Attribute("vendor/nvidia/model/*", "true"),)),
                endpoints=(Endpoint(), Endpoint(EndpointKind.LEASED_IP, 3)),
            ),
            count=2,
            price=Price("uact", Decimal("12.5")),
        ),
    ),
)


def read(answer: object, status: int = 200) -> OnChain | NotKnown:
    headers = {"grpc-metadata-x-cosmos-block-height": "26100"}
    return deployment(status, headers, orjson.dumps(answer), OWNER, 26084)


def test_a_deployment_is_read_as_the_gateway_writes_it() -> None:
    assert read(ANSWER) == OnChain(state="active", hash=HASH, groups=(SPEC,), height=26100)


def changed(path: str, value: object) -> dict[str, Any]:
    """The answer with one value replaced, or taken out where it is `...`."""
    answer = copy.deepcopy(ANSWER)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = answer
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return answer


RESOURCE = "groups.0.group_spec.resources.0.resource"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{RESOURCE}.cpu.units.val", "NTAw"),
        (f"{RESOURCE}.memory", {"size": {"val": "536870912"}}),
        (f"{RESOURCE}.endpoints.1.kind", 2),
        (f"{RESOURCE}.endpoints.0", {}),
        (f"{RESOURCE}.id", "1"),
        (f"{RESOURCE}.cpu.attributes", None),
        ("groups.0.group_spec.requirements.signed_by.all_of", None),
        ("groups.0.group_spec.resources.0.count", "2"),
        ("deployment.id.dseq", 26084),
        ("escrow_account", ...),
        ("deployment.later", {"unknown": 1}),
    ],
)
def test_other_spellings_of_the_same_are_read_too(path: str, value: object) -> None:
    assert read(changed(path, value)) == read(ANSWER)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deployment", ...),
        ("deployment", []),
        ("deployment.id", None),
        ("deployment.id.owner", "akash1another"),
        ("deployment.id.dseq", "1"),
        ("deployment.state", 1),
        ("deployment.hash", "nonsense!"),
        ("deployment.hash", 7),
        ("groups", {}),
        ("groups.0", "group"),
        ("groups.0.group_spec", ...),
        ("groups.0.group_spec.name", None),
        ("groups.0.group_spec.requirements.attributes", [1]),
        ("groups.0.group_spec.resources.0.count", -1),
        ("groups.0.group_spec.resources.0.count", 1.5),
        ("groups.0.group_spec.resources.0.price", ...),
        ("groups.0.group_spec.resources.0.price.amount", "many"),
        ("groups.0.group_spec.resources.0.price.amount", "NaN"),
        (f"{RESOURCE}.cpu.units", {}),
        (f"{RESOURCE}.cpu.units.val", 500),
        (f"{RESOURCE}.cpu.units.val", "-5"),
        (f"{RESOURCE}.cpu.units.val", "٣"),
        (f"{RESOURCE}.cpu.units.val", "9" * 79),
        (f"{RESOURCE}.memory.size", {"val": "1"}),
        (f"{RESOURCE}.storage", 3),
        (f"{RESOURCE}.storage.0.name", 3),
        (f"{RESOURCE}.endpoints.0.kind", "CARRIER_PIGEON"),
        (f"{RESOURCE}.endpoints.0.kind", 9),
        (f"{RESOURCE}.endpoints.0.kind", []),
    ],
)
def test_anything_else_is_not_known(path: str, value: object) -> None:
    assert isinstance(read(changed(path, value)), NotKnown)


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_is_not_known(status: int) -> None:
    assert isinstance(read({"code": 5, "message": "not found"}, status), NotKnown)


async def test_the_market_tells_the_hash_that_the_tenant_announced() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1), manifest_hash=HASH)

        found = await bench.market.deployment(OWNER, 1)

        assert isinstance(found, OnChain)
        assert (found.state, found.hash) == ("active", HASH)
        assert found.height == bench.chain.block().height
        assert isinstance(await bench.market.deployment(OWNER, 2), NotKnown)


async def test_the_simulated_chain_writes_groups_as_they_are_read() -> None:
    async with open_bench() as bench:
        spec = ANSWER["groups"][0]["group_spec"]
        bench.chain.open(lease_name(1), manifest_hash=HASH, groups=(spec,))

        found = await bench.market.deployment(OWNER, 1)

        assert isinstance(found, OnChain)
        assert found.groups == (SPEC,)


async def test_a_deployment_from_below_the_highest_block_is_not_known() -> None:
    async with open_bench("market.sim", "market-2.sim") as bench:
        bench.chain.open(lease_name(1), manifest_hash=HASH)
        assert isinstance(await bench.market.leases(), Snapshot)
        late = at_height(bench.chain.block().height - 1)

        bench.twists["market.sim"] = late
        assert isinstance(await bench.market.deployment(OWNER, 1), OnChain)
        assert bench.asked_of[-2:] == ["market.sim", "market-2.sim"]
        bench.twists["market-2.sim"] = late
        assert isinstance(await bench.market.deployment(OWNER, 1), NotKnown)
        bench.twists = {"market.sim": without_height, "market-2.sim": without_height}
        assert isinstance(await bench.market.deployment(OWNER, 1), NotKnown)


async def test_a_deployment_is_asked_of_the_next_node_when_one_is_away(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_bench("market.sim", "market-2.sim") as bench:
        bench.chain.open(lease_name(1), manifest_hash=HASH)
        bench.network.mute("market.sim")

        assert isinstance(await bench.market.deployment(OWNER, 1), OnChain)


async def test_nonsense_about_a_deployment_is_not_known() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1), manifest_hash=HASH)
        bench.twist = answering("info", [])

        assert isinstance(await bench.market.deployment(OWNER, 1), NotKnown)
