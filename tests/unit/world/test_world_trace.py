"""A whole world with its control plane: it runs what it is given, and one seed is one trace."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import trio

from provider.http.client import HttpClient, open_http
from simulator import deterministic
from simulator.controllers.settings import ControllerSettings
from simulator.world import KUBERNETES, open_world

ROOT = Path(__file__).parents[3]

APPS = "/apis/apps/v1/namespaces/default/deployments"

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
        },
    },
}


async def available(cluster: HttpClient) -> int:
    """Create the Deployment, wait until it is Available; its available replicas."""
    body = orjson.dumps(DEPLOYMENT)
    created = await cluster.request("POST", APPS, body=body, content_type="application/json")
    assert created.status == 201, created.body
    while True:
        await trio.sleep(0.5)
        found = orjson.loads((await cluster.request("GET", f"{APPS}/web")).body)
        conditions = {c["type"]: c["status"] for c in found["status"].get("conditions", ())}
        if conditions.get("Available") == "True" and found["status"].get("availableReplicas") == 3:
            return int(found["status"]["availableReplicas"])


async def story(seed: int) -> tuple[int, str]:
    async with open_world(
        seed=seed, controllers=ControllerSettings(), latency_seconds=0.001
    ) as world:
        backend = world.network.link("test").backend
        async with open_http(f"http://{KUBERNETES}", network_backend=backend) as cluster:
            with trio.fail_after(120):
                replicas = await available(cluster)
            await cluster.request("DELETE", f"{APPS}/web")
            await trio.sleep(60)
            pods = await cluster.request("GET", "/api/v1/namespaces/default/pods")
            assert orjson.loads(pods.body)["items"] == []
        return replicas, world.trace_hash()


def trace(seed: int, hash_seed: str) -> str:
    program = (
        "from simulator import deterministic\n"
        "from tests.unit.world.test_world_trace import story\n"
        f"print(deterministic.run({seed}, story, {seed})[1])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip()


def test_a_deployment_becomes_available_and_goes_with_its_pods_in_virtual_time() -> None:
    replicas, _ = deterministic.run(1, story, 1)

    assert replicas == 3


def test_one_seed_is_one_trace_in_any_process_and_another_seed_another() -> None:
    here = deterministic.run(1, story, 1)[1]

    assert {trace(1, "1"), trace(1, "2")} == {here}
    assert deterministic.run(2, story, 2)[1] != here
