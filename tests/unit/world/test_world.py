"""One world: everything behind one network, one clock and one seed."""

from contextlib import AbstractAsyncContextManager

import orjson
import pytest
import trio
import trio.testing

from provider.http.client import HttpClient, open_http
from provider.http.errors import AnswerLostError
from provider.workload.crds import manifest_crd, provider_host_crd
from simulator import deterministic
from simulator.faults.rules import Delay, LoseAnswer, Rule
from simulator.market.leases import LeaseName
from simulator.world import (
    EPOCH,
    KUBERNETES,
    MARKET,
    RECORDS_NAMESPACE,
    InstallError,
    World,
    open_world,
)


def client(world: World, host: str) -> AbstractAsyncContextManager[HttpClient]:
    return open_http(f"http://{host}", network_backend=world.network.link("test").backend)


def test_a_world_answers_for_cluster_and_market() -> None:
    async def ask() -> None:
        async with open_world() as world, client(world, KUBERNETES) as cluster:
            namespace = await cluster.request("GET", "/api/v1/namespaces/lease")
            assert namespace.status == 200
            async with client(world, MARKET) as market:
                latest = await market.request(
                    "GET", "/cosmos/base/tendermint/v1beta1/blocks/latest"
                )
            header = orjson.loads(latest.body)["block"]["header"]
            assert header["chain_id"] == world.chain.chain_id
            assert header["time"].startswith("2026-01-01T00:00:00")

    deterministic.run(0, ask)


def test_the_worlds_clock_begins_at_its_epoch_and_moves_with_trio() -> None:
    async def look() -> None:
        await trio.sleep(1000)
        async with open_world() as world:
            assert world.clock.now() == EPOCH
            await trio.sleep(12.5)
            assert world.clock.now() == pytest.approx(EPOCH + 12.5)

    deterministic.run(0, look)


def test_what_is_installed_is_served() -> None:
    async def install() -> None:
        async with open_world() as world, client(world, KUBERNETES) as cluster:
            records = "/apis/akash.network/v2beta2/namespaces/lease/manifests"
            assert (await cluster.request("GET", records)).status == 404

            await world.install([manifest_crd(), provider_host_crd()])

            answer = await cluster.request("GET", records)
            assert answer.status == 200
            assert orjson.loads(answer.body)["items"] == []

    deterministic.run(0, install)


def test_what_the_api_server_refuses_is_not_installed() -> None:
    async def install() -> None:
        async with open_world() as world:
            with pytest.raises(InstallError, match="not served"):
                await world.install([{"apiVersion": "v9", "kind": "Cat", "metadata": {}}])
            with pytest.raises(InstallError, match="AlreadyExists"):
                await world.install([RECORDS_NAMESPACE])

    deterministic.run(0, install)


def test_an_answer_that_a_rule_loses_is_not_on_record_as_told() -> None:
    info = "/akash/market/v1beta5/leases/info"
    lease = LeaseName("akash1owner", 1, 1, 1, "akash1provider")
    query = [
        ("id.owner", lease.owner),
        ("id.dseq", "1"),
        ("id.gseq", "1"),
        ("id.oseq", "1"),
        ("id.provider", lease.provider),
    ]

    async def ask() -> None:
        async with open_world() as world, client(world, MARKET) as market:
            world.chain.open(lease)
            world.market_rules.add(Rule(effect=LoseAnswer(), path=info))

            with pytest.raises(AnswerLostError):
                await market.request("GET", info, query=query)
            assert world.answers.told == ()

            assert (await market.request("GET", info, query=query)).status == 200
            assert [told.state for told in world.answers.told] == ["active"]

    deterministic.run(0, ask)


def test_rules_stand_before_the_api_server() -> None:
    async def ask() -> None:
        async with open_world() as world, client(world, KUBERNETES) as cluster:
            slow = world.rules.add(Rule(effect=Delay(3.0), path="/version"))
            before = trio.current_time()

            assert (await cluster.request("GET", "/version")).status == 200

            assert trio.current_time() == before + 3.0
            assert slow.fired == 1

    deterministic.run(0, ask)
