"""A cluster in process with its whole control plane, as the recordings were made on one."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from simulator.controllers.machines import Machines
from simulator.controllers.manager import run_controllers
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.ports import Client
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster

EPOCH = 1_767_225_600.0

RECORDED = ControllerSettings(
    ready_seconds=0.3, stop_seconds=0.2, storage_classes=(), claim_resync_seconds=5.0
)
"""Pretend nodes as in the recordings: no StorageClass, pods ready after 0.3 s, ended after 0.2 s."""


@attrs.frozen
class VirtualClock:
    """Wall time that begins with the test."""

    def now(self) -> float:
        """Seconds since 1970."""
        return EPOCH + trio.current_time()


def as_it_is(client: Client) -> Client:
    """No change."""
    return client


@asynccontextmanager
async def open_cluster(
    *,
    seed: int = 0,
    nodes: int | Sequence[NodeShape] = 3,
    settings: ControllerSettings = RECORDED,
    machines: Machines | None = None,
    through: Callable[[Client], Client] = as_it_is,
) -> AsyncIterator[Cluster]:
    """A cluster whose controllers, each with its client put `through`, run until the block is left."""
    clock = VirtualClock()
    cluster = Cluster(clock, seed)
    bootstrap(cluster)

    def client_for(user: str) -> Client:
        return through(VerbClient(cluster, user))

    async with trio.open_nursery() as nursery:

        async def control_plane(task_status: trio.TaskStatus[None]) -> None:
            await run_controllers(
                client_for,
                clock=clock,
                rng=random.Random(f"{seed}/controllers"),
                nodes=nodes,
                settings=settings,
                machines=machines,
                task_status=task_status,
            )

        await nursery.start(control_plane, name="control plane")
        yield cluster
        nursery.cancel_scope.cancel(reason="the test has seen enough")
