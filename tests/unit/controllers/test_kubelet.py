"""Pods on simulated nodes, in time."""

import itertools

import trio

from simulator.controllers.images import Image
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import NS, PODS, Plane, open_plane, pod


async def waiting(plane: Plane, name: str = "p") -> str:
    (container,) = (await plane.get(PODS, name))["status"]["containerStatuses"]
    return container["state"].get("waiting", {}).get("reason", "")


def ready_since(one: JSONObject) -> list[str]:
    return [
        item["status"] for item in one["status"].get("conditions", ()) if item["type"] == "Ready"
    ]


async def test_a_slow_image_is_ready_late(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod(image="slow:1"))
        await trio.sleep(29)
        assert (await plane.get(PODS, "p"))["status"]["phase"] == "Pending"

        await trio.sleep(2)
        assert ready_since(await plane.get(PODS, "p")) == ["True"]


async def test_an_image_that_never_pulls_backs_off_and_then_nothing_is_written(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod(image="fail:1"))
        await trio.sleep(1)
        assert await waiting(plane) == "ErrImagePull"
        await trio.sleep(10)
        assert await waiting(plane) == "ImagePullBackOff"

        written = len(plane.cluster.journal.commits)
        await trio.sleep(86_400)
        assert len(plane.cluster.journal.commits) == written


async def test_a_crash_loop_starts_again_at_growing_distances(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod(image="crash:1"))
        await trio.sleep(100)

        starts = [
            entry.time
            for entry in plane.cluster.journal.commits
            if entry.name == "p"
            and entry.resource == PODS
            and ready_since(entry.object) == ["True"]
        ]
        pauses = [round(later - earlier) for earlier, later in itertools.pairwise(starts)]
        assert pauses == [11, 21, 41]
        assert await waiting(plane) == "CrashLoopBackOff"


async def test_a_pod_ends_after_the_stop_time_also_in_a_crash_loop(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(ControllerSettings(jitter=0.0, stop_seconds=2.0)) as plane:
        await plane.create(PODS, pod("p", terminationGracePeriodSeconds=10))
        await plane.create(PODS, pod("q", image="crash:1"))
        await trio.sleep(8)
        for name in ("p", "q"):
            await plane.user.delete(PODS, NS, name)
        await trio.sleep(1.9)
        assert await plane.names(PODS) == ["p", "q"]

        await trio.sleep(0.2)
        assert await plane.names(PODS) == []


async def test_a_pod_with_less_grace_than_it_takes_to_stop_is_killed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(ControllerSettings(jitter=0.0, stop_seconds=20.0)) as plane:
        await plane.create(PODS, pod("p", terminationGracePeriodSeconds=3))
        await trio.sleep(1)
        await plane.user.delete(PODS, NS, "p")
        await trio.sleep(2.9)
        assert await plane.names(PODS) == ["p"]
        await trio.sleep(0.2)
        assert await plane.names(PODS) == []


async def test_a_world_may_say_how_its_images_behave(
    autojump_clock: trio.testing.MockClock,
) -> None:
    settings = ControllerSettings(images={"nginx": Image.NEVER_PULLS})
    async with open_plane(settings) as plane:
        await plane.create(PODS, pod("p", image="nginx:1"))
        await plane.create(PODS, pod("q", image="fail:1"))
        await trio.sleep(1)

        assert await waiting(plane) == "ErrImagePull"
        assert ready_since(await plane.get(PODS, "q")) == ["True"]


async def test_pods_have_addresses_of_their_own_and_their_nodes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        for number in range(6):
            await plane.create(PODS, pod(f"p{number}"))
        await trio.sleep(1)

        pods = await plane.all(PODS)
        nodes = {node["metadata"]["name"]: node for node in await plane.all("v1/nodes", "")}
        assert len({one["status"]["podIP"] for one in pods}) == 6
        for one in pods:
            addresses = nodes[one["spec"]["nodeName"]]["status"]["addresses"]
            assert one["status"]["hostIP"] == addresses[0]["address"]


async def test_each_write_is_made_as_the_pods_node(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod())
        await trio.sleep(1)
        node = (await plane.get(PODS, "p"))["spec"]["nodeName"]
        await plane.user.delete(PODS, NS, "p")
        await trio.sleep(1)

        users = [entry.user for entry in plane.cluster.journal.commits if entry.name == "p"]
        assert users[0] == "user"
        assert users[1] == "system:kube-scheduler"
        assert users[2] == f"system:node:{node}"
        assert users[-1] == f"system:node:{node}"


async def test_a_pod_keeps_its_address_however_often_it_crashes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod(image="crash:1"))
        await trio.sleep(100)

        commits = [c.object for c in plane.cluster.journal.commits if c.name == "p"]
        addresses = {one["status"]["podIP"] for one in commits if "podIP" in one.get("status", {})}
        assert len(addresses) == 1
