"""StatefulSets over time: what the recordings do not show."""

import trio

from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, PODS, open_plane, stateful_set

SETS = f"{APPS}/statefulsets"
REVISIONS = f"{APPS}/controllerrevisions"


def image(name: str) -> JSONObject:
    containers = [{"name": "web", "image": name}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


async def test_pods_have_names_and_labels_that_stay_and_their_own_claims(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(2, storage=""))
        await trio.sleep(3)

        first, second = await plane.all(PODS)
        labels = second["metadata"]["labels"]
        assert labels["apps.kubernetes.io/pod-index"] == "1"
        assert labels["statefulset.kubernetes.io/pod-name"] == "db-1"
        assert labels["controller-revision-hash"] == (await plane.names(REVISIONS))[0]
        assert (second["spec"]["hostname"], second["spec"]["subdomain"]) == ("db-1", "db")
        claims = [
            volume["persistentVolumeClaim"]["claimName"]
            for pod in (first, second)
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        ]
        assert claims == ["data-db-0", "data-db-1"]


async def test_in_parallel_all_pods_start_at_once(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(3, podManagementPolicy="Parallel"))
        await trio.sleep(0.1)

        assert await plane.names(PODS) == ["db-0", "db-1", "db-2"]


async def test_only_a_change_of_the_template_restarts_pods(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(1))
        await trio.sleep(2)
        (before,) = await plane.all(PODS)
        await plane.user.patch(SETS, NS, "db", {"metadata": {"labels": {"note": "a"}}})
        await trio.sleep(5)
        assert await plane.all(PODS) == [before]

        await plane.user.patch(SETS, NS, "db", image("db:2"))
        await trio.sleep(5)
        (after,) = await plane.all(PODS)
        assert after["metadata"]["uid"] != before["metadata"]["uid"]
        assert after["spec"]["containers"][0]["image"] == "db:2"


async def test_an_older_template_that_comes_back_gets_its_revision_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(1))
        await trio.sleep(2)
        (first,) = await plane.names(REVISIONS)
        await plane.user.patch(SETS, NS, "db", image("db:2"))
        await trio.sleep(5)
        await plane.user.patch(SETS, NS, "db", image("db:1"))
        await trio.sleep(5)

        status = (await plane.get(SETS, "db"))["status"]
        assert status["currentRevision"] == status["updateRevision"] == first
        numbers = {
            item["metadata"]["name"]: item["revision"] for item in await plane.all(REVISIONS)
        }
        assert numbers[first] == 3
        assert len(numbers) == 2


async def test_revisions_beyond_the_history_limit_go(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(1, revisionHistoryLimit=1))
        for number in range(2, 6):
            await trio.sleep(3)
            await plane.user.patch(SETS, NS, "db", image(f"db:{number}"))
        await trio.sleep(3)

        revisions = [item["revision"] for item in await plane.all(REVISIONS)]
        assert sorted(revisions) == [4, 5]


async def test_pods_below_the_partition_are_not_updated(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
        await plane.create(SETS, stateful_set(2, updateStrategy=strategy))
        await trio.sleep(3)
        await plane.user.patch(SETS, NS, "db", image("db:2"))
        await trio.sleep(3)
        await plane.user.delete(PODS, NS, "db-0")
        await trio.sleep(3)

        images = [item["spec"]["containers"][0]["image"] for item in await plane.all(PODS)]
        assert images == ["db:1", "db:2"]


async def test_a_stateful_set_made_anew_under_its_name_has_its_own_revision(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SETS, stateful_set(1))
        await trio.sleep(2)
        (name,) = await plane.names(REVISIONS)
        hold = {"metadata": {"finalizers": ["example.com/hold"]}}
        await plane.user.patch(REVISIONS, NS, name, hold)
        await plane.user.delete(SETS, NS, "db")
        await plane.create(SETS, stateful_set(1))
        await trio.sleep(5)

        made = await plane.get(SETS, "db")
        assert made["status"]["updateRevision"] != name
        assert made["status"]["readyReplicas"] == 1
