"""The whole control plane: quiet at rest, the same each time, and not to be stopped by refusals."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from simulator import deterministic, failures
from simulator.controllers.manager import run_controllers
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.ports import Client, Refused, WatchEvent
from tests.behaviour.cluster import VirtualClock
from tests.unit.controllers.planes import (
    APPS,
    NS,
    PODS,
    Plane,
    deployment,
    open_plane,
    stateful_set,
)

SERVICE = {
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


async def deploy(plane: Plane) -> None:
    await plane.create(f"{APPS}/deployments", deployment(3))
    await plane.create(f"{APPS}/statefulsets", stateful_set(2, storage="beta2"))
    await plane.create("v1/services", SERVICE)


async def settled(plane: Plane) -> bool:
    web = await plane.get(f"{APPS}/deployments", "web")
    db = await plane.get(f"{APPS}/statefulsets", "db")
    slices = await plane.all("discovery.k8s.io/v1/endpointslices")
    return (
        web.get("status", {}).get("availableReplicas") == 3
        and db.get("status", {}).get("availableReplicas") == 2
        and [len(item.get("endpoints") or ()) for item in slices] == [5]
    )


async def test_a_cluster_at_rest_is_not_written_to(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await deploy(plane)
        await trio.sleep(60)
        assert await settled(plane)
        written = len(plane.cluster.journal.commits)

        await trio.sleep(7 * 86_400)

        assert plane.since(written) == []


async def test_nodes_are_ready_when_the_control_plane_has_started(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(nodes=4) as plane:
        nodes = await plane.all("v1/nodes", "")

        assert [node["metadata"]["name"] for node in nodes] == ["node1", "node2", "node3", "node4"]
        for node in nodes:
            ready = [item for item in node["status"]["conditions"] if item["type"] == "Ready"]
            assert ready[0]["status"] == "True"
            assert not node["spec"].get("taints")
            assert node["metadata"]["labels"]["akash.network"] == "true"
        classes = await plane.names("storage.k8s.io/v1/storageclasses", "")
        assert classes == ["beta1", "beta2", "beta3", "default"]


async def test_a_second_start_takes_over_what_is_there(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await deploy(plane)
        await trio.sleep(60)
        written = len(plane.cluster.journal.commits)

        async with trio.open_nursery() as nursery:

            async def second(task_status: trio.TaskStatus[None]) -> None:
                await run_controllers(
                    lambda _: plane.user,
                    clock=VirtualClock(),
                    rng=random.Random(0),
                    nodes=2,
                    settings=ControllerSettings(),
                    task_status=task_status,
                )

            await nursery.start(second, name="second control plane")
            await trio.sleep(60)
            nursery.cancel_scope.cancel(reason="seen enough")

        assert plane.since(written) == []


def commits(seed: int) -> list[str]:
    """Everything that happens in a cluster of a seed."""

    async def main() -> list[str]:
        async with open_plane(ControllerSettings(), seed=seed) as plane:
            await deploy(plane)
            await trio.sleep(30)
            await plane.user.delete("v1/namespaces", "", NS)
            await trio.sleep(60)
            return [repr(entry) for entry in plane.cluster.journal.commits]

    return deterministic.run(seed, main)


def test_one_seed_gives_one_history() -> None:
    assert commits(3) == commits(3)
    assert commits(3) != commits(4)


@attrs.define
class Lagging:
    """A client that hears of changes two seconds late."""

    inner: Client

    def __getattr__(self, name: str) -> Callable[..., object]:
        return getattr(self.inner, name)  # type: ignore[no-any-return]

    @asynccontextmanager
    async def watch(
        self, resource: str, *, resource_version: str
    ) -> AsyncIterator[trio.MemoryReceiveChannel[WatchEvent]]:
        sender, receiver = trio.open_memory_channel[WatchEvent](1)
        async with (
            trio.open_nursery() as nursery,
            self.inner.watch(resource, resource_version=resource_version) as events,
        ):

            async def delay() -> None:
                async for event in events:
                    await trio.sleep(2)
                    await sender.send(event)

            nursery.start_soon(delay, name=f"late {resource}")
            yield receiver
            nursery.cancel_scope.cancel(reason="the reader has left")


async def test_controllers_that_hear_late_neither_repeat_themselves_nor_fill_a_node_twice(
    autojump_clock: trio.testing.MockClock,
) -> None:
    def through(client: Client) -> Client:
        return Lagging(client)  # type: ignore[return-value]

    settings = ControllerSettings(node=NodeShape(cpu="4"))
    async with open_plane(settings, nodes=3, through=through) as plane:
        await trio.sleep(10)
        web = deployment(3)
        container = web["spec"]["template"]["spec"]["containers"][0]
        container["resources"] = {"requests": {"cpu": "3"}}
        await plane.create(f"{APPS}/deployments", web)
        await trio.sleep(120)

        made = [
            entry
            for entry in plane.cluster.journal.commits
            if entry.resource == PODS and entry.type == "ADDED"
        ]
        nodes = [pod["spec"]["nodeName"] for pod in await plane.all(PODS)]
        assert len(made) == 3
        assert sorted(nodes) == ["node1", "node2", "node3"]


@attrs.define
class Chance:
    """When requests are refused."""

    rng: random.Random
    until: float = 0.0
    """Trio's time after which none is."""

    def strikes(self) -> bool:
        return trio.current_time() < self.until and self.rng.random() < 0.3


@attrs.define
class Refusing:
    """A client whose requests are refused by chance, each in one of the ways a real server does."""

    inner: Client
    chance: Chance

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.inner, name)
        if name == "watch":
            return method  # type: ignore[no-any-return]

        async def call(*args: object, **kwargs: object) -> object:
            if self.chance.strikes():
                await trio.lowlevel.checkpoint()
                raise self.chance.rng.choice(REFUSALS)
            return await method(*args, **kwargs)

        return call


def refusal(code: int, reason: str) -> Refused:
    return failures.failure(code, reason, "by chance")


REFUSALS = [
    refusal(409, "Conflict"),
    refusal(429, "TooManyRequests"),
    refusal(500, "InternalError"),
    refusal(504, "Timeout"),
]


@pytest.mark.parametrize("seed", range(6))
def test_refusals_delay_a_control_plane_and_do_not_stop_it(seed: int) -> None:
    async def main() -> None:
        chance = Chance(random.Random(seed))

        def through(client: Client) -> Client:
            return Refusing(client, chance)  # type: ignore[return-value]

        # A control plane that may not make its nodes does not start; it is refused from then on.
        async with open_plane(ControllerSettings(), seed=seed, through=through) as plane:
            chance.until = trio.current_time() + 30
            await deploy(plane)
            with trio.fail_after(600):
                while not await settled(plane):
                    await trio.sleep(1)
            assert len(await plane.names(PODS)) == 5

            chance.until = trio.current_time() + 30
            await plane.user.delete("v1/namespaces", "", NS)
            with trio.fail_after(600):
                while await plane.exists("v1/namespaces", NS, ""):
                    await trio.sleep(1)
            await trio.sleep(60)
            assert await plane.names(PODS, "") == []
            assert await plane.names("v1/persistentvolumes", "") == []

    deterministic.run(seed, main)
