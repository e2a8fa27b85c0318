"""Logs: which lines, which refusals, and what a follower sees."""

import orjson
import pytest
import trio

from simulator.api.server import ApiServer
from simulator.timestamps import timestamp
from simulator.verbs.caller import DeleteOptions
from simulator.wire.messages import Response, Streaming
from tests.unit.api.conftest import request
from tests.unit.streams.conftest import START, Pods


async def read(server: ApiServer, name: str, query: str = "") -> tuple[int, str]:
    """Status code, and the log or the message of the refusal."""
    path = f"/api/v1/namespaces/n/pods/{name}/log?{query}"
    answer = await server.handle(request("GET", path))
    assert isinstance(answer, Response)
    if answer.status >= 400:
        return answer.status, orjson.loads(answer.body)["message"]
    return answer.status, answer.body.decode()


async def test_a_service_says_what_it_listens_on_and_that_it_serves(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p", ports=[{"containerPort": 80}])
    await trio.sleep(25)
    assert await read(server, "p") == (
        200,
        "web:1 started\nlistening on 80/TCP\nserving for 10 s\nserving for 20 s\n",
    )


async def test_a_known_program_writes_what_it_prints(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p", command=["sh", "-c", "echo a; sleep 5; echo b; sleep 100; echo c"])
    await trio.sleep(1)
    assert await read(server, "p") == (200, "a\n")
    await trio.sleep(5)
    assert await read(server, "p") == (200, "a\nb\n")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("tailLines=1", "serving for 20 s\n"),
        ("tailLines=0", ""),
        ("tailLines=99", "web:1 started\nserving for 10 s\nserving for 20 s\n"),
        ("sinceSeconds=6", "serving for 20 s\n"),
        ("sinceTime=2026-01-01T00:00:10Z", "serving for 10 s\nserving for 20 s\n"),
        ("limitBytes=5", "web:1"),
        ("tailLines=1&timestamps=true", "2026-01-01T00:00:20.000000000Z serving for 20 s\n"),
        ("container=main&tailLines=1", "serving for 20 s\n"),
    ],
)
async def test_a_part_of_the_log(
    server: ApiServer, pods: Pods, autojump_clock, query: str, text: str
) -> None:
    pods.run("p")
    await trio.sleep(25)
    assert await read(server, "p", query) == (200, text)


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"),
        ("sinceSeconds=0", 422, "sinceSeconds: Invalid value: 0: must be greater than 0"),
        ("sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z", 422, "at most one of"),
        ("tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("sinceTime=x", 400, "invalid sinceTime"),
        ("container=other", 400, "container other is not valid for pod p"),
        ("previous=true", 400, 'previous terminated container "main" in pod "p" not found'),
    ],
)
async def test_what_is_refused(
    server: ApiServer, pods: Pods, autojump_clock, query: str, code: int, words: str
) -> None:
    pods.run("p")
    status, message = await read(server, "p", query)
    assert status == code
    assert words in message


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, "ContainerCreating"),
        ({"waiting": {"reason": "ErrImagePull"}}, "image can't be pulled"),
        ({"waiting": {"reason": "ImagePullBackOff"}}, "trying and failing to pull image"),
        ({"waiting": {"reason": "CreateContainerConfigError"}}, "CreateContainerConfigError"),
    ],
)
async def test_a_container_that_waits_has_no_log(
    server: ApiServer, pods: Pods, autojump_clock, state, why: str
) -> None:
    pods.start("p")
    if state:
        pods.tell("p", state=state)
    text = f'container "main" in pod "p" is waiting to start: {why}'
    assert await read(server, "p") == (400, text)


async def test_a_pod_without_a_node_has_an_empty_answer(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.start("p", node="")
    assert await read(server, "p") == (204, "")


async def test_the_run_before_is_kept(server: ApiServer, pods: Pods, autojump_clock) -> None:
    pods.start("p")
    before = {"exitCode": 3, "startedAt": timestamp(START), "finishedAt": timestamp(START + 1)}
    pods.tell(
        "p",
        state={"running": {"startedAt": timestamp(START + 2)}},
        last={"terminated": before},
        restartCount=1,
    )
    await trio.sleep(3)
    assert await read(server, "p", "previous=true") == (
        200,
        "web:1 started\nexiting with status 3\n",
    )
    assert await read(server, "p") == (200, "web:1 started, restart 1\n")


async def test_a_follower_sees_each_line_as_it_is_written_until_the_container_ends(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    path = "/api/v1/namespaces/n/pods/p/log?follow=true"
    answer = await server.handle(request("GET", path))
    assert isinstance(answer, Streaming)
    seen: list[tuple[float, bytes]] = []
    begun = trio.current_time()

    async def keep(data: bytes) -> None:
        if data:
            seen.append((round(trio.current_time() - begun, 3), data))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer.run, keep)
        await trio.sleep(15)
        pods.end("p", 2)
    assert seen == [
        (0, b"web:1 started\n"),
        (10, b"serving for 10 s\n"),
        (15, b"exiting with status 2\n"),
    ]


async def test_a_follower_is_through_when_the_pod_is_deleted(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    answer = await server.handle(request("GET", "/api/v1/namespaces/n/pods/p/log?follow=true"))
    assert isinstance(answer, Streaming)

    async def ignore(_data: bytes) -> None:
        await trio.lowlevel.checkpoint()

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(answer.run, ignore)
            await trio.sleep(1)

            pods.ask.delete("v1/pods", "p", DeleteOptions(grace_seconds=0))


async def test_there_is_no_log_to_write(server: ApiServer, pods: Pods, autojump_clock) -> None:
    pods.run("p")
    answer = await server.handle(request("POST", "/api/v1/namespaces/n/pods/p/log", {}))
    assert answer.status == 405


async def test_a_node_that_is_not_heard_of_gives_no_logs(server: ApiServer, pods: Pods) -> None:
    pods.run("p")
    conditions = [{"type": "Ready", "status": "Unknown"}]
    addresses = [{"type": "InternalIP", "address": "10.0.0.1"}]
    change = {"status": {"conditions": conditions, "addresses": addresses}}
    pods.ask.merge("v1/nodes", "node1", change, subresource="status")
    text = "error dialing backend: dial tcp 10.0.0.1:10250: i/o timeout"
    assert await read(server, "p") == (500, text)
