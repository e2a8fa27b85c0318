"""The revisioned store."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.storage.history import Event, ExpiredError
from simulator.storage.store import Store


def config_map(name: str, **data: str) -> JSONObject:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": data}


def put(store: Store, namespace: str, name: str, **data: str) -> Event:
    return store.commit("configmaps", namespace, name, config_map(name, **data))


def names(store: Store, namespace: str = "") -> list[str]:
    return [version.key for version in store.items("configmaps", namespace)]


def test_every_commit_takes_the_next_revision_whatever_the_resource() -> None:
    store = Store()
    first = put(store, "a", "x")
    second = store.commit("secrets", "a", "x", config_map("x"))
    assert (second.revision, store.revision) == (first.revision + 1, second.revision)
    assert second.version.object["metadata"]["resourceVersion"] == str(second.revision)


def test_no_object_ever_has_revision_one_so_that_it_can_mean_create_only() -> None:
    assert put(Store(), "a", "x").revision > 1


def test_items_come_in_the_order_of_namespace_and_name_as_one_key() -> None:
    store = Store()
    for namespace, name in [("b", "x"), ("a", "z"), ("a-b", "m"), ("a", "b")]:
        put(store, namespace, name)
    # etcd compares "a-b/m" with "a/b": "-" sorts before "/".
    assert names(store) == ["a-b/m", "a/b", "a/z", "b/x"]


def test_a_namespace_holds_only_its_own_objects() -> None:
    store = Store()
    for namespace in ("a", "a-b", "a0", "ab"):
        put(store, namespace, "x")
    assert names(store, "a") == ["a/x"]
    assert names(store, "nothing") == []


def test_a_removal_shows_the_last_state_under_a_new_revision() -> None:
    store = Store()
    added = put(store, "a", "x", k="1")
    gone = store.remove("configmaps", "a", "x", config_map("x", k="1"))
    assert (gone.type, gone.version.object["data"]) == ("DELETED", {"k": "1"})
    assert gone.revision == added.revision + 1
    assert store.get("configmaps", "a", "x") is None


def test_an_older_revision_can_be_listed_as_it_was() -> None:
    store = Store()
    put(store, "a", "kept", k="old")
    put(store, "a", "gone")
    then = store.revision
    put(store, "a", "kept", k="new")
    put(store, "a", "later")
    store.remove("configmaps", "a", "gone", config_map("gone"))
    seen = {v.key: v.object["data"] for v in store.items_at("configmaps", "a", then)}
    assert seen == {"a/gone": {}, "a/kept": {"k": "old"}}
    assert store.items_at("configmaps", "b", then) == []


def test_events_after_a_revision_are_those_of_the_resource_in_order() -> None:
    store = Store()
    start = put(store, "a", "x").revision
    put(store, "a", "x", k="1")
    store.commit("secrets", "a", "s", config_map("s"))
    store.remove("configmaps", "a", "x", config_map("x"))
    assert [e.type for e in store.events_after("configmaps", start)] == ["MODIFIED", "DELETED"]


def test_a_compacted_revision_is_expired_for_every_resource() -> None:
    store = Store()
    first = put(store, "a", "x").revision
    put(store, "a", "y")
    store.compact()
    for resource in ("configmaps", "never-seen"):
        with pytest.raises(ExpiredError) as caught:
            store.events_after(resource, first)
        assert (caught.value.asked, caught.value.oldest) == (first, store.revision)
    assert store.events_after("configmaps", store.revision) == ()


def test_history_keeps_at_least_its_window() -> None:
    store = Store(window=5)
    revisions = [put(store, "a", "x", k=str(n)).revision for n in range(50)]
    assert len(store.events_after("configmaps", revisions[-6])) == 5
    with pytest.raises(ExpiredError):
        store.events_after("configmaps", revisions[0])


def test_a_watcher_is_called_in_the_step_of_the_commit_until_it_ends() -> None:
    store = Store()
    seen: list[str] = []
    end = store.subscribe("configmaps", lambda event: seen.append(event.type))
    put(store, "a", "x")
    store.commit("secrets", "a", "x", config_map("x"))
    end()
    put(store, "a", "x")
    assert seen == ["ADDED"]


def test_the_json_of_a_list_item_leaves_out_kind_and_version() -> None:
    version = put(Store(), "a", "x", k="1").version
    assert version.encoded.startswith(b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{')
    assert version.item == b'{"metadata":{"name":"x","resourceVersion":"2"},"data":{"k":"1"}}'
