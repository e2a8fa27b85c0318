"""What loses its owner goes; what has another, or is left behind on purpose, stays."""

import trio

from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, PODS, Plane, deployment, open_plane

MAPS = "v1/configmaps"


def reference(obj: JSONObject, kind: str = "ConfigMap", **more: object) -> JSONObject:
    metadata = obj["metadata"]
    return {
        "apiVersion": "v1",
        "kind": kind,
        "name": metadata["name"],
        "uid": metadata["uid"],
        **more,
    }


async def config_map(plane: Plane, name: str, *owners: JSONObject, **more: object) -> JSONObject:
    metadata = {"name": name, **({"ownerReferences": list(owners)} if owners else {}), **more}
    return await plane.create(MAPS, {"metadata": metadata})


async def custom_names(plane: Plane) -> list[str]:
    return [name for name in await plane.names(MAPS) if name != "kube-root-ca.crt"]


async def test_dependents_of_dependents_go_too(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        root = await config_map(plane, "root")
        child = await config_map(plane, "child", reference(root))
        await config_map(plane, "grandchild", reference(child))
        await trio.sleep(1)
        assert len(await custom_names(plane)) == 3

        await plane.user.delete(MAPS, NS, "root")
        await trio.sleep(1)

        assert await custom_names(plane) == []


async def test_an_object_with_another_owner_stays_and_forgets_the_one_that_went(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        one, other = await config_map(plane, "one"), await config_map(plane, "other")
        await config_map(plane, "child", reference(one), reference(other))
        await plane.user.delete(MAPS, NS, "one")
        await trio.sleep(1)

        child = await plane.get(MAPS, "child")
        assert [owner["name"] for owner in child["metadata"]["ownerReferences"]] == ["other"]


async def test_an_owner_of_the_same_name_is_not_the_owner(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        root = await config_map(plane, "root")
        await config_map(plane, "child", {**reference(root), "uid": "another"})
        await trio.sleep(1)

        assert await custom_names(plane) == ["root"]


async def test_an_object_made_after_its_owner_went_is_collected(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        root = await config_map(plane, "root")
        await plane.user.delete(MAPS, NS, "root")
        await trio.sleep(1)
        await config_map(plane, "late", reference(root))
        await trio.sleep(1)

        assert await custom_names(plane) == []


async def test_an_owner_of_a_kind_that_is_not_served_is_given_the_benefit_of_the_doubt(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        foreign = {"apiVersion": "example.com/v1", "kind": "Thing", "name": "t", "uid": "u"}
        await config_map(plane, "child", foreign)
        await trio.sleep(1)

        assert await custom_names(plane) == ["child"]


async def test_orphans_stay_without_their_owner(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/deployments", deployment(2))
        await trio.sleep(1)

        await plane.user.delete(f"{APPS}/deployments", NS, "web", propagation="Orphan")
        await trio.sleep(5)

        assert await plane.names(f"{APPS}/deployments") == []
        (replica_set,) = await plane.all(f"{APPS}/replicasets")
        assert "ownerReferences" not in replica_set["metadata"]
        assert len(await plane.names(PODS)) == 2


async def test_in_the_foreground_an_owner_waits_for_what_blocks_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        root = await config_map(plane, "root")
        blocking = reference(root, blockOwnerDeletion=True)
        await config_map(plane, "held", blocking, finalizers=["example.com/hold"])
        await config_map(plane, "free", blocking)
        await plane.user.delete(MAPS, NS, "root", propagation="Foreground")
        await trio.sleep(5)

        assert await custom_names(plane) == ["held", "root"]
        await plane.user.patch(MAPS, NS, "held", {"metadata": {"finalizers": None}})
        await trio.sleep(1)
        assert await custom_names(plane) == []


async def test_in_the_foreground_what_does_not_block_is_not_waited_for(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        root = await config_map(plane, "root")
        await config_map(plane, "held", reference(root), finalizers=["example.com/hold"])
        await plane.user.delete(MAPS, NS, "root", propagation="Foreground")
        await trio.sleep(5)

        assert await custom_names(plane) == ["held"]
        assert "deletionTimestamp" in (await plane.get(MAPS, "held"))["metadata"]


async def test_dependents_of_custom_objects_go_and_the_kind_may_be_withdrawn(
    autojump_clock: trio.testing.MockClock,
) -> None:
    definitions = "apiextensions.k8s.io/v1/customresourcedefinitions"
    async with open_plane() as plane:
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {"name": "v1", "served": True, "storage": True}
        names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
        definition = {
            "metadata": {"name": "things.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": names,
                "versions": [{**version, "schema": {"openAPIV3Schema": schema}}],
            },
        }
        await plane.create(definitions, definition, "")
        await trio.sleep(1)
        thing = await plane.create("example.com/v1/things", {"metadata": {"name": "one"}})
        owner = {**reference(thing, "Thing"), "apiVersion": "example.com/v1"}
        await config_map(plane, "child", owner)
        await trio.sleep(1)
        assert await custom_names(plane) == ["child"]

        await plane.user.delete("example.com/v1/things", NS, "one")
        await trio.sleep(1)
        assert await custom_names(plane) == []

        await plane.user.delete(definitions, "", "things.example.com")
        await trio.sleep(3600)
        await plane.create(definitions, definition, "")
        await trio.sleep(1)
        thing = await plane.create("example.com/v1/things", {"metadata": {"name": "two"}})
        await config_map(plane, "child", {**owner, "name": "two", "uid": thing["metadata"]["uid"]})
        await plane.user.delete("example.com/v1/things", NS, "two")
        await trio.sleep(1)
        assert await custom_names(plane) == []


async def test_in_the_foreground_a_deployment_ends_after_its_replica_set_and_that_after_its_pods(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/deployments", deployment(2))
        await trio.sleep(1)
        begun = len(plane.cluster.journal.commits)
        await plane.user.delete(f"{APPS}/deployments", NS, "web", propagation="Foreground")
        await trio.sleep(5)

        ended = [
            entry.resource
            for entry in plane.since(begun)
            if entry.type == "DELETED" and entry.resource != "v1/events"
        ]
        assert ended == [PODS, PODS, f"{APPS}/replicasets", f"{APPS}/deployments"]
