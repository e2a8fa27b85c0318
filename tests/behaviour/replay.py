"""Runs the requests of a recording against a simulated cluster and collects what follows."""

from collections.abc import Mapping

import orjson
import trio

from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject
from simulator.ports import Client
from simulator.verbs.client import VerbClient
from tests.behaviour.cluster import open_cluster
from tests.behaviour.projection import project
from tests.behaviour.recording import Happened, Phase, Recording

NAMESPACE = "recorded"

_NODE_CHANGES: Mapping[tuple[str, int], float] = {("deployment-unschedulable", 1): 3.7}
"""When a node changed in a phase, by scenario and phase: the scheduler then tries again what it refused.
The recorded nodes were written to by their pretend kubelets now and then, ours are quiet."""

_SETTLING_SECONDS = 1.0
"""After the last recorded event of a phase; ours may be that much later."""


async def replay(recording: Recording, seed: int) -> list[Happened]:
    """What our control plane makes of the recorded requests."""
    commits: list[tuple[int, CommitEntry]] = []
    async with open_cluster(seed=seed) as cluster:
        user = VerbClient(cluster, "tester")
        # What a new cluster does by itself is no part of the scenario.
        await trio.sleep(_SETTLING_SECONDS)
        for number, phase in enumerate(recording.phases):
            begun = len(cluster.journal.commits)
            await _request(user, phase)
            with trio.move_on_after(phase.seconds + _SETTLING_SECONDS):
                await _change_node(user, _NODE_CHANGES.get((recording.scenario, number)))
            commits += [(number, commit) for commit in cluster.journal.commits[begun:]]
    return list(project(commits, recording.kinds, NAMESPACE))


async def _change_node(user: Client, seconds: float | None) -> None:
    """Have a node say something new after a while, if at all; waits for ever afterwards."""
    if seconds is not None:
        await trio.sleep(seconds)
        patch = {"metadata": {"labels": {"example.com/rack": "7"}}}
        await user.patch("v1/nodes", "", "node1", patch)
    await trio.sleep_forever()


async def _request(user: Client, phase: Phase) -> None:
    resource, namespace, name = _address(phase.path.replace("<ns>", NAMESPACE))
    body = orjson.loads(orjson.dumps(phase.body).replace(b"<ns>", NAMESPACE.encode()))
    match phase.method:
        case "POST":
            await user.create(resource, namespace, body)
        case "PATCH":
            await user.patch(resource, namespace, name, body)
        case "DELETE":
            policy = _policy(body)
            await user.delete(resource, namespace, name, propagation=policy)
        case _:
            raise AssertionError(f"no recording uses {phase.method}")


def _policy(body: Mapping[str, JSONObject]) -> str:
    return str(body.get("propagationPolicy", ""))


def _address(path: str) -> tuple[str, str, str]:
    """Resource, namespace and name of an API path."""
    parts = path.strip("/").split("/")
    api_version = "v1" if parts[0] == "api" else "/".join(parts[1:3])
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    return f"{api_version}/{rest[0]}", namespace, rest[1] if len(rest) > 1 else ""
