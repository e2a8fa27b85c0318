import random
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from provider.kubernetes.framing import WatchEvent
from provider.kubernetes.kinds import NAMESPACE, POD, SERVICE, ObjectKey
from provider.kubernetes.store import Store
from provider.kubernetes.stored import MalformedError
from provider.kubernetes.table import GRAVES_MAX
from tests.unit.kubernetes.server import pod


def namespace_of(kind, obj) -> str:
    return obj["metadata"].get("namespace", "")


@pytest.fixture
def store() -> Store:
    return Store(namespace_of, (POD,))


def key(name: str, namespace: str = "ns") -> ObjectKey:
    return ObjectKey(POD, namespace, name)


def observe(store: Store, event: str, name: str, version: int, **extra: Any) -> None:
    store.observe(POD, WatchEvent(event, pod(name, version, **extra)))


def listed(store: Store, *pods: dict[str, Any], version: int, as_of: float = 0.0) -> None:
    store.replace(POD, [store.entry(POD, one) for one in pods], str(version), as_of=as_of)


def versions(store: Store) -> dict[str, str]:
    return {one.key.name: one.resource_version for one in store.all(POD)}


async def test_an_object_is_kept_as_bytes_and_a_few_fields(store):
    obj = pod("a", 5, generation=3, labels={"x": "y"}, deletionTimestamp="2026-01-01T00:00:00Z")
    listed(store, obj, version=9)

    stored = store.get(key("a"))

    assert stored is not None
    assert (stored.key, stored.uid, stored.resource_version) == (key("a"), "uid-a", "5")
    assert (stored.generation, stored.deleting, stored.labels) == (3, True, {"x": "y"})
    assert stored.decode() == obj
    assert b": " not in stored.raw


async def test_objects_are_found_by_lease_in_order_of_their_keys(store):
    listed(
        store,
        *(pod(name, 1, namespace=place) for place in ("two", "one") for name in ("b", "a")),
        version=9,
    )

    assert [one.key for one in store.select(POD, "one")] == [key("a", "one"), key("b", "one")]
    assert store.select(POD, "three") == ()
    assert [one.key.namespace for one in store.all(POD)] == ["one", "one", "two", "two"]


async def test_cluster_scoped_objects_have_no_namespace():
    store = Store(lambda kind, obj: obj["metadata"]["name"], (NAMESPACE,))
    obj = {"metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}}
    store.observe(NAMESPACE, WatchEvent("ADDED", obj))

    assert store.get(ObjectKey(NAMESPACE, "", "a")) is not None
    assert len(store.select(NAMESPACE, "a")) == 1


async def test_events_change_what_is_known(store):
    listed(store, pod("a", 5), version=9)
    observe(store, "ADDED", "b", 10)
    observe(store, "MODIFIED", "a", 11)
    assert versions(store) == {"a": "11", "b": "10"}

    observe(store, "DELETED", "a", 12)
    assert versions(store) == {"b": "10"}
    assert store.get(key("a")) is None


async def test_an_own_write_counts_at_once_and_older_events_are_not_believed(store):
    listed(store, pod("a", 5), version=9)
    store.accept(pod("a", 20, labels={"own": "yes"}))

    observe(store, "MODIFIED", "a", 12)
    observe(store, "DELETED", "a", 13)
    assert versions(store) == {"a": "20"}

    observe(store, "MODIFIED", "a", 20)
    observe(store, "MODIFIED", "a", 21)
    assert versions(store) == {"a": "21"}


async def test_an_own_write_older_than_what_was_seen_is_not_taken_in(store):
    listed(store, pod("a", 5), version=9)
    observe(store, "MODIFIED", "a", 30)
    store.accept(pod("a", 20))

    assert versions(store) == {"a": "30"}


async def test_a_list_older_than_an_own_write_does_not_undo_it(store):
    store.accept(pod("a", 20))
    store.accept(pod("new", 21))
    listed(store, pod("a", 5), version=19)
    assert versions(store) == {"a": "20", "new": "21"}

    listed(store, pod("a", 20), version=25)
    assert versions(store) == {"a": "20"}


async def test_what_was_deleted_is_not_brought_back_by_anything_older(store):
    listed(store, pod("a", 5), version=9)
    observe(store, "DELETED", "a", 12)

    observe(store, "MODIFIED", "a", 11)
    store.accept(pod("a", 10))
    listed(store, pod("a", 5), version=8)
    assert versions(store) == {}

    observe(store, "ADDED", "a", 15)
    assert versions(store) == {"a": "15"}


async def test_a_deletion_is_remembered_also_of_what_was_never_seen(store):
    observe(store, "DELETED", "a", 12)
    store.accept(pod("a", 11))

    assert versions(store) == {}


async def test_what_a_list_lacks_is_gone_and_stays_gone(store):
    listed(store, pod("a", 5), pod("b", 6), version=9)
    listed(store, pod("b", 6), version=12)
    assert versions(store) == {"b": "6"}

    observe(store, "MODIFIED", "a", 11)
    assert versions(store) == {"b": "6"}


async def test_only_so_many_deletions_are_remembered(store):
    for number in range(GRAVES_MAX + 1):
        observe(store, "DELETED", f"p{number}", number + 10)

    store.accept(pod("p0", 1))
    store.accept(pod("p1", 1))
    assert versions(store) == {"p0": "1"}


async def test_an_object_that_moves_to_another_lease_is_found_there_only():
    store = Store(lambda kind, obj: obj["metadata"]["labels"]["lease"], (POD,))
    woken: list[str] = []
    for lease in ("one", "two"):
        store.subscribe(lease, lambda lease=lease: woken.append(lease))

    store.accept(pod("a", 1, labels={"lease": "one"}))
    store.accept(pod("a", 2, labels={"lease": "two"}))

    assert store.select(POD, "one") == ()
    assert len(store.select(POD, "two")) == 1
    assert woken == ["one", "one", "two"]


async def test_subscribers_hear_of_changes_to_their_lease_only(store):
    woken: list[str] = []

    def wake() -> None:
        woken.append("!")

    store.subscribe("ns", wake)
    observe(store, "ADDED", "a", 5)
    observe(store, "ADDED", "a", 5, namespace="elsewhere")
    observe(store, "BOOKMARK", "a", 6)
    observe(store, "MODIFIED", "a", 5)
    assert len(woken) == 1

    listed(store, pod("a", 5), version=9)
    assert len(woken) == 1

    listed(store, version=10)
    assert len(woken) == 2

    store.unsubscribe("ns", wake)
    observe(store, "ADDED", "a", 15)
    assert len(woken) == 2
    assert store.statistics().subscriptions == 0


async def test_an_event_costs_the_same_however_many_leases_subscribe(store):
    woken: list[int] = []
    for number in range(1000):
        store.subscribe(f"ns-{number}", lambda number=number: woken.append(number))
    observe(store, "ADDED", "a", 5, namespace="ns-7")

    assert woken == [7]


async def test_the_stamp_is_the_time_of_the_last_list_event_or_bookmark(store, autojump_clock):
    assert store.stamp(POD) is None
    store.accept(pod("own", 50))
    assert store.stamp(POD) is None

    listed(store, version=9, as_of=trio.current_time())
    first = store.stamp(POD)
    assert first == trio.current_time()

    await trio.sleep(10)
    store.accept(pod("own", 51))
    assert store.stamp(POD) == first

    observe(store, "ADDED", "a", 10)
    assert store.stamp(POD) == first + 10

    await trio.sleep(60)
    observe(store, "BOOKMARK", "", 70)
    assert (store.stamp(POD), store.position(POD)) == (first + 70, "70")


async def test_a_stale_list_or_a_repeated_event_does_not_freshen_the_stamp(store, autojump_clock):
    listed(store, version=9, as_of=trio.current_time())
    observe(store, "ADDED", "a", 20)
    stamp = store.stamp(POD)
    await trio.sleep(10)

    observe(store, "ADDED", "b", 19)
    listed(store, pod("a", 20), pod("b", 19), version=19, as_of=trio.current_time())
    assert store.stamp(POD) == stamp
    assert store.position(POD) == "20"
    assert versions(store) == {"a": "20", "b": "19"}


async def test_kinds_that_nobody_watches_are_not_kept(store):
    store.accept(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "1"},
        }
    )

    assert store.get(ObjectKey(SERVICE, "ns", "a")) is None


