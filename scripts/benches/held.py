"""
Row `held`: what a daemon weighs and burns while it holds two thousand leases, beside one that holds none.

Both are the real command against the simulated cluster and market, each a process of its own; the
samples are of the daemon alone, while nothing happens to any lease.
"""

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import trio

from provider.cli.state import StateDir, StateError
from provider.http.client import HttpClient, open_http
from provider.lease.codec import encode_manifest
from provider.lease.groups import encode_groups
from provider.lease.identity import LeaseID
from provider.lease.version import version_hash
from provider.sdl.compile import compile_sdl
from provider.workload.crds import definitions
from scripts.benches.figures import Figure, say
from scripts.benches.processes import ROOT, Running, running, simulator

HELD = int(os.environ.get("BENCH_HELD", "2000"))
NODES = HELD // 80 + 2
"""A node takes 110 pods."""
SAMPLE_SECONDS = 20.0
AT_ONCE = 8
PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
OWNER = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"
SDL = """
version: "2.0"
services:
  web:
    image: nginx
    expose:
      - port: 80
        accept: [NAME.example.com]
        to: [{global: true}]
profiles:
  compute:
    web:
      resources:
        cpu: {units: 0.1}
        memory: {size: 64Mi}
        storage: {size: 64Mi}
  placement:
    dc: {pricing: {web: {denom: uact, amount: 1}}}
deployment:
  web: {dc: {profile: web, count: 1}}
"""


async def _post(http: HttpClient, path: str, body: object) -> None:
    answer = await http.request(
        "POST", path, body=orjson.dumps(body), content_type="application/json"
    )
    if answer.status >= 300:
        raise SystemExit(f"POST {path}: {answer.status} {answer.body.decode()[:300]}")


async def _install(url: str) -> None:
    async with open_http(url) as http:
        place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lease"}}
        await _post(http, "/api/v1/namespaces", place)
        for definition in definitions():
            await _post(http, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)


async def _fill(market_url: str, gateway_url: str, token: str) -> None:
    """Win all leases and send their manifests, a few at a time."""
    headers = {"authorization": f"Bearer {token}"}
    limiter = trio.CapacityLimiter(AT_ONCE)
    done = 0

    async def one(market: HttpClient, gateway: HttpClient, number: int) -> None:
        nonlocal done
        async with limiter:
            compiled = compile_sdl(SDL.replace("NAME", f"h{number}"))
            lease = LeaseID(OWNER, 1000 + number, 1, 1, PROVIDER)
            name = {
                "owner": OWNER,
                "dseq": str(lease.dseq),
                "gseq": 1,
                "oseq": 1,
                "provider": PROVIDER,
            }
            digest = base64.b64encode(version_hash(compiled.manifest)).decode()
            groups = encode_groups(compiled.groups)
            won = {"lease": name, "hash": digest, "groups": groups}
            await _post(market, "/simulator/leases", won)
            await _send(gateway, lease, orjson.dumps(encode_manifest(compiled.manifest)))
            done += 1
            if done % 200 == 0:
                say(f"held: {done} of {HELD} manifests accepted")

    async with (
        open_http(market_url) as market,
        open_http(gateway_url, headers=headers) as gateway,
        trio.open_nursery() as nursery,
    ):
        for number in range(HELD):
            nursery.start_soon(one, market, gateway, number)


async def _send(gateway: HttpClient, lease: LeaseID, body: bytes) -> None:
    path = f"/leases/{lease.owner}/{lease.dseq}/{lease.gseq}/{lease.oseq}/manifest"
    for _ in range(60):
        answer = await gateway.request(
            "PUT", path, body=body, content_type="application/json", deadline_seconds=90
        )
        if answer.status == 200:
            return
        # Not seen on the chain yet, or the market is asked again.
        await trio.sleep(1)
    raise SystemExit(f"{lease}: {answer.status} {answer.body.decode()[:300]}")


async def _until_whole(gateway_url: str, token: str) -> None:
    async with open_http(gateway_url, headers={"authorization": f"Bearer {token}"}) as gateway:
        with trio.fail_after(1200):
            while True:
                status = orjson.loads((await gateway.request("GET", "/status")).body)
                whole = sum(
                    lease["phase"] == "deploy-complete" and lease["health"] == "healthy"
                    for lease in status["leases"]
                )
                if whole == HELD:
                    return
                say(f"held: {whole} of {HELD} healthy")
                await trio.sleep(5)


def _samples(daemon: Running, rounds: int, what: str) -> tuple[list[float], list[float]]:
    """MiB, and percent of one core."""
    memory, load = [], []
    for number in range(rounds):
        before, began = daemon.cpu_seconds(), time.perf_counter()
        time.sleep(SAMPLE_SECONDS)
        load.append(100 * (daemon.cpu_seconds() - before) / (time.perf_counter() - began))
        memory.append(daemon.memory_mib())
        say(f"{what}, round {number + 1} of {rounds}: {memory[-1]:.0f} MiB, {load[-1]:.1f} %")
    return memory, load


@contextmanager
def _daemon(place: Path, market_url: str) -> Iterator[tuple[Running, str, str]]:
    """A running `provider run`, its gateway and its token."""
    state = StateDir(place / "state")
    command = [
        *(sys.executable, "-m", "provider", "run", "--provider", PROVIDER),
        *("--market", market_url, "--kubeconfig", str(place / "kubeconfig")),
        *("--listen", "127.0.0.1:0", "--probes", "127.0.0.1:0", "--state-dir", str(state.path)),
        *("--log-level", "error"),
    ]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            while True:
                try:
                    url, token = state.read_url(), state.token.read_text().strip()
                    break
                except (StateError, OSError):
                    if process.poll() is not None or time.perf_counter() - began > 30:
                        raise SystemExit("the daemon does not start") from None
                    time.sleep(0.05)
            yield Running(process, url, time.perf_counter() - began), url, token
        finally:
            process.terminate()


def measure(rounds: int) -> Sequence[Figure]:
    """First empty, then full, the same process."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        options = ("--nodes", str(NODES), "--market-port", "0")
        command = simulator(*options, "--write-kubeconfig", str(place / "kubeconfig"))
        with running(command) as cluster:
            market_url = cluster.line().split()[1]
            trio.run(_install, cluster.url)
            with _daemon(place, market_url) as (daemon, gateway_url, token):
                empty = _samples(daemon, rounds, "held: none")
                began = time.perf_counter()
                trio.run(_fill, market_url, gateway_url, token)
                trio.run(_until_whole, gateway_url, token)
                say(f"held: {HELD} leases healthy after {time.perf_counter() - began:.0f} s")
                time.sleep(SAMPLE_SECONDS)
                full = _samples(daemon, rounds, f"held: {HELD}")
    return (
        Figure(f"memory with {HELD} leases", "MiB", full[0], empty[0], "no lease"),
        Figure(f"load with {HELD} leases", "% of a core", full[1], empty[1], "no lease"),
    )
