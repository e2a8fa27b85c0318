"""What counts as the same end of two runs, and what does not."""

from copy import deepcopy
from types import SimpleNamespace

import attrs
import pytest

from simulator.chaos.digests import end_state
from simulator.chaos.essence import essence
from simulator.market.chain import Chain
from simulator.market.leases import LeaseName

DEPLOYMENT = (
    "apps/v1/deployments",
    {
        "metadata": {
            "namespace": "ns",
            "name": "web",
            "uid": "u1",
            "resourceVersion": "82",
            "creationTimestamp": "2026-01-01T00:00:05Z",
            "generation": 2,
            "labels": {"akash.network": "true", "akash.network/manifest.resource.version": "aa"},
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "web:2"}]}}},
        "status": {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 1},
    },
)
SERVICE = (
    "v1/services",
    {
        "metadata": {"namespace": "ns", "name": "web", "labels": {}},
        "spec": {
            "clusterIP": "10.0.0.1",
            "clusterIPs": ["10.0.0.1"],
            "ports": [{"port": 80, "nodePort": 31000}],
        },
    },
)
RECORD = (
    "akash.network/v2beta2/manifests",
    {
        "metadata": {
            "namespace": "lease",
            "name": "ns",
            "annotations": {
                "leasekeeper.akash.network/wish": "generation 3",
                "leasekeeper.akash.network/accepted": "generation 2",
                "leasekeeper.akash.network/closing": "since 12:00",
                "leasekeeper.akash.network/close-owed": "since 12:01",
            },
        },
        "spec": {"group": {"services": [{"env": ["GENERATION=3"]}]}},
    },
)
SECRET = (
    "v1/secrets",
    {"metadata": {"namespace": "ns", "name": "docker-creds-web"}, "data": {"key": "a"}},
)
POD = (
    "v1/pods",
    {
        "metadata": {
            "namespace": "ns",
            "name": "web-5d4f8-x7x7x",
            "uid": "u2",
            "labels": {"akash.network/manifest-service": "web", "pod-template-hash": "5d4f8"},
        },
        "spec": {
            "nodeName": "node1",
            "containers": [
                {
                    "name": "web",
                    "image": "web:3",
                    "env": [{"name": "GENERATION", "value": "3"}],
                }
            ],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.1.0.7",
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    },
)
VOLUME = (
    "v1/persistentvolumes",
    {
        "metadata": {"name": "pvc-u3", "uid": "u4"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "storageClassName": "beta2",
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {
                "namespace": "ns",
                "name": "db-data-db-0",
                "uid": "u3",
                "resourceVersion": "82",
            },
            "csi": {"volumeHandle": "pvc-u3"},
        },
        "status": {"phase": "Bound"},
    },
)
CLAIM = (
    "v1/persistentvolumeclaims",
    {
        "metadata": {"namespace": "ns", "name": "db-data-db-0"},
        "spec": {"volumeName": "pvc-u3", "storageClassName": "beta2"},
        "status": {"phase": "Bound"},
    },
)


def changed(obj, path, value):
    """A copy of which one field has another value."""
    copy = deepcopy(obj)
    *above, last = path
    part = copy
    for key in above:
        part = part[key]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return copy


def told(value):
    """An object by its kind, a field by its path."""
    if not isinstance(value, tuple):
        return "other" if value is not None else "none"
    return value[0] if isinstance(value[1], dict) else ".".join(map(str, value))


@pytest.mark.parametrize(
    ("object_", "path", "other"),
    [
        (DEPLOYMENT, ("metadata", "uid"), "u9"),
        (DEPLOYMENT, ("metadata", "resourceVersion"), "99"),
        (DEPLOYMENT, ("metadata", "creationTimestamp"), "2026-01-01T00:00:09Z"),
        (DEPLOYMENT, ("metadata", "annotations", "deployment.kubernetes.io/revision"), "3"),
        (DEPLOYMENT, ("metadata", "labels", "akash.network/manifest.resource.version"), "bb"),
        (SERVICE, ("spec", "clusterIP"), "10.0.0.2"),
        (SERVICE, ("spec", "clusterIPs"), ["10.0.0.2"]),
        (SERVICE, ("spec", "ports", 0, "nodePort"), 31001),
        (SERVICE, ("spec", "healthCheckNodePort"), 31002),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/accepted"), "1"),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/accepted"), None),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/closing"), "12:02"),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/close-owed"), "12:02"),
        (POD, ("metadata", "name"), "web-5d4f8-y8y8y"),
        (POD, ("metadata", "labels", "pod-template-hash"), "6e5a9"),
        (POD, ("metadata", "labels", "controller-revision-hash"), "db-6e5a9"),
        (POD, ("spec", "nodeName"), "node2"),
        (POD, ("status", "podIP"), "10.1.0.8"),
        (VOLUME, ("metadata", "name"), "pvc-u9"),
        (VOLUME, ("spec", "claimRef", "uid"), "u9"),
        (VOLUME, ("spec", "claimRef", "resourceVersion"), "85"),
        (VOLUME, ("spec", "csi", "volumeHandle"), "pvc-u9"),
        (CLAIM, ("spec", "volumeName"), "pvc-u9"),
    ],
    ids=told,
)
def test_a_value_that_was_drawn_or_is_of_the_past_makes_no_other_end(object_, path, other):
    resource, obj = object_

    assert essence(resource, changed(obj, path, other)) == essence(resource, obj)


