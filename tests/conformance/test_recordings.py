"""
What a real API server answered, the simulator answers: every recorded exchange is replayed.

The floors only ever rise. A file is complete when its floor is its number of steps.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.conformance import run

HERE = Path(__file__).parent

FLOORS = {
    "apply": 38,
    "configmaps": 27,
    "crds": 17,
    "delete": 26,
    "deployments": 17,
    "discovery": 14,
    "leases": 5,
    "lists": 27,
    "namespaces": 16,
    "networking": 6,
    "objects": 14,
    "patch": 27,
    "pods": 13,
    "rbac": 6,
    "services": 14,
    "statefulsets": 7,
    "tables": 25,
    "validation": 16,
    "watch": 17,
}
"""Recorded steps of each file that match."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a running `simulator serve` without controllers."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--controllers", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[0] == "ready"
        yield ready[1]
        process.terminate()


def test_every_file_of_recordings_has_a_floor() -> None:
    assert sorted(FLOORS) == sorted(path.stem for path in HERE.glob("*.json"))


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_recorded_answers_are_given_again(server: str, name: str) -> None:
    document = orjson.loads((HERE / f"{name}.json").read_bytes())
    matching, different = 0, []
    with httpx.Client(base_url=server, timeout=60) as client:
        for case in document["cases"]:
            good, bad = run.run_case(client, case, record=False)
            matching += good
            different += bad
    assert matching >= FLOORS[name], "\n".join(different)
    assert matching == FLOORS[name], f"{matching} steps match: raise the floor"
