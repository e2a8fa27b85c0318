"""
The control plane as a process that can be stopped, slowed down, killed and started again.

What acts in it is known by its user: `system:kube-scheduler`, `system:node:node1`,
`system:serviceaccount:kube-system:deployment-controller`; all caches together are
`system:kube-controller-manager`, whose watches fall behind when it is held. A user that is held decides
nothing new: its next request waits, and is then carried out on what was known when it was made, as
by a process that was suspended.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from simulator.controllers.machines import Machines
from simulator.controllers.manager import run_controllers
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Clock, WatchEvent


def _no_age(_revision: int) -> float:
    return 0.0


@attrs.define(eq=False)
class Hold:
    """What keeps some users from acting; ended by `ControlPlane.let_go`."""

    user: str
    """The beginning of their names."""
    seconds: float | None
    """How long each request waits; None for until it is released."""
    on_held: Callable[[], None] | None = None
    """Called for each request and event that it holds."""
    released: trio.Event = attrs.field(init=False, factory=trio.Event)


@attrs.define(eq=False)
class ControlPlane:
    """Controllers, scheduler and kubelets of one cluster; `start` before anything else."""

    client_for: Callable[[str], Client]
    clock: Clock
    rng: random.Random
    nodes: Sequence[NodeShape]
    """What joins when it is started for the first time."""
    settings: ControllerSettings
    machines: Machines
    nursery: trio.Nursery
    """Where it lives."""
    age_seconds: Callable[[int], float] = _no_age
    """How long ago a revision was made."""
    _holds: list[Hold] = attrs.field(init=False, factory=list)
    _fired: Counter[str] = attrs.field(init=False, factory=Counter)
    _scope: trio.CancelScope | None = attrs.field(init=False, default=None)
    _ended: trio.Event = attrs.field(init=False, factory=trio.Event)

    @property
    def is_running(self) -> bool:
        """Whether there is a control plane."""
        return self._scope is not None

    async def start(self) -> None:
        """Start it, knowing nothing of an earlier life; returns once its caches are filled."""
        assert self._scope is None, "there is one already"
        await self.nursery.start(self._run, name="control plane")

    async def kill(self) -> None:
        """End it in the middle of whatever it does; returns once nothing of it is left."""
        assert self._scope is not None, "there is none"
        self._scope.cancel(reason="the control plane is killed")
        await self._ended.wait()

    def pause(self, user: str = "", on_held: Callable[[], None] | None = None) -> Hold:
        """Hold users whose names begin so, all by default, until they are released."""
        return self._add(Hold(user, None, on_held))

    def lag(
        self, seconds: float, user: str = "", on_held: Callable[[], None] | None = None
    ) -> Hold:
        """
        Let every request of such users, and every event that they watch for, take so much longer.

        All controllers watch through the same caches: their events are late when all of them lag, or
        `system:kube-controller-manager`.
        """
        return self._add(Hold(user, seconds, on_held))

    def let_go(self, hold: Hold) -> None:
        """End one pause or lag, unless it has ended."""
        hold.released.set()
        if hold in self._holds:
            self._holds.remove(hold)

    def release(self) -> None:
        """End every pause and lag."""
        for hold in tuple(self._holds):
            self.let_go(hold)

    def _add(self, hold: Hold) -> Hold:
        self._holds.append(hold)
        return hold

    @property
    def fired(self) -> Mapping[str, int]:
        """How many requests and events were held, by the beginning of the user's name."""
        return dict(self._fired)

    @property
    def is_holding(self) -> bool:
        """Whether anybody is held."""
        return bool(self._holds)

    async def hold(self, user: str, age_seconds: float = 0.0) -> None:
        """
        Wait for as long as a user is held.

        Args:
            user: the whole name.
            age_seconds: how long an event has been there, so that a row of events is late once, not
                once more for each; 0 for a request.
        """
        for hold in tuple(self._holds):
            if not user.startswith(hold.user) or hold.released.is_set():
                continue
            self._fired[hold.user] += 1
            if hold.on_held is not None:
                hold.on_held()
            if hold.seconds is None:
                await hold.released.wait()
            else:
                with trio.move_on_after(max(hold.seconds - age_seconds, 0.0)):
                    await hold.released.wait()

    async def _run(  # noqa: ASYNC128  # the controllers tell when they have started
        self, *, task_status: trio.TaskStatus[None]
    ) -> None:
        self._ended = trio.Event()
        nodes, self.nodes = self.nodes, ()
        with trio.CancelScope() as scope:
            self._scope = scope
            try:
                await run_controllers(
                    partial(_HeldClient, self),
                    clock=self.clock,
                    rng=self.rng,
                    nodes=nodes,
                    settings=self.settings,
                    machines=self.machines,
                    task_status=task_status,
                )
            finally:
                self._scope = None
                self._ended.set()


class _HeldClient(Client):
    """A user's client; each of its requests may be held."""

    def __init__(self, plane: ControlPlane, user: str) -> None:
        self._plane = plane
        self._user = user
        self._client = plane.client_for(user)

    async def get(self, resource: str, namespace: str, name: str) -> JSONObject:
        await self._plane.hold(self._user)
        return await self._client.get(resource, namespace, name)

    async def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
    ) -> tuple[Sequence[JSONObject], str]:
        await self._plane.hold(self._user)
        return await self._client.list(
            resource, namespace, label_selector=label_selector, field_selector=field_selector
        )

    async def create(self, resource: str, namespace: str, obj: JSONObject) -> JSONObject:
        await self._plane.hold(self._user)
        return await self._client.create(resource, namespace, obj)

    async def update(
        self, resource: str, namespace: str, name: str, obj: JSONObject, *, subresource: str = ""
    ) -> JSONObject:
        await self._plane.hold(self._user)
        return await self._client.update(resource, namespace, name, obj, subresource=subresource)

    async def patch(
        self,
        resource: str,
        namespace: str,
        name: str,
        patch: Mapping[str, object],
        *,
        subresource: str = "",
    ) -> JSONObject:
        await self._plane.hold(self._user)
        return await self._client.patch(resource, namespace, name, patch, subresource=subresource)

    async def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        grace_seconds: int | None = None,
        propagation: str = "",
    ) -> JSONObject:
        await self._plane.hold(self._user)
        return await self._client.delete(
            resource,
            namespace,
            name,
            uid=uid,
            resource_version=resource_version,
            grace_seconds=grace_seconds,
            propagation=propagation,
        )

    @asynccontextmanager
    async def watch(
        self, resource: str, namespace: str = "", *, resource_version: str, label_selector: str = ""
    ) -> AsyncIterator[AsyncIterator[WatchEvent]]:
        await self._plane.hold(self._user)
        async with self._client.watch(
            resource,
            namespace,
            resource_version=resource_version,
            label_selector=label_selector,
        ) as events:
            yield _HeldEvents(self._plane, self._user, events)


@attrs.define(eq=False)
class _HeldEvents(AsyncIterator[WatchEvent]):
    """The events of a watch; while its user is paused or lags, they wait where they are."""

    plane: ControlPlane
    user: str
    events: AsyncIterator[WatchEvent]

    async def __anext__(self) -> WatchEvent:
        event = await anext(self.events)
        if self.plane.is_holding:
            # A watch buffers what its reader leaves: each event lags from its commit on.
            revision = int(event.object["metadata"].get("resourceVersion") or 0)
            await self.plane.hold(self.user, self.plane.age_seconds(revision))
        return event
