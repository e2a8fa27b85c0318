"""
What a real API server answered, the simulator answers: every recorded exchange is replayed over TCP.

The floors only ever rise. A file is complete when its floor is its number of steps.
"""

from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest
import trio

from simulator.api.server import ApiServer
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from simulator.wire.server import serve_tcp
from tests.conformance import run

HERE = Path(__file__).parent

FLOORS = {
    "apply": 38,
    "configmaps": 27,
    "crds": 17,
    "delete": 26,
    "deployments": 17,
    "discovery": 16,
    "leases": 5,
    "lists": 27,
    "namespaces": 16,
    "networking": 6,
    "objects": 15,
    "patch": 27,
    "pods": 13,
    "rbac": 10,
    "services": 14,
    "statefulsets": 7,
    "tables": 26,
    "validation": 16,
    "watch": 17,
}
"""Recorded steps of each file that match."""


class StoppedClock:
    """
    One wall time for a whole replay.

    Entries of managedFields are sorted by their times. The recordings have them from within one
    second, which a replay would now and then not be.
    """

    def now(self) -> float:
        return 1_767_225_600.0


def test_every_file_of_recordings_has_a_floor() -> None:
    assert sorted(FLOORS) == sorted(path.stem for path in HERE.glob("*.json"))


@pytest.mark.parametrize("name", sorted(FLOORS))
async def test_recorded_answers_are_given_again(name: str) -> None:
    cluster = Cluster(StoppedClock())
    bootstrap(cluster)
    async with trio.open_nursery() as nursery:
        serve = partial(serve_tcp, ApiServer(cluster).handle, port=0)
        port = await nursery.start(serve, name="API server")
        replayed = partial(replay, f"http://127.0.0.1:{port}", name)
        matching, different = await trio.to_thread.run_sync(replayed)
        nursery.cancel_scope.cancel(reason="replayed")
    assert matching >= FLOORS[name], "\n".join(different)
    assert matching == FLOORS[name], f"{matching} steps match: raise the floor"


def replay(server: str, name: str) -> tuple[int, list[str]]:
    """How many steps of a file match, and what differs in the others."""
    document = orjson.loads((HERE / f"{name}.json").read_bytes())
    matching, different = 0, []
    with httpx.Client(base_url=server, timeout=60) as client:
        for case in document["cases"]:
            good, bad = run.run_case(client, case, record=False)
            matching += good
            different += bad
    return matching, different
