"""`simulator serve` as a process."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

SERVE = (sys.executable, "-m", "simulator", "serve")
SECONDS = 30


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = (*SERVE, "--port", "0")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as started:
        yield started
        started.kill()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
    assert ready is not None
    return ready[1]


def test_it_says_where_it_listens_and_answers_there(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address(process)) as client:
        assert client.get("/readyz").text == "ok"
        names = [
            item["metadata"]["name"] for item in client.get("/api/v1/namespaces").json()["items"]
        ]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]


@pytest.mark.parametrize("number", [signal.SIGINT])
def test_an_interrupt_ends_it_quietly(process: subprocess.Popen[str], number: int) -> None:
    with httpx.Client(base_url=address(process)) as client:
        watch = "/api/v1/namespaces?watch=1&timeoutSeconds=60"
        with client.stream("GET", watch) as stream:
            assert stream.status_code == 200
            process.send_signal(number)
            _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (130, "")


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = (*SERVE, "--port", str(port))
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert f"port {port} is taken" in line
    assert "--port" in line
