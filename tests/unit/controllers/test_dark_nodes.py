"""Nodes that go dark and come back, are removed, and what becomes of their pods."""

import trio

from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, PODS, Plane, deployment, open_plane, pod

GRACE = 50
STAY = 300


async def node_of(plane: Plane, name: str) -> str:
    return str((await plane.get(PODS, name))["spec"]["nodeName"])


def status_of(obj: JSONObject, kind: str) -> str:
    found = [c["status"] for c in obj["status"]["conditions"] if c["type"] == kind]
    return str(found[0]) if found else ""


async def taints_of(plane: Plane, name: str) -> set[tuple[str, str]]:
    node = await plane.get("v1/nodes", name, "")
    return {(t["key"].rpartition("/")[2], t["effect"]) for t in node["spec"].get("taints", ())}


async def test_a_silent_node_becomes_unknown_after_its_grace_and_its_pods_unready(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=3) as plane:
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        name = await node_of(plane, "p")
        plane.fleet.go_dark(name)

        await trio.sleep(GRACE - 1)
        assert status_of(await plane.get("v1/nodes", name, ""), "Ready") == "True"
        assert status_of(await plane.get(PODS, "p"), "Ready") == "True"
        await trio.sleep(2)

        assert status_of(await plane.get("v1/nodes", name, ""), "Ready") == "Unknown"
        assert await taints_of(plane, name) == {
            ("unreachable", "NoSchedule"),
            ("unreachable", "NoExecute"),
        }
        one = await plane.get(PODS, "p")
        assert (status_of(one, "Ready"), status_of(one, "ContainersReady")) == ("False", "True")
        assert one["status"]["phase"] == "Running"
        assert "NodeNotReady" in await plane.reasons()
        assert "deletionTimestamp" not in one["metadata"]


async def test_pods_of_a_dark_node_are_evicted_but_stay_until_it_is_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=3) as plane:
        await plane.create(f"{APPS}/deployments", deployment(replicas=1))
        await trio.sleep(2)
        (lost,) = await plane.names(PODS)
        name = await node_of(plane, lost)
        plane.fleet.go_dark(name)

        await trio.sleep(GRACE + STAY - 3)
        assert await plane.names(PODS) == [lost]
        await trio.sleep(10)

        evicted = await plane.get(PODS, lost)
        assert "deletionTimestamp" in evicted["metadata"]
        reasons = [c.get("reason") for c in evicted["status"]["conditions"]]
        assert "DeletionByTaintManager" in reasons
        (other,) = set(await plane.names(PODS)) - {lost}
        assert await node_of(plane, other) != name
        assert status_of(await plane.get(PODS, other), "Ready") == "True"

        await trio.sleep(3600)
        assert lost in await plane.names(PODS)
        plane.fleet.come_back(name)
        await trio.sleep(2)
        assert await plane.names(PODS) == [other]
        assert status_of(await plane.get("v1/nodes", name, ""), "Ready") == "True"
        assert await taints_of(plane, name) == set()


async def test_a_node_that_is_back_in_time_keeps_its_pods(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=3) as plane:
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        name = await node_of(plane, "p")
        plane.fleet.go_dark(name)
        await trio.sleep(GRACE + STAY - 10)
        assert status_of(await plane.get(PODS, "p"), "Ready") == "False"

        plane.fleet.come_back(name)
        await trio.sleep(3600)

        assert status_of(await plane.get(PODS, "p"), "Ready") == "True"
        assert "deletionTimestamp" not in (await plane.get(PODS, "p"))["metadata"]
        events = [c.object for c in plane.cluster.journal.commits if c.resource == "v1/events"]
        assert f"Cancelling deletion of Pod {NS}/p" in [event["message"] for event in events]


async def test_a_short_darkness_is_not_noticed(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=3) as plane:
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        name = await node_of(plane, "p")
        written = len(plane.cluster.journal.commits)

        plane.fleet.go_dark(name)
        await trio.sleep(GRACE - 5)
        plane.fleet.come_back(name)
        await trio.sleep(3600)

        assert len(plane.cluster.journal.commits) == written


async def test_when_all_nodes_are_dark_no_pod_is_evicted(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=2) as plane:
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        for name in ("node1", "node2"):
            plane.fleet.go_dark(name)

        await trio.sleep(86_400)

        assert "deletionTimestamp" not in (await plane.get(PODS, "p"))["metadata"]
        assert await taints_of(plane, "node1") == {("unreachable", "NoSchedule")}


