"""An informer's cache is what the server has, whatever becomes of its watches."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from simulator import failures
from simulator.controllers.informer import Informer
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from simulator.ports import Client, WatchEvent
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from tests.behaviour.cluster import VirtualClock

SECRETS = "v1/configmaps"


def config_map(name: str, **more: object) -> JSONObject:
    return {"metadata": {"name": name, **more}}


@attrs.define
class Faulty:
    """A client whose lists are refused, and whose watches say nothing, for so many times."""

    inner: VerbClient
    refused_lists: int = 0
    silent_watches: int = 0
    watched: int = 0

    async def list(self, resource: str, namespace: str = "") -> object:
        if self.refused_lists:
            self.refused_lists -= 1
            raise failures.failure(500, "InternalError", "not now")
        return await self.inner.list(resource, namespace)

    @asynccontextmanager
    async def watch(
        self, resource: str, namespace: str = "", *, resource_version: str
    ) -> AsyncIterator[trio.MemoryReceiveChannel[WatchEvent]]:
        self.watched += 1
        if self.silent_watches:
            self.silent_watches -= 1
            sender, receiver = trio.open_memory_channel[WatchEvent](1)
            async with receiver:
                with sender:
                    await trio.sleep(10)
                    status = failures.too_old(1, 2).status
                    await sender.send(WatchEvent("ERROR", status))
                yield receiver
        else:
            async with self.inner.watch(
                resource, namespace, resource_version=resource_version
            ) as events:
                yield events


@asynccontextmanager
async def open_informer(
    client_of: Callable[[VerbClient], object] = lambda client: client,
) -> AsyncIterator[tuple[Informer, Client, list[tuple[str, str]]]]:
    """An informer of ConfigMaps, a client to change them, and what its handler was told."""
    cluster = Cluster(VirtualClock())
    bootstrap(cluster)
    user = VerbClient(cluster, "user")
    await user.create(SECRETS, "default", config_map("first"))
    informer = Informer(SECRETS, client_of(user), ControllerSettings())  # type: ignore[arg-type]
    told: list[tuple[str, str]] = []

    def handle(before: JSONObject | None, after: JSONObject | None) -> None:
        what = "deleted" if after is None else "added" if before is None else "changed"
        told.append((what, (after or before or {})["metadata"]["name"]))

    informer.subscribe(handle)
    async with trio.open_nursery() as nursery:
        await nursery.start(informer.run, name="informer")
        yield informer, user, told
        nursery.cancel_scope.cancel(reason="seen enough")


async def test_a_cache_is_filled_when_it_has_started_and_follows_changes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer() as (informer, user, told):
        assert informer.get(("default", "first")) is not None

        await user.create(SECRETS, "default", config_map("second"))
        await user.patch(SECRETS, "default", "second", {"data": {"key": "value"}})
        await user.delete(SECRETS, "default", "first")
        await trio.sleep(0.1)

        assert [item["metadata"]["name"] for item in informer] == ["second"]
        assert told == [
            ("added", "first"),
            ("added", "second"),
            ("changed", "second"),
            ("deleted", "first"),
        ]


async def test_an_own_write_is_known_at_once_and_told_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer() as (informer, user, told):
        informer.accept(await user.create(SECRETS, "default", config_map("own")))

        assert informer.get(("default", "own")) is not None
        await trio.sleep(0.1)
        assert told.count(("added", "own")) == 1


async def test_the_answer_of_a_write_does_not_bring_back_what_has_gone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer() as (informer, user, _):
        answer = await user.create(SECRETS, "default", config_map("brief"))
        await user.delete(SECRETS, "default", "brief")
        await trio.sleep(0.1)

        informer.accept(answer)

        assert informer.get(("default", "brief")) is None


async def test_an_object_made_anew_under_its_name_is_told_as_gone_and_come(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer() as (informer, user, told):
        del told[:]
        await user.delete(SECRETS, "default", "first")
        informer.accept(await user.create(SECRETS, "default", config_map("first")))
        await trio.sleep(0.1)

        assert told == [("deleted", "first"), ("added", "first")]


async def test_what_was_missed_while_a_watch_was_lost_is_told_after_the_next_list(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer(lambda client: Faulty(client, silent_watches=1)) as (
        informer,
        user,
        told,
    ):
        await user.create(SECRETS, "default", config_map("second"))
        await user.delete(SECRETS, "default", "first")
        await trio.sleep(9)
        assert told == [("added", "first")]

        await trio.sleep(2)

        assert sorted(told[1:]) == [("added", "second"), ("deleted", "first")]
        await user.create(SECRETS, "default", config_map("third"))
        await trio.sleep(0.1)
        assert informer.get(("default", "third")) is not None


async def test_refused_lists_are_tried_again_with_growing_pauses(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer(lambda client: Faulty(client, refused_lists=4)) as (informer, _, _):
        # 0.5 + 1 + 2 + 4 seconds.
        assert trio.current_time() == 7.5
        assert len(informer) == 1


async def test_objects_are_found_by_namespace_and_by_owner(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_informer() as (informer, user, _):
        owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u-1"}
        owned = config_map("owned", ownerReferences=[owner])
        await user.create(SECRETS, "kube-system", owned)
        await trio.sleep(0.1)

        (found,) = informer.owned_by("u-1")
        assert found in informer.in_namespace("kube-system")
        assert [item["metadata"]["name"] for item in informer.in_namespace("default")] == ["first"]

        await user.patch(SECRETS, "kube-system", "owned", {"metadata": {"ownerReferences": None}})
        await trio.sleep(0.1)
        assert informer.owned_by("u-1") == ()
