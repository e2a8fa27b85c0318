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
from simulator.faults.effects import ApplyLate, Delay, LoseAnswer, Stale
from simulator.faults.rule import Rule
from simulator.faults.watch_effects import Silence
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


def test_a_chain_may_have_several_nodes_each_with_its_own_faults() -> None:
    latest = "/cosmos/base/tendermint/v1beta1/blocks/latest"

    async def ask() -> None:
        async with open_world(market_nodes=3) as world:
            hosts = [market.host for market in world.market_nodes]
            assert hosts == [MARKET, "market-2.sim", "market-3.sim"]
            world.market_nodes[1].node.lag_blocks = 5
            world.market_nodes[2].rules.add(Rule(effect=LoseAnswer(), path=latest))
            assert world.market_rules is world.market_nodes[0].rules

            heights = []
            for host in hosts[:2]:
                async with client(world, host) as market:
                    answer = await market.request("GET", latest)
                    heights.append(int(orjson.loads(answer.body)["block"]["header"]["height"]))
            async with client(world, hosts[2]) as market:
                with pytest.raises(AnswerLostError):
                    await market.request("GET", latest)
            # Nothing is below the first block.
            assert heights == [world.chain.block().height] * 2
            await trio.sleep(60)
            async with client(world, hosts[1]) as market:
                answer = await market.request("GET", latest)
            told = int(orjson.loads(answer.body)["block"]["header"]["height"])
            assert told == world.chain.block().height - 5

    deterministic.run(0, ask)


def test_a_lease_closed_through_one_node_is_closed_for_all() -> None:
    lease = LeaseName("akash1owner", 1, 1, 1, "akash1provider")
    sent = {
        "lease": {
            "owner": lease.owner,
            "dseq": 1,
            "gseq": 1,
            "oseq": 1,
            "provider": lease.provider,
        },
        "reason": "lease_closed_reason_unstable",
    }

    async def close() -> None:
        async with open_world(market_nodes=2) as world, client(world, "market-2.sim") as market:
            world.chain.open(lease)

            answer = await market.request(
                "POST", "/simulator/transactions/close", body=orjson.dumps(sent)
            )

            assert answer.status == 200
            assert world.market_nodes[0].node.lease(lease).state == "closed"
            assert [entry.lease for entry in world.transactions.sent] == [lease]

    deterministic.run(0, close)


SERVICES = "/api/v1/namespaces/lease/services"


def service(name: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "lease"},
        "spec": {"ports": [{"port": 80}]},
    }


async def names(cluster: HttpClient) -> list[str]:
    answer = await cluster.request("GET", SERVICES)
    return [item["metadata"]["name"] for item in orjson.loads(answer.body)["items"]]


def test_a_stale_list_shows_what_was_there_then() -> None:
    async def ask() -> None:
        async with open_world() as world, client(world, KUBERNETES) as cluster:
            await world.install([service("old")])
            await trio.sleep(60)
            await world.install([service("new")])
            stale = world.rules.add(Rule(effect=Stale(30), kind="services"))

            assert await names(cluster) == ["old"]
            assert await names(cluster) == ["new", "old"]
            assert stale.fired == 1

    deterministic.run(0, ask)


def test_what_is_applied_late_lands_although_the_client_has_left() -> None:
    async def ask() -> None:
        async with open_world() as world:
            world.rules.add(Rule(effect=ApplyLate(45), verb="create", kind="services"))
            async with client(world, KUBERNETES) as cluster:
                with pytest.raises(AnswerLostError):
                    await cluster.request("POST", SERVICES, body=orjson.dumps(service("late")))
            world.network.link("test").cut()
            await trio.sleep(44)
            world.network.link("test").restore()
            async with client(world, KUBERNETES) as cluster:
                assert await names(cluster) == []
                await trio.sleep(2)
                assert await names(cluster) == ["late"]

    deterministic.run(0, ask)


def test_a_watch_that_falls_silent_stays_open_on_the_wire() -> None:
    async def ask() -> None:
        async with open_world() as world, client(world, KUBERNETES) as cluster:
            seen: list[bytes] = []

            async def watch() -> None:
                query = [("watch", "1"), ("resourceVersion", "0")]
                async with cluster.stream("GET", SERVICES, query=query) as stream:
                    async for piece in stream:
                        seen.append(piece)
                seen.append(b"ended")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(watch)
                await trio.sleep(1)
                await world.install([service("one")])
                await trio.sleep(1)
                assert b'"one"' in b"".join(seen)
                world.rules.add(Rule(effect=Silence(), verb="watch", kind="services"))
                await world.install([service("two")])
                await trio.sleep(60)
                assert b'"two"' not in b"".join(seen)
                assert b"ended" not in seen
                nursery.cancel_scope.cancel()

    deterministic.run(0, ask)