@pytest.mark.parametrize(
    ("object_", "path", "other"),
    [
        (DEPLOYMENT, ("metadata", "name"), "db"),
        (DEPLOYMENT, ("metadata", "namespace"), "ns2"),
        (DEPLOYMENT, ("metadata", "labels", "akash.network"), None),
        (DEPLOYMENT, ("metadata", "deletionTimestamp"), "2026-01-01T00:00:09Z"),
        (DEPLOYMENT, ("spec", "replicas"), 2),
        (DEPLOYMENT, ("spec", "template", "spec", "containers"), [{"image": "web:1"}]),
        (DEPLOYMENT, ("status", "readyReplicas"), 0),
        (SERVICE, ("spec", "ports", 0, "port"), 81),
        (RECORD, ("spec", "group", "services", 0, "env"), ["GENERATION=2"]),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/wish"), "generation 2"),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/closing"), None),
        (RECORD, ("metadata", "annotations", "leasekeeper.akash.network/close-owed"), None),
        (SECRET, ("data", "key"), "b"),
        (POD, ("metadata", "namespace"), "ns2"),
        (POD, ("metadata", "labels", "akash.network/manifest-service"), "db"),
        (POD, ("metadata", "deletionTimestamp"), "2026-01-01T00:00:09Z"),
        (POD, ("spec", "containers", 0, "image"), "web:2"),
        (POD, ("spec", "containers", 0, "env", 0, "value"), "2"),
        (POD, ("status", "conditions", 0, "status"), "False"),
        (POD, ("status", "phase"), "Pending"),
        (VOLUME, ("spec", "claimRef", "namespace"), "ns2"),
        (VOLUME, ("spec", "claimRef", "name"), "db-data-db-1"),
        (VOLUME, ("spec", "capacity", "storage"), "2Gi"),
        (VOLUME, ("spec", "storageClassName"), "beta3"),
        (VOLUME, ("status", "phase"), "Released"),
        (CLAIM, ("status", "phase"), "Pending"),
    ],
    ids=told,
)
def test_whose_it_is_what_it_asks_for_and_whether_it_is_in_order_makes_another_end(
    object_, path, other
):
    resource, obj = object_

    assert essence(resource, changed(obj, path, other)) != essence(resource, obj)


@pytest.mark.parametrize(
    "plural",
    ["controllerrevisions", "replicasets", "endpoints", "endpointslices", "events", "nodes"],
)
def test_nobody_asked_for_what_controllers_keep_of_the_past(plural):
    assert essence(f"v1/{plural}", {"metadata": {"name": "a"}}) is None


# ── the hash ────────────────────────────────────────────────────────────────────────────────────

OWNER, PROVIDER = "akash1owner", "akash1provider"
LEASE = LeaseName(OWNER, 1000, 1, 1, PROVIDER)


@attrs.define
class Clock:
    """Time stands still, unless it is moved."""

    time: float = 1_800_000_000.0

    def now(self):
        return self.time


@attrs.define
class Ended:
    """As much of a run's evidence as its end is told from."""

    objects: list = attrs.field(factory=list)
    clock: Clock = attrs.field(factory=Clock)
    chain: Chain = attrs.field(init=False)

    def __attrs_post_init__(self):
        self.chain = Chain(self.clock)
        self.chain.open(LEASE, manifest_hash=b"1")

    @property
    def world(self):
        resources = sorted({resource for resource, _ in self.objects})
        served = [SimpleNamespace(path=one, storage=one) for one in resources]
        return SimpleNamespace(
            cluster=SimpleNamespace(registry=served, store=self), chain=self.chain
        )

    def items(self, storage):
        return [SimpleNamespace(object=obj) for one, obj in self.objects if one == storage]


def test_an_object_more_and_the_same_one_twice_make_another_end():
    there = [DEPLOYMENT, POD]
    ends = [Ended(), Ended([DEPLOYMENT]), Ended(there), Ended([*there, POD])]

    assert len({end_state(one) for one in ends}) == 4
    assert end_state(Ended([POD, DEPLOYMENT])) == end_state(Ended(there))


def test_the_market_holds_a_lease_what_its_tenant_announced_or_why_it_ended():
    held, announced, owner, provider = Ended(), Ended(), Ended(), Ended()
    announced.chain.update(LEASE.deployment, b"2")
    owner.chain.close(LEASE)
    provider.chain.close(LEASE, reason="lease_closed_reason_unstable")

    assert len({end_state(one) for one in (held, announced, owner, provider)}) == 4


def test_of_a_lease_that_ended_neither_the_moment_counts_nor_what_was_announced():
    early, late = Ended(), Ended()
    late.clock.time += 60
    late.chain.update(LEASE.deployment, b"2")
    for one in (early, late):
        one.chain.close(LEASE)

    assert end_state(early) == end_state(late)
