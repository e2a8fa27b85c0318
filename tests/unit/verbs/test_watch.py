"""Watches: where they start, what their selector shows, how they end."""

from collections.abc import Sequence

import pytest
import trio

from simulator.storage.selectors import selector
from simulator.storage.store import Store
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from simulator.verbs.watch import Seen, Watch, WatchOptions
from tests.unit.verbs.asking import Asking
from tests.unit.verbs.conftest import WorldClock

MAPS = "v1/configmaps"


def watch(ask: Asking, options: WatchOptions, namespace: str = "n") -> Watch:
    return Watch(ask.cluster, ask.served(MAPS), namespace, options)


def shown(events: Sequence[Seen]) -> list[tuple[str, str]]:
    return [(event.type, event.version.object["metadata"].get("name", "")) for event in events]


def test_a_watch_shows_what_happened_after_its_revision(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "before")
    followed = watch(ask, WatchOptions(revision=cluster.store.revision))
    assert followed.read() == ()
    ask.create(MAPS, "a")
    ask.merge(MAPS, "a", {"data": {"k": "1"}})
    ask.create("v1/secrets", "s")
    ask.delete(MAPS, "a")
    assert shown(followed.read()) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    assert followed.read() == ()


def test_a_watch_without_a_revision_begins_with_what_there_is(ask: Asking) -> None:
    ask.create(MAPS, "b")
    ask.create(MAPS, "a")
    followed = watch(ask, WatchOptions())
    assert shown(followed.read()) == [("ADDED", "a"), ("ADDED", "b")]
    ask.delete(MAPS, "a")
    assert shown(followed.read()) == [("DELETED", "a")]


def test_initial_events_end_with_a_marked_bookmark(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a")
    options = WatchOptions(revision=1, initial_events=True, bookmarks=True)
    added, bookmark = watch(ask, options).read()
    assert shown([added]) == [("ADDED", "a")]
    assert bookmark.type == "BOOKMARK"
    assert bookmark.version.object["metadata"] == {
        "resourceVersion": str(cluster.store.revision),
        "annotations": {"k8s.io/initial-events-end": "true"},
    }


def test_other_namespaces_do_not_show(ask: Asking, cluster: Cluster) -> None:
    ask.create("v1/namespaces", "m")
    here = watch(ask, WatchOptions(revision=cluster.store.revision))
    everywhere = watch(ask, WatchOptions(revision=cluster.store.revision), "")
    ask.create(MAPS, "a", namespace="m")
    ask.create(MAPS, "b")
    assert shown(here.read()) == [("ADDED", "b")]
    assert shown(everywhere.read()) == [("ADDED", "a"), ("ADDED", "b")]


def test_crossing_the_selector_adds_and_deletes(ask: Asking, cluster: Cluster) -> None:
    chosen = selector("on=y", "")
    followed = watch(ask, WatchOptions(revision=cluster.store.revision, selector=chosen))
    ask.create(MAPS, "a", {"metadata": {"labels": {"on": "n"}}})
    ask.merge(MAPS, "a", {"metadata": {"labels": {"on": "y"}}})
    ask.merge(MAPS, "a", {"data": {"k": "1"}})
    ask.merge(MAPS, "a", {"metadata": {"labels": {"on": "n"}}})
    left = cluster.store.revision
    ask.merge(MAPS, "a", {"data": {"k": "2"}})
    ask.delete(MAPS, "a")
    events = followed.read()
    assert shown(events) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    # Leaving shows the last state that met the selector, at the revision of the change.
    last = events[-1].version.object
    assert last["metadata"]["labels"] == {"on": "y"}
    assert last["metadata"]["resourceVersion"] == str(left)


def test_a_deletion_shows_its_own_revision(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a")
    followed = watch(ask, WatchOptions(revision=cluster.store.revision))
    ask.delete(MAPS, "a")
    (gone,) = followed.read()
    assert gone.version.object["metadata"]["resourceVersion"] == str(cluster.store.revision)


def test_too_old_a_revision_is_an_error_event_and_the_end(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a")
    old = cluster.store.revision
    ask.create(MAPS, "b")
    cluster.store.compact()
    followed = watch(ask, WatchOptions(revision=old))
    (error,) = followed.read_or_error()
    assert (error.type, error.version.object["code"]) == ("ERROR", 410)
    assert error.version.object["reason"] == "Expired"
    assert followed.expired
    assert followed.read_or_error() == ()


async def test_a_running_watch_ends_at_its_timeout(autojump_clock: trio.testing.MockClock) -> None:
    cluster = Cluster(WorldClock())
    bootstrap(cluster)
    served = Asking(cluster).served(MAPS)
    seen: list[Seen] = []

    async def deliver(events: Sequence[Seen]) -> None:
        seen.extend(events)

    await Watch(cluster, served, "", WatchOptions(revision=1, timeout_seconds=300)).run(deliver)
    assert (trio.current_time(), seen) == (300, [])


async def test_bookmarks_come_each_minute_and_before_the_end(
    autojump_clock: trio.testing.MockClock,
) -> None:
    cluster = Cluster(WorldClock())
    bootstrap(cluster)
    ask = Asking(cluster)
    seen: list[tuple[float, str]] = []

    async def deliver(events: Sequence[Seen]) -> None:
        for event in events:
            version = event.version.object["metadata"]["resourceVersion"]
            seen.append((trio.current_time(), f"{event.type} {version}"))

    options = WatchOptions(revision=cluster.store.revision, bookmarks=True, timeout_seconds=150)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch(ask, options, "").run, deliver)
        await trio.sleep(30)
        made = ask.create("v1/namespaces", "elsewhere").object["metadata"]["resourceVersion"]
        await trio.sleep(60)
        mine = ask.create(MAPS, "a", namespace="elsewhere").object["metadata"]["resourceVersion"]
    assert seen == [
        (60, f"BOOKMARK {made}"),
        (90, f"ADDED {mine}"),
        (120, f"BOOKMARK {mine}"),
        (148, f"BOOKMARK {mine}"),
    ]


async def test_a_reader_slower_than_the_history_is_cut_off(
    autojump_clock: trio.testing.MockClock,
) -> None:
    cluster = Cluster(WorldClock(), store=Store(window=5))
    bootstrap(cluster)
    ask = Asking(cluster)
    ask.create("v1/namespaces", "n")
    types: list[str] = []

    async def slowly(events: Sequence[Seen]) -> None:
        types.extend(event.type for event in events)
        await trio.sleep(10)

    async with trio.open_nursery() as nursery:
        options = WatchOptions(revision=cluster.store.revision)
        nursery.start_soon(watch(ask, options).run, slowly)
        await trio.testing.wait_all_tasks_blocked()
        ask.create(MAPS, "first")
        await trio.testing.wait_all_tasks_blocked()
        for number in range(20):
            ask.create(MAPS, f"m{number}")
    assert types == ["ADDED", "ERROR"]


@pytest.mark.parametrize("future", [10_000])
async def test_a_revision_that_has_not_come_is_waited_for_in_silence(
    autojump_clock: trio.testing.MockClock, future: int
) -> None:
    cluster = Cluster(WorldClock())
    bootstrap(cluster)
    seen: list[Seen] = []

    async def deliver(events: Sequence[Seen]) -> None:
        seen.extend(events)

    served = Asking(cluster).served("v1/namespaces")
    options = WatchOptions(revision=future, timeout_seconds=5)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Watch(cluster, served, "", options).run, deliver)
        await trio.testing.wait_all_tasks_blocked()
        Asking(cluster).create("v1/namespaces", "n")
    assert seen == []
