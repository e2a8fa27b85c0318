"""`provider run` as a process beside `simulator serve`, over real loopback sockets."""

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from provider.lease.groups import encode_groups
from provider.lease.version import version_hash
from provider.sdl.compile import compile_sdl
from tests.sim import tenants
from tests.unit.cli.test_running import SDL

PYTHON = (sys.executable, "-m")
SECONDS = 60


class Machine:
    """A cluster with a market, and a user who runs commands beside it."""

    def __init__(self, path, kubeconfig, market, serving):
        self.kubeconfig, self.market, self.serving = kubeconfig, market, serving
        self.lease = tenants.lease()
        self.env = {**os.environ, "HOME": str(path), "XDG_STATE_HOME": "", "COLUMNS": "200"}

    def provider(self, *arguments, given=None, check=True):
        command = (*PYTHON, "provider", *arguments)
        done = subprocess.run(
            command, env=self.env, input=given, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0 or not check, done.stderr
        return done

    @property
    def chain_id(self):
        answer = httpx.get(f"{self.market}/cosmos/base/tendermint/v1beta1/blocks/latest")
        return answer.json()["block"]["header"]["chain_id"]

    @property
    def needed(self):
        return (
            *("--provider", tenants.PROVIDER, "--market", self.market),
            *("--chain-id", "akashnet-2", "--kubeconfig", str(self.kubeconfig)),
        )

    def daemon(self, *arguments):
        command = (
            *(*PYTHON, "provider", "run", *self.needed),
            *("--listen", "127.0.0.1:0", "--probes", "127.0.0.1:0", *arguments),
        )
        return subprocess.Popen(command, env=self.env, stderr=subprocess.PIPE, text=True)

    def win(self, sdl):
        """The tenant opens a deployment and takes this provider's bid."""
        wanted = compile_sdl(sdl)
        lease = self.lease
        name = {"owner": lease.owner, "dseq": lease.dseq, "gseq": 1, "oseq": 1}
        body = {
            "lease": {**name, "provider": lease.provider},
            "hash": base64.b64encode(version_hash(wanted.manifest)).decode(),
            "groups": encode_groups(wanted.groups),
        }
        answer = httpx.post(f"{self.market}/simulator/leases", json=body)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def machine(tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    command = (*PYTHON, "simulator", "serve", "--port", "0", "--market-port", "0")
    command = (*command, "--write-kubeconfig", str(kubeconfig))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        cluster = re.fullmatch(r"ready (.*)\n", serving.stdout.readline())[1]
        market = re.fullmatch(r"market (.*)\n", serving.stdout.readline())[1]
        machine = Machine(tmp_path, kubeconfig, market, serving)
        _install(machine, cluster)
        yield machine
        serving.kill()


def _install(machine, cluster):
    import yaml

    with httpx.Client(base_url=cluster) as client:
        for definition in yaml.safe_load_all(machine.provider("crds").stdout):
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            assert client.post(path, json=definition).status_code == 201
        namespace = {"metadata": {"name": "lease"}}
        assert client.post("/api/v1/namespaces", json=namespace).status_code == 201


def until(daemon, event):
    """Read the daemon's log, one JSON object a line, up to an event."""
    for line in daemon.stderr:
        record = json.loads(line)
        if record["event"] == event:
            return record
    raise AssertionError(f"ended with {daemon.wait(SECONDS)} before {event!r}")


def test_a_tenants_web_server_runs_and_stays_when_the_daemon_leaves(machine):
    with machine.daemon() as daemon:
        probes = until(daemon, "probes")["at"]
        until(daemon, "ready")
        machine.win(SDL)
        sent = machine.provider("manifest", "send", str(machine.lease), "-", given=SDL)
        assert sent.stdout == "accepted: generation 1\n"
        shown = _until_healthy(machine)
        assert shown["phase"] == "deploy-complete"
        assert httpx.get(f"{probes}/readyz").text == "ok\n"
        assert 'provider_leases{phase="deploy-complete"} 1' in httpx.get(f"{probes}/metrics").text
        daemon.send_signal(signal.SIGTERM)
        until(daemon, "drained")
        assert daemon.wait(SECONDS) == 0

    gone = machine.provider("leases", check=False)
    assert (gone.returncode, gone.stdout) == (1, "")

    seen = machine.provider("run", *machine.needed, "--observe", "--once")
    (line,) = [line.split() for line in seen.stdout.splitlines() if machine.lease.owner in line]
    assert line[1] == "adopt"
    assert "would write or delete 0 objects; nothing was written" in seen.stdout

    with machine.daemon() as daemon:
        until(daemon, "ready")
        again = machine.provider("manifest", "send", str(machine.lease), "-", given=SDL)
        assert again.stdout == "unchanged: generation 1\n"
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(SECONDS) == 0


def _until_healthy(machine):
    for _ in range(60):
        shown = json.loads(machine.provider("lease", "show", "1000", "--json").stdout)
        if shown["health"] == "healthy":
            return shown
    raise AssertionError(shown)


def test_a_second_signal_ends_it_at_once(machine):
    with machine.daemon() as daemon:
        until(daemon, "ready")
        # Nothing of the cluster answers any more, so that the drain has something to wait for.
        machine.serving.send_signal(signal.SIGSTOP)
        daemon.send_signal(signal.SIGTERM)
        until(daemon, "draining")
        while daemon.poll() is None:
            daemon.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(0.2)
        assert daemon.returncode == -signal.SIGTERM


def test_a_taken_port_is_told_and_is_exit_code_2(machine):
    with machine.daemon() as daemon:
        at = until(daemon, "gateway")["at"].removeprefix("http://")
        with machine.daemon("--listen", at) as second:
            _, errors = second.communicate(timeout=SECONDS)
            assert second.returncode == 2
            assert f"error: cannot listen on {at}: another program listens there" in errors
            assert "Traceback" not in errors
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(SECONDS) == 0
