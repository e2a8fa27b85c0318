"""Pods get nodes while there is room, and wait for room without a sound."""

import trio

from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import NS, PODS, Plane, open_plane, pod

SMALL = ControllerSettings(jitter=0.0, node=NodeShape(cpu="4", memory="8Gi", pods=10))


def asking(name: str, cpu: str = "3", **spec: object) -> JSONObject:
    one = pod(name, **spec)
    one["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return one


async def nodes(plane: Plane) -> dict[str, str]:
    return {
        one["metadata"]["name"]: one["spec"].get("nodeName", "") for one in await plane.all(PODS)
    }


async def test_pods_made_at_once_do_not_share_the_same_room(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(SMALL) as plane:
        for name in ("a", "b", "c"):
            await plane.create(PODS, asking(name))
        await trio.sleep(1)

        placed = await nodes(plane)
        assert sorted(placed.values()) == ["", "node1", "node2"]


async def test_a_pod_that_waits_gets_the_room_of_one_that_ends(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(SMALL, nodes=1) as plane:
        await plane.create(PODS, asking("a"))
        await trio.sleep(1)
        await plane.create(PODS, asking("b"))
        await trio.sleep(3600)
        assert (await nodes(plane))["b"] == ""

        await plane.user.delete(PODS, NS, "a")
        await trio.sleep(1)
        assert (await nodes(plane))["b"] == "node1"


async def test_a_pod_that_waits_is_told_of_once_until_something_changes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(SMALL, nodes=1) as plane:
        await plane.create(PODS, asking("a", "64"))
        await trio.sleep(1)
        written = len(plane.cluster.journal.commits)
        await trio.sleep(86_400)

        assert len(plane.cluster.journal.commits) == written
        assert await plane.reasons() == ["FailedScheduling"]
        (condition,) = (await plane.get(PODS, "a"))["status"]["conditions"]
        assert (condition["status"], condition["reason"]) == ("False", "Unschedulable")


async def test_a_node_that_gets_the_wanted_label_takes_the_pod(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(SMALL) as plane:
        await plane.create(PODS, asking("a", "1", nodeSelector={"disk": "ssd"}))
        await trio.sleep(1)
        patch = {"metadata": {"labels": {"disk": "ssd"}}}
        await plane.user.patch("v1/nodes", "", "node2", patch)
        await trio.sleep(1)

        assert await nodes(plane) == {"a": "node2"}
        assert await plane.reasons() == ["FailedScheduling", "Scheduled"]


async def test_a_cordoned_node_gets_no_pods(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(SMALL) as plane:
        await plane.user.patch("v1/nodes", "", "node1", {"spec": {"unschedulable": True}})
        for name in ("a", "b"):
            await plane.create(PODS, asking(name, "1"))
        await trio.sleep(1)

        assert set((await nodes(plane)).values()) == {"node2"}


async def test_nodes_have_the_labels_that_the_providers_pods_ask_for(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        storage = "akash.network/capabilities.storage.class.beta2"
        expressions = [
            {"key": "akash.network", "operator": "In", "values": ["true"]},
            {"key": storage, "operator": "Gt", "values": ["0"]},
        ]
        terms = {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
        await plane.create(PODS, asking("a", "1", affinity=affinity))
        await trio.sleep(1)

        assert (await nodes(plane))["a"]


async def test_the_pods_of_another_scheduler_are_left_alone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, asking("a", "1", schedulerName="another"))
        await trio.sleep(60)

        assert await nodes(plane) == {"a": ""}
        assert await plane.reasons() == []
