"""`simulator serve` as a process."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

SERVE = (sys.executable, "-m", "simulator", "serve")
SECONDS = 30


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A server on a free port, with the test's further arguments, if it has any."""
    command = (*SERVE, "--port", "0", *getattr(request, "param", ("--controllers", "none")))
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


@pytest.mark.parametrize("process", [("--nodes", "2")], indirect=True)
def test_it_runs_a_control_plane_unless_told_not_to(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address(process)) as client:
        nodes = client.get("/api/v1/nodes").json()["items"]
        assert len(nodes) == 2
        pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        assert client.post("/api/v1/namespaces/default/pods", json=pod).status_code == 201
        running = "fieldSelector=status.phase=Running&watch=1&timeoutSeconds=20"
        with client.stream("GET", f"/api/v1/namespaces/default/pods?{running}") as events:
            event = json.loads(next(events.iter_lines()))
    assert event["object"]["spec"]["nodeName"] in {node["metadata"]["name"] for node in nodes}


def test_an_api_server_alone_has_no_nodes(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address(process)) as client:
        assert client.get("/api/v1/nodes").json()["items"] == []


@pytest.mark.parametrize("process", [("--controllers", "all")], indirect=True)
def test_an_interrupt_ends_it_quietly(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address(process)) as client:
        watch = "/api/v1/namespaces?watch=1&timeoutSeconds=60"
        with client.stream("GET", watch) as stream:
            assert stream.status_code == 200
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (130, "")


def test_a_request_to_end_is_followed_in_the_same_order(process: subprocess.Popen[str]) -> None:
    address(process)
    process.terminate()
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (143, "")


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


@pytest.mark.parametrize(
    "process", [("--market-port", "0", "--controllers", "none")], indirect=True
)
def test_the_market_is_served_beside_it(process: subprocess.Popen[str]) -> None:
    address(process)
    assert process.stdout is not None
    market = process.stdout.readline().removeprefix("market ").rstrip()
    with httpx.Client(base_url=market) as client:
        assert client.get("/cosmos/base/tendermint/v1beta1/syncing").json() == {"syncing": False}


@pytest.mark.parametrize("process", [("--speed", "40", "--nodes", "1")], indirect=True)
def test_its_time_can_pass_faster(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address(process)) as client:
        namespaces = "/api/v1/namespaces"
        assert client.post(namespaces, json={"metadata": {"name": "n"}}).status_code == 201
        began = time.perf_counter()
        assert client.delete(f"{namespaces}/n").status_code == 200
        with client.stream("GET", f"{namespaces}?watch=1&timeoutSeconds=60") as stream:
            assert "DELETED" in {json.loads(line)["type"] for line in stream.iter_lines()}
        passed = time.perf_counter() - began
    # A watch of sixty seconds, in which a namespace took its five to go.
    assert 1 < passed < 20


def test_the_help_teaches_by_examples() -> None:
    shown = subprocess.run(
        (*SERVE, "--help"), capture_output=True, text=True, timeout=SECONDS, check=True
    ).stdout
    assert "simulator serve --market-port 8002 --state /tmp/simulator.json" in shown
    assert "300/K real seconds" in shown
