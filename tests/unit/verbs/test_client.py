"""The verbs as a client in process."""

import pytest
import trio

from simulator.ports import Client, Refused, WatchEvent
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking

MAPS = "v1/configmaps"
PODS = "v1/pods"
POD = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


@pytest.fixture
def client(cluster: Cluster) -> Client:
    return VerbClient(cluster, "kube-scheduler")


async def test_it_makes_reads_changes_and_deletes(client: Client) -> None:
    made = await client.create(MAPS, "n", {"metadata": {"name": "a"}, "data": {"k": "1"}})
    assert (made["kind"], made["apiVersion"]) == ("ConfigMap", "v1")
    assert await client.get(MAPS, "n", "a") is made
    put = await client.update(MAPS, "n", "a", made | {"data": {"k": "2"}})
    patched = await client.patch(MAPS, "n", "a", {"data": {"l": "3"}})
    assert (put["data"], patched["data"]) == ({"k": "2"}, {"k": "2", "l": "3"})
    assert (await client.delete(MAPS, "n", "a"))["status"] == "Success"
    with pytest.raises(Refused) as caught:
        await client.get(MAPS, "n", "a")
    assert caught.value.reason == "NotFound"


async def test_its_user_stands_in_the_journal_and_in_managed_fields(
    client: Client, cluster: Cluster
) -> None:
    made = await client.create(MAPS, "n", {"metadata": {"name": "a"}, "data": {"k": "1"}})
    assert made["metadata"]["managedFields"][0]["manager"] == "kube-scheduler"
    entry = cluster.journal.commits[-1]
    assert (entry.user, entry.request) == ("kube-scheduler", 0)


async def test_it_binds_a_pod_once(client: Client) -> None:
    await client.create(PODS, "n", POD)
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}}
    await client.update(PODS, "n", "p", binding, subresource="binding")
    pod = await client.get(PODS, "n", "p")
    assert (pod["spec"]["nodeName"], pod["metadata"]["generation"]) == ("n1", 1)
    assert [c["type"] for c in pod["status"]["conditions"]] == ["PodScheduled"]
    with pytest.raises(Refused) as caught:
        await client.update(PODS, "n", "p", binding, subresource="binding")
    assert caught.value.code == 409


async def test_it_writes_a_status(client: Client) -> None:
    made = await client.create(PODS, "n", POD)
    running = made | {"status": made["status"] | {"phase": "Running"}}
    written = await client.update(PODS, "n", "p", running, subresource="status")
    assert written["status"]["phase"] == "Running"


async def test_a_list_can_be_followed_without_a_gap(client: Client, ask: Asking) -> None:
    ask.create(MAPS, "a", {"metadata": {"labels": {"x": "y"}}})
    items, version = await client.list(MAPS, label_selector="x=y")
    assert [item["metadata"]["name"] for item in items] == ["a"]
    ask.create(MAPS, "b", {"metadata": {"labels": {"x": "y"}}})
    ask.create(MAPS, "c")
    async with client.watch(MAPS, resource_version=version, label_selector="x=y") as events:
        ask.delete(MAPS, "a")
        seen = [await events.receive() for _ in range(2)]
    assert [(event.type, event.object["metadata"]["name"]) for event in seen] == [
        ("ADDED", "b"),
        ("DELETED", "a"),
    ]


async def test_a_watch_that_begins_too_early_gets_an_error_and_ends(
    client: Client, ask: Asking
) -> None:
    _, version = await client.list(MAPS)
    ask.create(MAPS, "a")
    ask.cluster.store.compact()
    async with client.watch(MAPS, resource_version=version) as events:
        error = await events.receive()
        assert (error.type, error.object["code"]) == ("ERROR", 410)


async def test_a_reader_that_never_reads_is_cut_off(
    client: Client, ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.verbs.client._BUFFERED_EVENTS", 3)
    _, version = await client.list(MAPS)
    async with client.watch(MAPS, resource_version=version) as events:
        for number in range(5):
            ask.create(MAPS, f"m{number}")
        names = [event.object["metadata"]["name"] async for event in events]
    assert names == ["m0", "m1", "m2"]


async def test_a_failure_inside_a_watch_comes_out_as_it_is(client: Client) -> None:
    async def follow() -> WatchEvent:
        async with client.watch(MAPS, resource_version="1") as events:
            with trio.fail_after(0):
                return await events.receive()

    with pytest.raises(trio.TooSlowError):
        await follow()


async def test_a_resource_that_is_not_served_is_not_found(client: Client) -> None:
    with pytest.raises(Refused) as caught:
        await client.list("example.com/v1/things")
    assert caught.value.code == 404
