"""Commands in containers: what comes back on which channel, and what is refused."""

import math

import orjson
import pytest
import trio

from simulator.api.server import ApiServer
from simulator.jsontypes import JSONObject
from simulator.wire.messages import Request, Response, Upgraded
from tests.unit.api.conftest import request
from tests.unit.streams.conftest import Pods

UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec_websocket_key": "x",
    "sec_websocket_protocol": "v5.channel.k8s.io",
}


class Client:
    """A client's end: what it sends, and what it got, by channel."""

    def __init__(self, *messages: bytes) -> None:
        self.sender, self.receiver = trio.open_memory_channel[bytes](math.inf)
        self.got: dict[int, bytes] = {}
        for message in messages:
            self.sender.send_nowait(message)

    async def receive(self) -> bytes | None:
        try:
            return await self.receiver.receive()
        except trio.EndOfChannel:
            return None

    async def send(self, message: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.got[message[0]] = self.got.get(message[0], b"") + message[1:]

    @property
    def status(self) -> JSONObject:
        return orjson.loads(self.got[3])


def asking(query: str, part: str = "exec", **headers: str) -> Request:
    path = f"/api/v1/namespaces/n/pods/p/{part}?{query}"
    return request("GET", path, **(UPGRADE | headers))


async def opened(server: ApiServer, query: str, part: str = "exec") -> Upgraded:
    answer = await server.handle(asking(query, part))
    assert isinstance(answer, Upgraded), answer
    return answer


async def test_output_errors_and_exit_code_have_their_channels(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    query = "command=sh&command=-c&command=echo a; exit 7&stdout=1&stderr=1"
    answer = await opened(server, query)
    client = Client()
    await answer.run(client)
    assert (client.got[1], client.status["reason"]) == (b"a\n", "NonZeroExitCode")
    assert client.status["details"]["causes"] == [{"reason": "ExitCode", "message": "7"}]


async def test_success_is_told(server: ApiServer, pods: Pods, autojump_clock) -> None:
    pods.run("p")
    client = Client()
    await (await opened(server, "command=echo&command=hi&stdout=true")).run(client)
    assert client.got[1] == b"hi\n"
    assert client.status == {"metadata": {}, "status": "Success"}


async def test_input_ends_where_the_client_says(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    client = Client(b"\x00one", b"\x00two", b"\xff\x00")
    await (await opened(server, "command=cat&stdin=1&stdout=1")).run(client)
    assert client.got[1] == b"onetwo"


async def test_without_input_a_reader_finds_its_end(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    client = Client(b"\x00one")
    await (await opened(server, "command=cat&stdout=1")).run(client)
    assert client.status["status"] == "Success"


async def test_a_terminal_has_one_output(server: ApiServer, pods: Pods, autojump_clock) -> None:
    pods.run("p")
    client = Client()
    await (await opened(server, "command=ls&command=/none&stdout=1&tty=1")).run(client)
    assert client.got[1] == b"ls: /none: No such file or directory\r\n"


async def test_a_client_that_leaves_ends_its_command(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    client = Client()
    client.sender.close()
    answer = await opened(server, "command=sleep&command=1000&stdout=1")
    with trio.fail_after(1):
        await answer.run(client)
    assert client.got == {}


async def test_a_container_that_ends_takes_its_commands_along(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    client = Client()
    answer = await opened(server, "command=sleep&command=1000&stdout=1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer.run, client)
        await trio.sleep(5)
        pods.end("p")
        with trio.fail_after(1):
            while 3 not in client.got:
                await trio.sleep(0.01)
    assert client.status["details"]["causes"][0]["message"] == "137"


async def test_environment_and_files_are_those_of_the_pod(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.ask.create("v1/configmaps", "c", {"data": {"k": "from a map"}})
    pods.ask.create("v1/secrets", "s", {"stringData": {"k": "hidden"}})
    env = [
        {"name": "PLAIN", "value": "1"},
        {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
        {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    pods.run("p", env=env, envFrom=[{"prefix": "S_", "secretRef": {"name": "s"}}])
    client = Client()
    await (await opened(server, "command=env&stdout=1")).run(client)
    lines = client.got[1].decode().splitlines()
    assert {"PLAIN=1", "MAP=from a map", "ME=p", "S_k=hidden", "HOSTNAME=p"} <= set(lines)


async def test_attach_shows_what_is_written_from_now_on(
    server: ApiServer, pods: Pods, autojump_clock
) -> None:
    pods.run("p")
    await trio.sleep(1)
    client = Client()
    answer = await opened(server, "stdout=1", part="attach")
    with trio.move_on_after(10):
        await answer.run(client)
    assert client.got == {1: b"serving for 10 s\n"}


@pytest.mark.parametrize(
    ("query", "headers", "code", "words"),
    [
        ("command=ls&stdout=1", {"upgrade": ""}, 400, "Upgrade request required"),
        ("command=ls&stdout=1", {"upgrade": "SPDY/3.1"}, 501, "not over SPDY"),
        ("command=ls&stdout=1", {"sec_websocket_protocol": "v9"}, 400, "subprotocols"),
        ("stdout=1", {}, 400, "at least 1 command"),
        ("command=ls", {}, 400, "at least one of stdin, stdout, stderr"),
        ("command=ls&stdout=1&container=x", {}, 400, "container x is not valid for pod p"),
    ],
)
async def test_what_is_refused(
    server: ApiServer, pods: Pods, query: str, headers, code: int, words: str
) -> None:
    pods.run("p")
    answer = await server.handle(asking(query, **headers))
    assert isinstance(answer, Response)
    assert (answer.status, words in orjson.loads(answer.body)["message"]) == (code, True)


async def test_nothing_is_run_where_nothing_runs(server: ApiServer, pods: Pods) -> None:
    missing = await server.handle(asking("command=ls&stdout=1"))
    pods.start("p", node="")
    homeless = await server.handle(asking("command=ls&stdout=1"))
    assert isinstance(missing, Response)
    assert isinstance(homeless, Response)
    assert (missing.status, homeless.status) == (404, 400)
    assert b"pod p does not have a host assigned" in homeless.body


async def test_a_pod_of_two_containers_needs_a_name(server: ApiServer, pods: Pods) -> None:
    two = [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]
    pods.ask.create("v1/pods", "p", {"spec": {"nodeName": "node1", "containers": two}})
    answer = await server.handle(asking("command=ls&stdout=1"))
    assert isinstance(answer, Response)
    text = "a container name must be specified for pod p, choose one of: [a b]"
    assert orjson.loads(answer.body)["message"] == text
