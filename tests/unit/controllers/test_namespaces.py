"""A namespace ends when all in it has gone, and not before."""

import trio

from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, Plane, deployment, open_plane, stateful_set


async def seconds_to_end(plane: Plane, limit: float = 600.0) -> float:
    begun = trio.current_time()
    await plane.user.delete("v1/namespaces", "", NS)
    with trio.fail_after(limit):
        while await plane.exists("v1/namespaces", NS, ""):
            await trio.sleep(0.1)
    return trio.current_time() - begun


def condition(namespace: JSONObject, kind: str) -> tuple[str, str]:
    for item in namespace["status"]["conditions"]:
        if item["type"] == kind:
            return item["status"], item["message"]
    raise AssertionError(f"no condition {kind}")


async def test_an_empty_namespace_ends_after_the_grace(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        assert 5.0 <= await seconds_to_end(plane) < 5.2


async def test_a_pod_with_the_usual_grace_takes_one_more_round(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/deployments", deployment())
        await trio.sleep(2)

        # The estimate says 13 s, but the controller's own condition wakes it after 5 s.
        assert 10.0 <= await seconds_to_end(plane) < 10.3


async def test_a_protected_claim_takes_two_more(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/statefulsets", stateful_set(storage=""))
        await trio.sleep(2)

        assert 15.0 <= await seconds_to_end(plane) < 15.5
        assert await plane.names("v1/persistentvolumes", "") == []


async def test_pods_go_before_anything_else(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/deployments", deployment())
        await trio.sleep(2)
        await plane.user.delete("v1/namespaces", "", NS)

        await trio.sleep(7)

        assert await plane.names("v1/pods") == []
        assert await plane.names(f"{APPS}/deployments") == ["web"]
        namespace = await plane.get("v1/namespaces", NS, "")
        left = "Some resources are remaining: pods. has 1 resource instances"
        assert condition(namespace, "NamespaceContentRemaining") == ("True", left)


async def test_a_finalizer_holds_the_namespace_until_it_is_taken_away(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        held = {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
        await plane.create("v1/configmaps", held)
        await plane.user.delete("v1/namespaces", "", NS)

        await trio.sleep(120)

        namespace = await plane.get("v1/namespaces", NS, "")
        status, message = condition(namespace, "NamespaceFinalizersRemaining")
        assert (status, "example.com/hold in 1 resource instances" in message) == ("True", True)
        await plane.user.patch("v1/configmaps", NS, "held", {"metadata": {"finalizers": None}})
        await trio.sleep(16)
        assert not await plane.exists("v1/namespaces", NS, "")


async def test_custom_objects_go_too(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": schema},
        }
        await plane.create(
            "apiextensions.k8s.io/v1/customresourcedefinitions",
            {
                "metadata": {"name": "things.example.com"},
                "spec": {
                    "group": "example.com",
                    "scope": "Namespaced",
                    "names": names,
                    "versions": [version],
                },
            },
            "",
        )
        await trio.sleep(1)
        await plane.create("example.com/v1/things", {"metadata": {"name": "one"}})

        await seconds_to_end(plane)

        assert await plane.names("example.com/v1/things", "") == []


async def test_a_namespace_made_anew_is_whole_again(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await seconds_to_end(plane)
        await plane.user.create("v1/namespaces", "", {"metadata": {"name": NS}})
        await trio.sleep(1)

        assert await plane.names("v1/serviceaccounts") == ["default"]
        assert await plane.names("v1/configmaps") == ["kube-root-ca.crt"]


async def test_what_a_namespace_has_by_itself_comes_back_while_it_is_active(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.user.delete("v1/serviceaccounts", NS, "default")
        await plane.user.delete("v1/configmaps", NS, "kube-root-ca.crt")
        await trio.sleep(1)

        assert await plane.names("v1/serviceaccounts") == ["default"]
        assert await plane.names("v1/configmaps") == ["kube-root-ca.crt"]
