"""`simulator serve --state`: what a restart goes on with, and which files it refuses."""

import json
import random
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
import trio
import trio.testing

from simulator.cli import state
from simulator.cli.running import SAVE_SECONDS, _keep_saving
from simulator.cli.state import StateError, StateFile, new_credentials, with_certificates
from simulator.market.chain import Chain
from simulator.verbs import saved
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from tests.unit.cli.test_serve import SECONDS, SERVE, address
from tests.unit.verbs.asking import Asking
from tests.unit.verbs.conftest import StoppedClock
from tests.unit.verbs.test_custom import CRDS, definition, version

LEASE = {
    "owner": "akash1owner",
    "dseq": 7,
    "gseq": 1,
    "oseq": 1,
    "provider": "akash1provider",
}


@contextmanager
def serving(path: Path) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Cluster and market of a server that is interrupted at the end."""
    command = (*SERVE, "--port", "0", "--controllers", "none", "--market-port", "0")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen((*command, "--state", str(path)), text=True, **pipes) as process:
        cluster = address(process)
        assert process.stdout is not None
        market = process.stdout.readline().removeprefix("market ").rstrip()
        with httpx.Client(base_url=cluster) as first, httpx.Client(base_url=market) as second:
            yield first, second
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
        assert (process.returncode, errors) == (130, "")


def test_a_restart_goes_on_where_it_stood(tmp_path: Path) -> None:
    path, maps = tmp_path / "state", "/api/v1/namespaces/default/configmaps"
    token = "/api/v1/namespaces/default/serviceaccounts/sa/token"
    with serving(path) as (cluster, market):
        made = cluster.post(maps, json={"metadata": {"name": "a"}}).json()["metadata"]
        accounts = "/api/v1/namespaces/default/serviceaccounts"
        assert cluster.post(accounts, json={"metadata": {"name": "sa"}}).status_code == 201
        bearer = cluster.post(token, json={}).json()["status"]["token"]
        revision = int(cluster.get(maps).json()["metadata"]["resourceVersion"])
        lease = {"lease": LEASE, "hash": "", "groups": []}
        opened = market.post("/simulator/leases", json=lease).json()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with serving(path) as (cluster, market):
        again = cluster.get(f"{maps}/a").json()["metadata"]
        assert (again["uid"], again["resourceVersion"]) == (made["uid"], made["resourceVersion"])
        later = cluster.post(maps, json={"metadata": {"name": "b"}}).json()["metadata"]
        assert int(later["resourceVersion"]) == revision + 1
        assert later["uid"] != made["uid"]
        answer = cluster.get(maps, headers={"authorization": f"Bearer {bearer}"})
        assert answer.status_code == 403, "the token still names its account"
        query = {f"id.{key}": value for key, value in LEASE.items()}
        found = market.get("/akash/market/v1beta5/leases/info", params=query).json()
        assert found["lease"]["created_at"] == opened["lease"]["created_at"]


def test_a_watch_from_before_the_restart_is_told_to_list_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with serving(path) as (cluster, _market):
        revision = cluster.get("/api/v1/namespaces").json()["metadata"]["resourceVersion"]
        cluster.post("/api/v1/namespaces", json={"metadata": {"name": "n"}})
    with serving(path) as (cluster, _market):
        target = f"/api/v1/namespaces?watch=1&timeoutSeconds=5&resourceVersion={revision}"
        with cluster.stream("GET", target) as stream:
            event = json.loads(next(stream.iter_lines()))
        assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"simulator": 2}', '{"simulator": 1, "now": 1}', "apiVersion: v1\n"],
)
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state"
    path.write_text(content)
    with pytest.raises(StateError, match="move it away to begin anew"):
        state.read(path)


def test_the_command_refuses_a_foreign_file_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("mine")
    ended = subprocess.run(
        (*SERVE, "--port", "0", "--state", str(path)),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout, path.read_text()) == (2, "", "mine")
    (line,) = ended.stderr.splitlines()
    assert "move it away to begin anew" in line


def world(seed: int = 0) -> tuple[Cluster, Chain]:
    clock = StoppedClock()
    return Cluster(clock, seed), Chain(clock)


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    cluster, chain = world()
    bootstrap(cluster)
    ask = Asking(cluster)
    ask.create("v1/namespaces", "n")
    ask.create(CRDS, "widgets.example.com", definition(version("v1", storage=True)))
    ports = [{"port": 80, "nodePort": 30080}]
    service = {"spec": {"type": "NodePort", "ports": ports}}
    ask.create("v1/services", "s", service)
    path = tmp_path / "state"
    credentials = with_certificates(new_credentials(), cluster.clock.now())
    assert StateFile(path, cluster, chain, credentials).save()

    found = state.read(path)
    assert found is not None
    assert found.credentials == credentials
    again, other = world()
    state.load(path, found, again, other)
    assert saved.dump(again) == saved.dump(cluster)
    assert [served.path for served in again.registry] == [s.path for s in cluster.registry]
    uids = {obj["metadata"]["uid"] for each in again.store.contents().values() for obj in each}
    for number in range(30):
        made = Asking(again).create("v1/configmaps", f"c{number}").object
        assert made["metadata"]["uid"] not in uids
    drawn = Asking(again).create("v1/services", "t", {"spec": {"ports": [{"port": 80}]}}).object
    address = ask.get("v1/services", "s")["spec"]["clusterIP"]
    assert drawn["spec"]["clusterIP"] != address
    taken = {"spec": {"clusterIP": address, "ports": [{"port": 80}]}}
    with pytest.raises(Exception, match="already allocated"):
        Asking(again).create("v1/services", "u", taken)


def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    cluster, chain = world()
    bootstrap(cluster)
    file = StateFile(tmp_path / "state", cluster, chain, new_credentials())
    assert file.save()
    assert not file.save()
    Asking(cluster).create("v1/namespaces", "n")
    assert file.save()


async def test_a_save_that_fails_is_told_and_tried_again(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    autojump_clock: trio.testing.MockClock,
) -> None:
    cluster, chain = world()
    bootstrap(cluster)
    folder = tmp_path / "mounted"
    file = StateFile(folder / "state", cluster, chain, new_credentials())
    with trio.move_on_after(1.5 * SAVE_SECONDS):
        await _keep_saving(file, 1)
    assert "state not saved" in capsys.readouterr().err
    folder.mkdir()
    with trio.move_on_after(1.5 * SAVE_SECONDS):
        await _keep_saving(file, 1)
    assert (capsys.readouterr().err, file.path.exists()) == ("", True)


@pytest.mark.parametrize("seed", range(5))
def test_a_damaged_file_is_never_half_loaded(tmp_path: Path, seed: int) -> None:
    cluster, chain = world()
    bootstrap(cluster)
    path = tmp_path / "state"
    StateFile(path, cluster, chain, new_credentials()).save()
    document = orjson.loads(path.read_bytes())
    part = random.Random(seed).choice(["credentials", "cluster", "chain"])
    document[part] = {"revision": "many"}
    path.write_bytes(orjson.dumps(document))
    with pytest.raises(StateError, match="move it away"):
        state.load(path, state.read(path), *world())  # type: ignore[arg-type]
