"""A cluster to try verbs on, and short ways to ask it."""

import pytest
import trio

from simulator.api.server import ApiServer
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


class WorldClock:
    """Wall time that moves with Trio's."""

    def now(self) -> float:
        return START + trio.current_time()


class StoppedClock:
    """Wall time for tests without Trio; they set it."""

    def __init__(self) -> None:
        self.seconds = START

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def cluster(clock: StoppedClock) -> Cluster:
    """A new cluster with one namespace, `n`."""
    made = Cluster(clock)
    bootstrap(made)
    Asking(made).create("v1/namespaces", "n")
    return made


@pytest.fixture
def ask(cluster: Cluster) -> Asking:
    return Asking(cluster)


@pytest.fixture
def server(cluster: Cluster) -> ApiServer:
    return ApiServer(cluster)
