import attrs
import pytest
import trio
import trio.testing

from provider.cluster.inventory import Inventory, Outlines, outline
from provider.kubernetes.framing import WatchEvent
from provider.kubernetes.kinds import NODE, POD
from provider.kubernetes.store import Store
from provider.ledger.capacity import CapacityLedger
from provider.reconcile.health import NodeState
from provider.workload import labels
from provider.workload.options import RenderOptions


def make(kind, name, version, **rest):
    metadata = {"name": name, "uid": name, "resourceVersion": str(version), **rest.pop("meta", {})}
    return {"apiVersion": "v1", "kind": kind.kind, "metadata": metadata, **rest}


def node(name="a", version=1, ready="True", heartbeat="1"):
    return make(
        NODE,
        name,
        version,
        meta={
            "labels": {"akash.network": "true", "kubernetes.io/arch": "amd64"},
            "annotations": {"much": "text"},
            "managedFields": [{}],
        },
        spec={"podCIDR": "10.0.0.0/8"},
        status={
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "9"},
            "conditions": [
                {"type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat},
                {"type": "DiskPressure", "status": "False"},
            ],
            "images": [{"names": ["x"] * 50}],
        },
    )


def pod(name="p", version=1, cpu="1", **meta):
    return make(
        POD,
        name,
        version,
        meta={"namespace": "kube-system", **meta},
        spec={
            "nodeName": "a",
            "containers": [{"name": "c", "env": [{}], "resources": {"requests": {"cpu": cpu}}}],
        },
        status={"phase": "Running", "conditions": [{}]},
    )


@attrs.define
class Bench:
    inventory: Inventory

    def list(self, kind, *objects, version=1):
        outlines = self.inventory.outlines
        entries = [outlines.entry(kind, one) for one in objects]
        outlines.replace(kind, entries, str(version), as_of=trio.current_time())

    def event(self, kind, obj, how="MODIFIED"):
        self.inventory.outlines.observe(kind, WatchEvent(how, obj))

    def free(self):
        self.inventory.look()
        return [n.available["cpu"] for n in self.inventory.book.report().nodes]


@pytest.fixture
def bench():
    store = Store(labels.index, (POD,))
    return Bench(Inventory(store, Outlines(), CapacityLedger(RenderOptions()), 90.0))


def test_of_a_node_only_what_the_book_needs_is_kept():
    assert outline(NODE, node()) == {
        "metadata": {
            "name": "a",
            "uid": "a",
            "resourceVersion": "1",
            "labels": {"akash.network": "true"},
        },
        "spec": {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "9"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def test_of_a_pod_neither_environment_nor_images_are_kept():
    kept = outline(POD, pod())
    assert kept["spec"] == {
        "nodeName": "a",
        "containers": [{"resources": {"requests": {"cpu": "1"}}}],
        "initContainers": [],
    }
    assert kept["status"] == {"phase": "Running"}


async def test_the_book_follows_nodes_and_pods(bench):
    bench.list(NODE, node())
    bench.list(POD, pod())
    assert bench.free() == [3000]
    bench.event(POD, pod("q", 2, cpu="2"), "ADDED")
    assert bench.free() == [1000]
    bench.event(POD, pod("p", 3), "DELETED")
    assert bench.free() == [2000]
    bench.event(NODE, node("b", 4), "ADDED")
    assert bench.free() == [2000, 4000]


async def test_a_heartbeat_wakes_nobody_who_waits_for_room(bench):
    bench.list(NODE, node())
    bench.list(POD)
    bench.inventory.look()
    told = []
    bench.inventory.book.wake_on_change(lambda: told.append(1))
    bench.event(NODE, node(version=2, heartbeat="2"))
    bench.inventory.look()
    assert told == []
    bench.event(NODE, node(version=3, ready="False"))
    bench.inventory.look()
    assert told == [1]


async def test_where_nothing_was_heard_nothing_is_looked_at(bench, monkeypatch):
    bench.list(NODE, node())
    bench.list(POD)
    bench.inventory.look()
    monkeypatch.setattr(Outlines, "all", None)
    bench.inventory.look()


async def test_a_nodes_state_is_what_was_seen_of_it_and_nothing_when_sight_is_old(
    bench, mock_clock
):
    state = bench.inventory.node_state
    assert state("a") is NodeState.NOT_READY
    bench.list(NODE, node(), node("b", ready="Unknown"))
    assert [state(name) for name in "abc"] == [
        NodeState.READY,
        NodeState.NOT_READY,
        NodeState.GONE,
    ]
    mock_clock.jump(91)
    assert [state(name) for name in "abc"] == [NodeState.NOT_READY] * 3
