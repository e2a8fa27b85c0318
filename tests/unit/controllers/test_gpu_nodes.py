"""Nodes with cards, by their shapes, and pods that want some."""

import trio

from simulator.controllers.settings import NodeShape, gpu_label
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import PODS, Plane, open_plane, pod

A100 = gpu_label("nvidia", "a100", ram="80Gi")
SHAPES = (
    NodeShape(),
    NodeShape(
        extended={"nvidia.com/gpu": "2"},
        allocatable={"cpu": "15500m"},
        labels={"akash.network": "true", A100: "2", gpu_label("nvidia", "a100"): "2"},
    ),
)


def wanting(name: str, cards: int, label: str = A100, **resources: str) -> JSONObject:
    one = pod(name)
    one["spec"]["containers"][0]["resources"] = {
        "limits": {"nvidia.com/gpu": str(cards)},
        "requests": resources,
    }
    term = {"matchExpressions": [{"key": label, "operator": "Gt", "values": ["0"]}]}
    required = {"nodeSelectorTerms": [term]}
    one["spec"]["affinity"] = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}
    }
    return one


async def said(plane: Plane, name: str) -> str:
    conditions = (await plane.get(PODS, name))["status"]["conditions"]
    return str(conditions[0].get("message", ""))


async def test_a_nodes_shape_is_what_it_shows(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=SHAPES) as plane:
        plain, gpus = [await plane.get("v1/nodes", name, "") for name in ("node1", "node2")]

        assert "nvidia.com/gpu" not in plain["status"]["allocatable"]
        assert gpus["status"]["capacity"]["nvidia.com/gpu"] == "2"
        assert gpus["status"]["allocatable"]["cpu"] == "15500m"
        assert gpus["status"]["capacity"]["cpu"] == "16"
        assert gpus["metadata"]["labels"][A100] == "2"
        assert gpus["metadata"]["labels"]["akash.network/capabilities.storage.class.beta2"] == "1"


async def test_cards_are_taken_until_none_is_left(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=SHAPES) as plane:
        for number in range(3):
            await plane.create(PODS, wanting(f"p{number}", 1))
            await trio.sleep(1)

        placed = [one["spec"].get("nodeName") for one in await plane.all(PODS)]
        assert placed == ["node2", "node2", None]
        assert await said(plane, "p2") == (
            "0/2 nodes are available: 1 Insufficient nvidia.com/gpu, "
            "1 node(s) didn't match Pod's node affinity/selector. "
            "no new claims to deallocate, preemption: 0/2 nodes are available: "
            "1 No preemption victims found for incoming pod, "
            "1 Preemption is not helpful for scheduling."
        )
        await plane.user.delete(PODS, "tenant", "p0")
        await trio.sleep(1)
        assert (await plane.get(PODS, "p2"))["spec"]["nodeName"] == "node2"


async def test_a_card_that_fails_is_not_given_away_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=SHAPES) as plane:
        await plane.fleet.offer("node2", {"nvidia.com/gpu": "0"})
        await plane.create(PODS, wanting("p", 1))
        await trio.sleep(1)
        assert "Insufficient nvidia.com/gpu" in await said(plane, "p")

        await plane.fleet.offer("node2", {"nvidia.com/gpu": "1"})
        await trio.sleep(1)
        assert (await plane.get(PODS, "p"))["spec"]["nodeName"] == "node2"


async def test_a_label_that_is_gone_or_zero_attracts_nobody(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=SHAPES) as plane:
        await plane.fleet.label("node2", {A100: "0"})
        await plane.create(PODS, wanting("p", 1))
        await trio.sleep(1)
        assert "2 node(s) didn't match Pod's node affinity/selector" in await said(plane, "p")

        await plane.fleet.label("node2", {A100: None})
        await trio.sleep(1)
        assert "nodeName" not in (await plane.get(PODS, "p"))["spec"]
        await plane.fleet.label("node2", {A100: "2"})
        await trio.sleep(1)
        assert (await plane.get(PODS, "p"))["spec"]["nodeName"] == "node2"


async def test_ephemeral_storage_is_counted(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane(nodes=1) as plane:
        for name in ("a", "b"):
            one = pod(name)
            one["spec"]["containers"][0]["resources"] = {"requests": {"ephemeral-storage": "300Gi"}}
            await plane.create(PODS, one)
            await trio.sleep(1)

        assert "1 Insufficient ephemeral-storage" in await said(plane, "b")


async def test_who_wants_no_card_goes_where_too_many_are_taken(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=SHAPES[1:]) as plane:
        await plane.create(PODS, wanting("p", 2))
        await trio.sleep(1)
        await plane.fleet.offer("node1", {"nvidia.com/gpu": "1"})
        await plane.create(PODS, wanting("q", 0))
        await trio.sleep(1)

        assert (await plane.get(PODS, "q"))["spec"]["nodeName"] == "node1"
