"""A lease on a real cluster: deployed, updated, restarted, cut off, and gone."""

import trio

from provider.kubernetes.kinds import INGRESS, NETWORK_POLICY
from simulator.world import KUBERNETES
from tests.cluster.premises import Premises
from tests.cluster.tenancy import Tenancy, definition, tenancy

OUTAGE_SECONDS = 6.0


async def deployed(one: Tenancy) -> None:
    compiled = definition(one.here.premises, one.lease)
    await one.market.open(one.lease, compiled)
    one.submit(compiled)
    await one.until_complete()


async def closed(one: Tenancy) -> None:
    """The tenant closes; in the end nothing is left."""
    await one.market.close(one.lease)
    await one.until_gone()


async def test_a_lease_becomes_ready_and_an_update_rolls_the_service_that_changed(
    premises: Premises,
) -> None:
    async with tenancy(premises, 0) as one:
        await deployed(one)
        assert {
            len(await one.pods("web")),
            len(await one.pods("worker")),
            len(await one.listed(INGRESS)),
        } == {1}
        assert await one.listed(NETWORK_POLICY)
        web, worker = await one.pods("web"), await one.pods("worker")
        before = await one.generations()

        newer = definition(premises, one.lease, generation=2)
        await one.market.update(one.lease, newer)
        one.submit(newer)
        await one.until(lambda: one.status().accepted_generation == 2, 30, "the second generation")
        await one.until_complete()

        after = await one.generations()
        assert after["web"] == before["web"]
        assert after["worker"] == before["worker"] + 1
        assert [p["metadata"]["uid"] for p in await one.pods("web")] == [
            p["metadata"]["uid"] for p in web
        ]
        [pod] = await one.replaced("worker", worker)
        variables = {v["name"]: v.get("value") for v in pod["spec"]["containers"][0]["env"]}
        assert variables["GENERATION"] == "2"

        await closed(one)


async def test_neither_a_restart_nor_a_crash_costs_a_write(premises: Premises) -> None:
    async with tenancy(premises, 1) as one:
        await deployed(one)
        since = one.now()

        await one.drain()
        await one.start()
        await one.until_complete()
        await trio.sleep(3)
        assert one.writes(since) == []

        # Its Lease has to run out first: 15 s.
        await one.kill()
        await one.start()
        await one.until_complete()
        await trio.sleep(3)
        assert one.writes(since) == []


async def test_an_outage_changes_nothing_and_what_was_lost_meanwhile_goes_after_it(
    premises: Premises,
) -> None:
    async with tenancy(premises, 2) as one:
        await deployed(one)
        before = await one.generations()
        since = one.now()
        one.stage.network.down(KUBERNETES)
        await trio.sleep(OUTAGE_SECONDS)
        assert one.status().phase == "deploy-complete"
        one.stage.network.up(KUBERNETES)
        await trio.sleep(OUTAGE_SECONDS)
        assert one.writes(since) == []
        assert await one.generations() == before

        one.stage.network.down(KUBERNETES)
        await one.market.close(one.lease)
        await one.until(lambda: one.status().phase.startswith("teardown"), 15, "the loss")
        assert await one.remains()
        one.stage.network.up(KUBERNETES)
        await one.until_gone()


async def test_a_lease_that_is_closed_in_the_middle_of_its_deploy_leaves_nothing(
    premises: Premises,
) -> None:
    async with tenancy(premises, 3) as one:
        compiled = definition(premises, one.lease)
        await one.market.open(one.lease, compiled)
        one.submit(compiled)
        await one.until(lambda: any("/deployments/" in w for w in one.writes()), 30, "a Deployment")
        await closed(one)
        await trio.sleep(2)
        assert await one.remains() == []
