"""A control plane that is held, slowed down, killed and started again."""

import trio

from simulator import deterministic
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from simulator.verbs.client import VerbClient
from simulator.world import World, open_world
from tests.unit.controllers.planes import APPS, PODS, deployment, pod

SETTINGS = ControllerSettings(jitter=0.0)
NS = "tenant"
SCHEDULER = "system:kube-scheduler"
REPLICA_SETS = "system:serviceaccount:kube-system:replicaset-controller"
CACHES = "system:kube-controller-manager"


def play(story, **options) -> None:
    async def main() -> None:
        async with open_world(controllers=SETTINGS, **options) as world:
            user = VerbClient(world.cluster, "user")
            await user.create("v1/namespaces", "", {"metadata": {"name": NS}})
            await trio.sleep(1)
            await story(world, user)

    deterministic.run(0, main)


async def pods(user: VerbClient) -> list[JSONObject]:
    items, _ = await user.list(PODS, NS)
    return list(items)


def ready(one: JSONObject) -> bool:
    return any(
        c["type"] == "Ready" and c["status"] == "True" for c in one["status"].get("conditions", ())
    )


def test_a_scheduler_that_is_held_binds_nothing_until_it_is_released() -> None:
    async def story(world: World, user: VerbClient) -> None:
        world.control_plane.pause(SCHEDULER)
        await user.create(PODS, NS, pod())
        await trio.sleep(3600)
        assert "nodeName" not in (await pods(user))[0]["spec"]

        world.control_plane.release()
        await trio.sleep(1)
        assert ready((await pods(user))[0])
        assert world.control_plane.fired == {SCHEDULER: 1}

    play(story)


def test_a_controller_that_lags_does_everything_later() -> None:
    async def story(world: World, user: VerbClient) -> None:
        world.control_plane.lag(20, REPLICA_SETS)
        await user.create(f"{APPS}/deployments", NS, deployment(replicas=1))
        await trio.sleep(19)
        assert await pods(user) == []
        await trio.sleep(2)
        assert len(await pods(user)) == 1

        world.control_plane.release()
        await user.patch(f"{APPS}/deployments", NS, "web", {"spec": {"replicas": 3}})
        await trio.sleep(2)
        assert len(await pods(user)) == 3

    play(story)


def test_caches_that_are_held_see_nothing_new_and_nothing_is_done_twice_afterwards() -> None:
    async def story(world: World, user: VerbClient) -> None:
        world.control_plane.pause(CACHES)
        await user.create(f"{APPS}/deployments", NS, deployment(replicas=2))
        await trio.sleep(60)
        assert await pods(user) == []

        world.control_plane.release()
        await trio.sleep(5)
        assert [ready(one) for one in await pods(user)] == [True, True]

    play(story)


def test_a_control_plane_that_was_killed_goes_on_where_it_was() -> None:
    async def story(world: World, user: VerbClient) -> None:
        await user.create(f"{APPS}/deployments", NS, deployment(replicas=3))
        await trio.sleep(0.05)
        await world.control_plane.kill()
        assert not world.control_plane.is_running
        written = world.journal.trace_hash()
        await trio.sleep(600)
        assert world.journal.trace_hash() == written

        await world.control_plane.start()
        await trio.sleep(5)
        running = await pods(user)
        assert [ready(one) for one in running] == [True, True, True]
        assert len({one["status"]["podIP"] for one in running}) == 3

        await world.control_plane.kill()
        await world.control_plane.start()
        await user.create(PODS, NS, pod("later"))
        await trio.sleep(2)
        assert len({one["status"]["podIP"] for one in await pods(user)}) == 4

    play(story)


def test_what_is_at_rest_stays_so_when_a_control_plane_starts_again() -> None:
    async def story(world: World, user: VerbClient) -> None:
        await user.create(f"{APPS}/deployments", NS, deployment(replicas=2))
        await trio.sleep(30)
        written = len(world.journal.commits)

        await world.control_plane.kill()
        await world.control_plane.start()
        await trio.sleep(3600)

        assert [c.resource for c in world.journal.commits[written:]] == []

    play(story)


def test_nodes_that_are_dark_or_gone_stay_so_when_a_control_plane_starts_again() -> None:
    async def story(world: World, user: VerbClient) -> None:
        world.fleet.go_dark("node1")
        await world.fleet.remove("node2")
        await world.control_plane.kill()
        await world.control_plane.start()
        await trio.sleep(60)

        nodes, _ = await user.list("v1/nodes")
        assert {node["metadata"]["name"]: ready(node) for node in nodes} == {
            "node1": False,
            "node3": True,
        }

    play(story)


def test_of_two_holds_each_ends_by_itself() -> None:
    async def story(world: World, user: VerbClient) -> None:
        plane, held = world.control_plane, []
        first = plane.pause(SCHEDULER, lambda: held.append(trio.current_time()))
        second = plane.pause("system:kube")
        await user.create(PODS, NS, pod())
        await trio.sleep(60)
        plane.let_go(second)
        plane.let_go(second)
        await trio.sleep(60)
        assert plane.is_holding
        assert "nodeName" not in (await pods(user))[0]["spec"]
        plane.let_go(first)
        await trio.sleep(1)
        assert ready((await pods(user))[0])
        assert len(held) == 1

    play(story)


def test_events_that_lag_are_late_once_however_many_there_are() -> None:
    async def story(world: World, user: VerbClient) -> None:
        world.control_plane.lag(10, CACHES)
        for number in range(5):
            await user.create(PODS, NS, pod(f"p{number}"))
            await trio.sleep(1)
        await trio.sleep(5.5)
        bound = [bool(one["spec"].get("nodeName")) for one in await pods(user)]
        assert bound == [True, False, False, False, False]
        await trio.sleep(4)
        assert all(one["spec"].get("nodeName") for one in await pods(user))

    play(story)
