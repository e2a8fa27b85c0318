"""Jobs: pods until enough have succeeded, each counted once, and none left over."""

import itertools

import pytest
import trio

from simulator.controllers.job_indexes import INDEX, parsed, told
from simulator.controllers.job_plan import TRACKING
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import NS, PODS, Plane, open_plane, pod, pod_template

JOBS = "batch/v1/jobs"


def job(image: str = "once:1", **spec: object) -> JSONObject:
    template = pod_template(image, restartPolicy="Never")
    return {"metadata": {"name": "j"}, "spec": {"template": template, **spec}}


async def conditions(plane: Plane) -> list[str]:
    told = (await plane.get(JOBS, "j"))["status"].get("conditions", ())
    return [f"{c['type']} {c['reason']}" for c in told]


async def test_so_many_at_a_time_until_so_many_have_succeeded(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job(parallelism=2, completions=5))
        await trio.sleep(30)

        status = (await plane.get(JOBS, "j"))["status"]
        assert (status["succeeded"], status.get("active", 0)) == (5, 0)
        assert status["uncountedTerminatedPods"] == {}
        assert status["completionTime"] > status["startTime"]
        made = [c for c in plane.cluster.journal.commits if c.resource == PODS]
        assert len({c.name for c in made}) == 5
        running: set[str] = set()
        for commit in made:
            if commit.object["status"]["phase"] == "Succeeded":
                running.discard(commit.name)
            elif commit.type == "ADDED":
                running.add(commit.name)
                assert len(running) <= 2
        assert not any(one["metadata"].get("finalizers") for one in await plane.all(PODS))


async def test_a_pod_that_failed_is_replaced_at_growing_distances_until_the_limit(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job("crash:1", backoffLimit=2))
        await trio.sleep(300)

        assert await conditions(plane) == [
            "FailureTarget BackoffLimitExceeded",
            "Failed BackoffLimitExceeded",
        ]
        assert (await plane.get(JOBS, "j"))["status"]["failed"] == 3
        assert {one["status"]["phase"] for one in await plane.all(PODS)} == {"Failed"}
        made = [
            c.time
            for c in plane.cluster.journal.commits
            if c.resource == PODS and c.type == "ADDED"
        ]
        assert [round(b - a, -1) for a, b in itertools.pairwise(made)] == [10, 20]
        assert "BackoffLimitExceeded" in await plane.reasons()


async def test_a_finished_job_is_left_alone(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job())
        await trio.sleep(10)
        assert await conditions(plane) == [
            "SuccessCriteriaMet CompletionsReached",
            "Complete CompletionsReached",
        ]
        written = len(plane.cluster.journal.commits)
        await trio.sleep(86_400)
        assert plane.since(written) == []


async def test_a_job_that_is_deleted_keeps_none_of_its_pods(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job("nginx:1"))
        await trio.sleep(2)
        (one,) = await plane.all(PODS)
        assert one["metadata"]["finalizers"] == [TRACKING]

        await plane.user.delete(JOBS, NS, "j", propagation="Background")
        await trio.sleep(60)

        assert await plane.names(PODS) == []


async def test_a_namespace_with_a_job_goes(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job("nginx:1"))
        await trio.sleep(2)

        await plane.user.delete("v1/namespaces", "", NS)
        await trio.sleep(120)

        assert not await plane.exists("v1/namespaces", NS, "")


async def test_a_pod_that_was_deleted_counts_as_failed_and_is_replaced(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job("nginx:1"))
        await trio.sleep(2)
        (first,) = await plane.names(PODS)
        await plane.user.delete(PODS, NS, first)
        await trio.sleep(30)

        (second,) = await plane.names(PODS)
        assert second != first
        status = (await plane.get(JOBS, "j"))["status"]
        assert (status["failed"], status["active"], status["ready"]) == (1, 1, 1)


async def test_an_image_that_ends_is_started_again_where_pods_always_run(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, pod("p", image="once:1"))
        await trio.sleep(1)

        (container,) = (await plane.get(PODS, "p"))["status"]["containerStatuses"]
        assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        assert container["lastState"]["terminated"]["exitCode"] == 0
        await trio.sleep(10.2)
        assert (await plane.get(PODS, "p"))["status"]["containerStatuses"][0]["restartCount"] == 1


async def test_a_job_that_has_failed_ends_what_still_runs_and_only_then_says_so(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(JOBS, job("nginx:1", parallelism=2, completions=2, backoffLimit=0))
        await trio.sleep(3)
        first, _ = await plane.names(PODS)
        await plane.user.delete(PODS, NS, first)
        await trio.sleep(30)

        assert await plane.names(PODS) == []
        assert await conditions(plane) == [
            "FailureTarget BackoffLimitExceeded",
            "Failed BackoffLimitExceeded",
        ]
        states = [c.object for c in plane.cluster.journal.commits if c.resource == JOBS]
        between = [s for s in states if len(s["status"].get("conditions", ())) == 1]
        assert between
        assert "active" not in states[-1]["status"]


async def indexed(plane: Plane, image: str = "once:1", **spec: object) -> JSONObject:
    await plane.create(JOBS, job(image, completionMode="Indexed", **spec))
    await trio.sleep(300)
    return (await plane.get(JOBS, "j"))["status"]


async def test_every_index_of_an_indexed_job_gets_a_pod_that_knows_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        status = await indexed(plane, completions=4, parallelism=2)

        assert (status["completedIndexes"], status["succeeded"]) == ("0-3", 4)
        assert await conditions(plane) == [
            "SuccessCriteriaMet CompletionsReached",
            "Complete CompletionsReached",
        ]
        pods = {one["metadata"]["labels"][INDEX]: one for one in await plane.all(PODS)}
        assert sorted(pods) == ["0", "1", "2", "3"]
        third = pods["2"]
        assert third["metadata"]["name"].startswith("j-2-")
        assert third["metadata"]["annotations"][INDEX] == third["spec"]["hostname"][2:] == "2"
        [variable] = third["spec"]["containers"][0]["env"]
        assert variable["name"] == "JOB_COMPLETION_INDEX"
        assert variable["valueFrom"]["fieldRef"]["fieldPath"] == f"metadata.labels['{INDEX}']"


async def test_an_index_is_tried_again_until_its_own_limit_and_fails_for_itself(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        status = await indexed(
            plane, "crash:1", completions=2, parallelism=2, backoffLimitPerIndex=1
        )

        assert (status["failedIndexes"], status["failed"]) == ("0,1", 4)
        assert await conditions(plane) == ["FailureTarget FailedIndexes", "Failed FailedIndexes"]


async def test_an_exit_code_may_fail_an_index_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    codes = {"containerName": "web", "operator": "In", "values": [1]}
    policy = {"rules": [{"action": "FailIndex", "onExitCodes": codes}]}
    async with open_plane() as plane:
        status = await indexed(
            plane, "crash:1", completions=2, backoffLimitPerIndex=5, podFailurePolicy=policy
        )

        assert (status["failedIndexes"], status["failed"]) == ("0,1", 2)


@pytest.mark.parametrize(
    ("indexes", "text"),
    [((), ""), ((3,), "3"), ((0, 1), "0,1"), ((0, 1, 2, 5, 7, 8), "0-2,5,7,8")],
)
def test_indexes_are_told_in_runs(indexes: tuple[int, ...], text: str) -> None:
    assert told(indexes) == text
    assert tuple(parsed(text)) == indexes
