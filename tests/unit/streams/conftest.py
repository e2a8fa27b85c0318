"""A cluster with a node, and pods on it whose kubelet the test plays."""

import attrs
import pytest
import trio

from simulator.api.server import ApiServer
from simulator.jsontypes import JSONObject
from simulator.timestamps import timestamp
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking

START = 1_767_225_600.0


class WorldClock:
    """Wall time that moves with Trio's, from 2026-01-01T00:00:00Z at the test's begin."""

    def __init__(self) -> None:
        self.begun = trio.current_time()

    def now(self) -> float:
        return START + trio.current_time() - self.begun


@attrs.frozen
class Pods:
    """Pods, as their kubelet tells of them."""

    cluster: Cluster
    ask: Asking

    def start(self, name: str, *, node: str = "node1", **container: object) -> None:
        spec = {"name": "main", "image": "web:1", **container}
        self.ask.create("v1/pods", name, {"spec": {"nodeName": node, "containers": [spec]}})

    def tell(self, name: str, *, state: JSONObject, last: JSONObject | None = None, **more) -> None:
        status = {
            "name": "main",
            "image": "web:1",
            "imageID": "",
            "ready": "running" in state,
            "restartCount": 0,
            "state": state,
            "lastState": last or {},
            "containerID": f"simulator://{name}",
            **more,
        }
        change = {"status": {"phase": "Running", "containerStatuses": [status]}}
        self.ask.merge("v1/pods", name, change, subresource="status")

    def run(self, name: str, **container: object) -> None:
        self.start(name, **container)
        self.tell(name, state={"running": {"startedAt": timestamp(self.cluster.clock.now())}})

    def end(self, name: str, code: int = 0) -> None:
        now = timestamp(self.cluster.clock.now())
        ended = {"exitCode": code, "startedAt": timestamp(START), "finishedAt": now}
        self.tell(name, state={"terminated": {**ended, "containerID": f"simulator://{name}"}})


@pytest.fixture
async def cluster() -> Cluster:
    made = Cluster(WorldClock())
    bootstrap(made)
    ask = Asking(made)
    ask.create("v1/namespaces", "n")
    ask.create("v1/nodes", "node1")
    return made


@pytest.fixture
async def pods(cluster: Cluster) -> Pods:
    return Pods(cluster, Asking(cluster))


@pytest.fixture
async def server(cluster: Cluster) -> ApiServer:
    return ApiServer(cluster)
