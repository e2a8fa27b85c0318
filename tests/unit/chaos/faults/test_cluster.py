"""Faults of control plane, nodes and admission, each seen in the cluster."""

import pytest
import trio

from simulator.chaos.faults.cluster_states import CLUSTER
from simulator.ports import Refused
from tests.unit.chaos.faults.tiny import DEPLOYMENTS, fault, play

HERE = frozenset(
    {
        "controllers-lag",
        "controllers-paused",
        "controllers-crash",
        "scheduler-off",
        "kubelet-slow",
        "pods-endless",
        "node-dark",
        "node-not-ready",
        "node-cordoned",
        "node-drained",
        "quota",
    }
)
ELSEWHERE = frozenset({"admission-refused", "rate-limited"})
"""In `test_requests`."""


def test_every_fault_of_the_cluster_is_here():
    assert set(CLUSTER) == HERE | ELSEWHERE


def deployed(what, *, pods=1, **rest):
    """When a Deployment made at 10 has its pods ready, with a fault from 1 on."""
    found = []

    async def story(tiny):
        await trio.sleep_until(10)
        await tiny.deploy(replicas=pods)
        while await tiny.ready() < pods:
            await trio.sleep(0.5)
            assert trio.current_time() < 1000
        assert tiny.fired.fired > 0
        found.append(trio.current_time())

    play(story, fault(what, **rest), controllers=True)
    return found[0] - 10


def test_without_a_fault_it_takes_a_second():
    assert deployed("node-cordoned", node="node1") <= 1


@pytest.mark.parametrize(
    ("what", "values", "least", "most"),
    [
        ("controllers-lag", {"delay": 5.0}, 25, 60),
        ("controllers-lag", {"delay": 5.0, "controller": "replicaset-controller"}, 5, 12),
        ("controllers-lag", {"delay": 5.0, "controller": "kubelet"}, 5, 12),
        ("controllers-paused", {"seconds": 99}, 90, 92),
        ("controllers-paused", {"seconds": 99, "controller": "deployment-controller"}, 90, 92),
        ("controllers-crash", {"seconds": 99}, 90, 92),
        ("scheduler-off", {"seconds": 99}, 90, 92),
        ("kubelet-slow", {"factor": 30.0}, 9, 10),
    ],
)
def test_a_deployment_is_late(what, values, least, most):
    assert least <= deployed(what, **values) <= most


def test_what_caches_hear_lags_too():
    async def story(tiny):
        await trio.sleep(5)
        await tiny.deploy()
        await trio.sleep(6.9)
        items, _ = await tiny.user.list("apps/v1/replicasets", tiny.lease.namespace)
        assert not items
        await trio.sleep(10)
        items, _ = await tiny.user.list("apps/v1/replicasets", tiny.lease.namespace)
        assert items

    lag = fault("controllers-lag", delay=7.0, controller="caches")
    play(story, lag, controllers=True)


def test_pods_do_not_end_until_they_may():
    async def story(tiny):
        await tiny.deploy()
        await trio.sleep(5)
        await tiny.user.delete(DEPLOYMENTS, tiny.lease.namespace, "d", propagation="Background")
        await trio.sleep(300)
        (pod,) = await tiny.pods()
        assert pod["metadata"]["deletionTimestamp"]
        assert tiny.fired.fired > 0
        tiny.board.heal()
        await trio.sleep(5)
        assert not await tiny.pods()

    play(story, fault("pods-endless", lease="A"), controllers=True)


def test_pods_of_another_lease_end():
    async def story(tiny):
        await tiny.deploy()
        await trio.sleep(5)
        await tiny.user.delete(DEPLOYMENTS, tiny.lease.namespace, "d", propagation="Background")
        await trio.sleep(60)
        assert not await tiny.pods()

    play(story, fault("pods-endless", lease="B", may_miss=True), controllers=True)


async def node(tiny, name="node1"):
    """Whether a node is Ready, and whether it takes pods."""
    live = await tiny.user.get("v1/nodes", "", name)
    ready = next(c["status"] for c in live["status"]["conditions"] if c["type"] == "Ready")
    return ready, not live["spec"].get("unschedulable", False)


@pytest.mark.parametrize(
    ("what", "after", "state"),
    [
        ("node-dark", 60, ("Unknown", True)),
        ("node-not-ready", 1, ("False", True)),
        ("node-cordoned", 1, ("True", False)),
        ("node-drained", 1, ("True", False)),
    ],
)
def test_a_node_is_so_until_the_fault_ends(what, after, state):
    async def story(tiny):
        await trio.sleep_until(5 + after)
        assert await node(tiny) == state
        assert await node(tiny, "node2") == ("True", True)
        await trio.sleep_until(120)
        assert await node(tiny) == ("True", True)
        assert tiny.fired.fired == 1

    play(story, fault(what, node="node1", at=5, seconds=100), controllers=True)


def test_a_drained_node_loses_its_pods():
    async def story(tiny):
        await tiny.deploy(replicas=4)
        await trio.sleep(5)
        assert {pod["spec"]["nodeName"] for pod in await tiny.pods()} == {"node1", "node2"}
        await trio.sleep(40)
        assert {pod["spec"]["nodeName"] for pod in await tiny.pods()} == {"node2"}

    play(story, fault("node-drained", at=6, node="node1"), controllers=True)


@pytest.mark.parametrize("what", ["node-dark", "node-not-ready", "node-cordoned", "node-drained"])
def test_a_node_that_is_not_there_makes_it_vacuous(what):
    async def story(tiny):
        await trio.sleep(5)
        tiny.board.heal()
        await tiny.board.wait_over()
        assert tiny.board.vacuous() == (what,)

    play(story, fault(what, node="node9"), controllers=True)


def test_a_quota_lies_in_a_namespace_and_goes_again():
    async def story(tiny):
        await trio.sleep(2)
        await tiny.deploy()
        await trio.sleep(5)
        assert not await tiny.pods()
        assert tiny.fired.fired == 1
        await trio.sleep(300)
        assert await tiny.ready() == 1

    play(story, fault("quota", lease="A", pods=0, seconds=20), controllers=True)


def test_a_quota_waits_for_its_namespace():
    async def story(tiny):
        ns = tiny.lease.namespace
        await tiny.user.delete("v1/namespaces", "", ns)
        await trio.sleep(30)
        with pytest.raises(Refused):
            await tiny.user.get("v1/namespaces", "", ns)
        tiny.fired.fired, tiny.fired.times = 0, []
        await trio.sleep_until(60)
        assert tiny.fired.fired == 0
        await tiny.user.create("v1/namespaces", "", {"metadata": {"name": ns}})
        await trio.sleep(1)
        assert tiny.fired.fired == 1

    play(story, fault("quota", lease="A", at=40), controllers=True)
