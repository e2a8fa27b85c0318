"""Pods and ReplicaSets change owners with their labels, and survive owners that let them."""

import trio

from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import (
    APPS,
    NS,
    PODS,
    deployment,
    open_plane,
    pod,
    stateful_set,
)

REPLICA_SETS = f"{APPS}/replicasets"
DEPLOYMENTS = f"{APPS}/deployments"


def owner(obj: JSONObject) -> str:
    references = obj["metadata"].get("ownerReferences") or [{}]
    return str(references[0].get("name", ""))


async def test_a_deployment_that_comes_back_adopts_what_it_left(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(2))
        await trio.sleep(2)
        sets, pods = await plane.names(REPLICA_SETS), await plane.names(PODS)

        await plane.user.delete(DEPLOYMENTS, NS, "web", propagation="Orphan")
        await trio.sleep(2)
        (orphan,) = await plane.all(REPLICA_SETS)
        assert owner(orphan) == ""
        assert await plane.names(PODS) == pods

        await plane.create(DEPLOYMENTS, deployment(2))
        await trio.sleep(2)
        (adopted,) = await plane.all(REPLICA_SETS)
        assert (await plane.names(REPLICA_SETS), owner(adopted)) == (sets, "web")
        assert await plane.names(PODS) == pods
        assert (await plane.get(DEPLOYMENTS, "web"))["status"]["availableReplicas"] == 2


async def test_a_pod_that_loses_its_label_is_let_go_and_replaced(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(2)
        (lost,) = await plane.names(PODS)
        (keeper,) = await plane.names(REPLICA_SETS)

        await plane.user.patch(PODS, NS, lost, {"metadata": {"labels": {"app": "other"}}})
        await trio.sleep(2)

        owners = {one["metadata"]["name"]: owner(one) for one in await plane.all(PODS)}
        assert owners.pop(lost) == ""
        assert list(owners.values()) == [keeper]


async def test_a_pod_that_fits_is_adopted_and_one_too_many_goes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(2)
        (known,) = await plane.all(PODS)
        stray = pod("stray")
        stray["metadata"]["labels"] = known["metadata"]["labels"]

        await plane.create(PODS, stray)
        await trio.sleep(3)

        assert await plane.names(PODS) == [known["metadata"]["name"]]


async def test_a_stateful_set_adopts_by_name_too(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/statefulsets", stateful_set(1))
        await trio.sleep(2)
        await plane.user.delete(f"{APPS}/statefulsets", NS, "db", propagation="Orphan")
        await trio.sleep(2)
        (left,) = await plane.all(PODS)
        assert owner(left) == ""
        other = pod("elsewhere")
        other["metadata"]["labels"] = left["metadata"]["labels"]
        await plane.create(PODS, other)

        await plane.create(f"{APPS}/statefulsets", stateful_set(1))
        await trio.sleep(2)

        owners = {one["metadata"]["name"]: owner(one) for one in await plane.all(PODS)}
        assert owners == {"db-0": "db", "elsewhere": ""}


async def test_an_undone_rollout_goes_back_to_the_old_replica_set_as_a_new_revision(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(2)
        (first,) = await plane.names(REPLICA_SETS)
        image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "b:2"}]}}}}
        await plane.user.patch(DEPLOYMENTS, NS, "web", image)
        await trio.sleep(3)

        template = (await plane.get(REPLICA_SETS, first))["spec"]["template"]
        labels = {"app": "web"}
        template = {**template, "metadata": {**template["metadata"], "labels": labels}}
        live = await plane.get(DEPLOYMENTS, "web")
        undone = {**live, "spec": {**live["spec"], "template": template}}
        await plane.user.update(DEPLOYMENTS, NS, "web", undone)
        await trio.sleep(3)

        again = await plane.get(REPLICA_SETS, first)
        revisions = {
            one["metadata"]["name"]: one["metadata"]["annotations"][
                "deployment.kubernetes.io/revision"
            ]
            for one in await plane.all(REPLICA_SETS)
        }
        assert revisions.pop(first) == "3"
        assert list(revisions.values()) == ["2"]
        annotations = again["metadata"]["annotations"]
        assert annotations["deployment.kubernetes.io/revision-history"] == "1"
        assert again["spec"]["replicas"] == 1
        told = (await plane.get(DEPLOYMENTS, "web"))["metadata"]["annotations"]
        assert told["deployment.kubernetes.io/revision"] == "3"
