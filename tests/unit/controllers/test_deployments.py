"""Deployments over time: what the recordings do not show."""

from collections.abc import Callable

import attrs
import trio

from simulator import failures
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from simulator.ports import Client
from tests.unit.controllers.planes import APPS, NS, PODS, Plane, deployment, open_plane

DEPLOYMENTS = f"{APPS}/deployments"
REPLICA_SETS = f"{APPS}/replicasets"


async def progress(plane: Plane) -> tuple[str, str]:
    status = (await plane.get(DEPLOYMENTS, "web"))["status"]
    (found,) = [item for item in status["conditions"] if item["type"] == "Progressing"]
    return found["status"], found["reason"]


def image(name: str) -> JSONObject:
    containers = [{"name": "web", "image": name}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


async def test_a_deployment_made_anew_under_its_name_does_not_take_the_old_ones_replica_set(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment())
        await trio.sleep(1)
        (old,) = await plane.all(REPLICA_SETS)
        hold = {"metadata": {"finalizers": ["example.com/hold"]}}
        await plane.user.patch(REPLICA_SETS, NS, old["metadata"]["name"], hold)
        await plane.user.delete(DEPLOYMENTS, NS, "web")

        await plane.create(DEPLOYMENTS, deployment())
        await trio.sleep(5)

        new = await plane.get(DEPLOYMENTS, "web")
        assert new["status"]["collisionCount"] == 1
        assert new["status"]["readyReplicas"] == 1
        assert len(await plane.names(REPLICA_SETS)) == 2


async def test_an_image_that_never_pulls_fails_its_deadline_and_is_told_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1, "fail:1", progressDeadlineSeconds=60))
        await trio.sleep(55)
        assert await progress(plane) == ("True", "ReplicaSetUpdated")

        await trio.sleep(10)
        assert await progress(plane) == ("False", "ProgressDeadlineExceeded")
        written = len(plane.cluster.journal.commits)
        await trio.sleep(7200)
        assert len(plane.cluster.journal.commits) == written


async def test_an_update_to_an_image_that_never_pulls_keeps_what_runs(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(2))
        await trio.sleep(2)
        before = set(await plane.names(PODS))

        await plane.user.patch(DEPLOYMENTS, NS, "web", image("fail:1"))
        await trio.sleep(60)
        assert before < set(await plane.names(PODS))

        await plane.user.patch(DEPLOYMENTS, NS, "web", image("nginx:1"))
        await trio.sleep(5)
        assert set(await plane.names(PODS)) == before


async def test_recreate_runs_old_and_new_pods_never_together(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane(ControllerSettings(jitter=0.0, stop_seconds=3.0)) as plane:
        await plane.create(DEPLOYMENTS, deployment(2, strategy={"type": "Recreate"}))
        await trio.sleep(2)
        await plane.user.patch(DEPLOYMENTS, NS, "web", image("nginx:2"))
        await trio.sleep(20)

        alive: dict[str, str] = {}
        for entry in plane.cluster.journal.commits:
            if entry.resource == PODS and entry.namespace == NS:
                alive[entry.name] = entry.object["spec"]["containers"][0]["image"]
                if entry.type == "DELETED":
                    del alive[entry.name]
                assert len(set(alive.values())) <= 1
        assert list(alive.values()) == ["nginx:2", "nginx:2"]


async def test_the_history_limit_leaves_so_many_old_replica_sets(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1, "nginx:0", revisionHistoryLimit=1))
        for number in range(1, 4):
            await trio.sleep(3)
            await plane.user.patch(DEPLOYMENTS, NS, "web", image(f"nginx:{number}"))
        await trio.sleep(3)

        kept = [
            item["spec"]["template"]["spec"]["containers"][0]["image"]
            for item in await plane.all(REPLICA_SETS)
        ]
        assert sorted(kept) == ["nginx:2", "nginx:3"]


async def test_a_paused_deployment_rolls_when_it_is_resumed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(2)
        await plane.user.patch(DEPLOYMENTS, NS, "web", {"spec": {"paused": True}})
        await plane.user.patch(DEPLOYMENTS, NS, "web", image("nginx:2"))
        await trio.sleep(60)
        assert len(await plane.names(REPLICA_SETS)) == 1
        assert await progress(plane) == ("Unknown", "DeploymentPaused")

        await plane.user.patch(DEPLOYMENTS, NS, "web", {"spec": {"paused": None}})
        await trio.sleep(5)
        assert await progress(plane) == ("True", "NewReplicaSetAvailable")
        (only,) = await plane.all(PODS)
        assert only["spec"]["containers"][0]["image"] == "nginx:2"


async def test_scaling_in_the_middle_of_a_rollout_ends_at_the_new_size(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(4))
        await trio.sleep(2)
        await plane.user.patch(DEPLOYMENTS, NS, "web", image("nginx:2"))
        await trio.sleep(0.2)
        await plane.user.patch(DEPLOYMENTS, NS, "web", {"spec": {"replicas": 7}})
        await trio.sleep(20)

        images = [item["spec"]["containers"][0]["image"] for item in await plane.all(PODS)]
        assert images == ["nginx:2"] * 7
        assert await progress(plane) == ("True", "NewReplicaSetAvailable")


async def test_a_pod_taken_away_is_made_again(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(2)
        (name,) = await plane.names(PODS)
        await plane.user.delete(PODS, NS, name)
        await trio.sleep(2)

        (other,) = await plane.all(PODS)
        assert other["metadata"]["name"] != name
        assert other["status"]["phase"] == "Running"


@attrs.define
class Quota:
    """A client that may make no pods while `exceeded`."""

    inner: Client
    exceeded: list[bool]

    def __getattr__(self, name: str) -> Callable[..., object]:
        return getattr(self.inner, name)  # type: ignore[no-any-return]

    async def create(self, resource: str, namespace: str, obj: JSONObject) -> JSONObject:
        if resource == PODS and self.exceeded[0]:
            await trio.lowlevel.checkpoint()
            raise failures.failure(403, "Forbidden", "exceeded quota: few")
        return await self.inner.create(resource, namespace, obj)


async def test_pods_that_may_not_be_made_are_told_of_and_made_once_they_may(
    autojump_clock: trio.testing.MockClock,
) -> None:
    exceeded = [True]

    def through(client: Client) -> Client:
        return Quota(client, exceeded)  # type: ignore[return-value]

    async with open_plane(through=through) as plane:
        await plane.create(DEPLOYMENTS, deployment(1))
        await trio.sleep(5)

        (event,) = [
            item for item in await plane.all("v1/events") if item["reason"] == "FailedCreate"
        ]
        assert event["message"] == "Error creating: exceeded quota: few"
        assert event["count"] > 3
        conditions = (await plane.get(DEPLOYMENTS, "web"))["status"]["conditions"]
        assert "ReplicaFailure" in [item["type"] for item in conditions]

        exceeded[0] = False
        await trio.sleep(120)
        status = (await plane.get(DEPLOYMENTS, "web"))["status"]
        assert status["availableReplicas"] == 1
        assert "ReplicaFailure" not in [item["type"] for item in status["conditions"]]