async def test_waiting_for_the_first_lists(nursery):
    store = Store(namespace_of, (POD, SERVICE))
    synced: list[str] = []

    async def wait() -> None:
        await store.wait_synced()
        synced.append("!")

    nursery.start_soon(wait)
    store.replace(POD, [], "1", as_of=0.0)
    await wait_all_tasks_blocked()
    assert (store.synced((POD,)), store.synced((POD, SERVICE)), synced) == (True, False, [])

    store.replace(SERVICE, [], "1", as_of=0.0)
    await wait_all_tasks_blocked()
    assert (store.synced((POD, SERVICE)), synced) == (True, ["!"])


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"name": "a", "uid": "u"},
        {"name": "a", "resourceVersion": "1"},
        {"name": "a", "uid": "u", "resourceVersion": "x"},
        {"uid": "u", "resourceVersion": "1"},
    ],
)
async def test_what_is_no_object_is_refused_and_changes_nothing(store, metadata):
    with pytest.raises(MalformedError):
        store.observe(POD, WatchEvent("ADDED", {"kind": "Pod", "metadata": metadata}))

    assert versions(store) == {}


async def test_statistics_tell_sizes(store):
    listed(store, pod("a", 5), pod("b", 6), version=9)

    one = store.statistics().kinds[POD]
    assert (one.objects, one.stamp) == (2, 0.0)
    assert one.bytes == sum(len(stored.raw) for stored in store.all(POD))


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_the_order_of_news_the_newest_remains(store, seed):
    rng = random.Random(seed)
    # The true history of three names: (version, event).
    history: dict[str, list[tuple[int, str]]] = {"a": [], "b": [], "c": []}
    for version in range(1, 60):
        name = rng.choice("abc")
        alive = bool(history[name]) and history[name][-1][1] != "DELETED"
        event = rng.choice(["MODIFIED", "MODIFIED", "DELETED"]) if alive else "ADDED"
        history[name].append((version, event))
    news = [(name, *one) for name, events in history.items() for one in events]
    news += rng.choices(news, k=100)
    rng.shuffle(news)

    for name, version, event in news:
        if event != "DELETED" and rng.random() < 0.3:
            store.accept(pod(name, version))
        else:
            observe(store, event, name, version)

    expected = {
        name: str(events[-1][0]) for name, events in history.items() if events[-1][1] != "DELETED"
    }
    assert versions(store) == expected