async def test_nothing_begins_or_ends_on_a_dark_node(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=1) as plane:
        await plane.create(PODS, pod("old"))
        await trio.sleep(1)
        plane.fleet.go_dark("node1")
        await plane.create(PODS, pod("new"))
        await plane.user.delete(PODS, NS, "old")
        await trio.sleep(20)

        assert (await plane.get(PODS, "new"))["status"]["phase"] == "Pending"
        assert await plane.names(PODS) == ["new", "old"]
        plane.fleet.come_back("node1")
        await trio.sleep(1)
        assert await plane.names(PODS) == ["new"]
        assert status_of(await plane.get(PODS, "new"), "Ready") == "True"


async def test_a_dark_node_is_a_quiet_one(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=3) as plane:
        plane.fleet.go_dark("node1")
        await trio.sleep(600)
        written = len(plane.cluster.journal.commits)
        await trio.sleep(86_400)
        assert len(plane.cluster.journal.commits) == written


async def test_an_annotation_turns_a_node_dark_and_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=2) as plane:
        for value, ready in (("true", "Unknown"), (None, "True")):
            patch = {"metadata": {"annotations": {"simulator.akash.network/dark": value}}}
            await plane.user.patch("v1/nodes", "", "node1", patch)
            await trio.sleep(GRACE + 2)
            assert status_of(await plane.get("v1/nodes", "node1", ""), "Ready") == ready


async def test_a_removed_nodes_pods_go_after_a_while(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=1) as plane:
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        await plane.fleet.remove("node1")

        await trio.sleep(38)
        assert await plane.names(PODS) == ["p"]
        await trio.sleep(3)
        assert await plane.names(PODS) == []


async def test_a_node_that_was_added_takes_what_waits(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=1) as plane:
        await plane.fleet.cordon("node1")
        await trio.sleep(1)
        assert await taints_of(plane, "node1") == {("unschedulable", "NoSchedule")}
        await plane.create(PODS, pod("p"))
        await trio.sleep(1)
        waiting = await plane.get(PODS, "p")
        assert status_of(waiting, "PodScheduled") == "False"

        assert await plane.fleet.add() == "node2"
        await trio.sleep(1)

        assert await node_of(plane, "p") == "node2"
        await plane.fleet.uncordon("node1")
        await trio.sleep(1)
        assert await taints_of(plane, "node1") == set()


async def test_a_drained_nodes_pods_come_up_elsewhere(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=2) as plane:
        await plane.create(f"{APPS}/deployments", deployment(replicas=4))
        await trio.sleep(2)

        await plane.fleet.drain("node1")
        await trio.sleep(3)

        assert {one["spec"]["nodeName"] for one in await plane.all(PODS)} == {"node2"}
        assert len(await plane.names(PODS)) == 4


async def test_a_slow_kubelet_takes_its_time(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=1) as plane:
        plane.fleet.slow_down("node1", 100)
        await plane.create(PODS, pod("p"))

        await trio.sleep(29)
        assert (await plane.get(PODS, "p"))["status"]["phase"] == "Pending"
        await trio.sleep(2)
        assert status_of(await plane.get(PODS, "p"), "Ready") == "True"


async def test_a_kubelet_that_is_no_longer_slow_takes_no_longer(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=1) as plane:
        plane.fleet.slow_down("node1", 1000)
        await plane.create(PODS, pod("p"))
        await trio.sleep(5)
        assert (await plane.get(PODS, "p"))["status"]["phase"] == "Pending"

        plane.fleet.slow_down("node1", 1)
        await trio.sleep(2)
        assert status_of(await plane.get(PODS, "p"), "Ready") == "True"


async def test_a_node_that_beats_does_so_until_it_is_dark(
    autojump_clock: trio.testing.MockClock,
) -> None:
    leases = "coordination.k8s.io/v1/leases"
    settings = ControllerSettings(jitter=0.0, heartbeat_seconds=10.0)
    async with open_plane(settings, nodes=2) as plane:

        async def renewed(name: str) -> str:
            lease = await plane.get(leases, name, "kube-node-lease")
            assert lease["spec"]["holderIdentity"] == name
            return str(lease["spec"]["renewTime"])

        before = [await renewed("node1"), await renewed("node2")]
        plane.fleet.go_dark("node1")
        await trio.sleep(25)
        assert await renewed("node1") == before[0]
        assert await renewed("node2") > before[1]

        plane.fleet.come_back("node1")
        await trio.sleep(11)
        assert await renewed("node1") > before[0]
        await plane.fleet.remove("node2")
        await trio.sleep(11)
        assert await plane.names(leases, "kube-node-lease") == ["node1"]
