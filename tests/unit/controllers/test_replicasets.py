"""Which pods a ReplicaSet makes, which it lets go, and what it tells of them."""

import pytest

from simulator.controllers.replicasets import plan, status
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import NOW, STAMP, pod, replica_set


def named(pods: tuple[JSONObject, ...]) -> list[str]:
    return [item["metadata"]["name"] for item in pods]


def test_finished_and_ending_pods_are_replaced() -> None:
    pods = [
        pod("runs", ready=True),
        pod("failed", phase="Failed"),
        pod("ends", ready=True, deleting=True),
    ]

    assert plan(replica_set("a", 3), pods).create == 2


def test_a_replica_set_on_its_way_out_does_nothing() -> None:
    ending = replica_set("a", 3)
    ending["metadata"]["deletionTimestamp"] = STAMP

    assert plan(ending, []).create == 0


LATE = "2026-01-01T01:00:00Z"


@pytest.mark.parametrize(
    ("dispensable", "kept"),
    [
        (pod("gone"), pod("stays", node="n")),
        (pod("gone", node="n"), pod("stays", node="n", phase="Running")),
        (pod("gone", node="n", phase="Running"), pod("stays", node="n", ready=True)),
        (pod("gone", node="n", ready=True, since=LATE), pod("stays", node="n", ready=True)),
    ],
)
def test_who_does_least_goes_first(dispensable: JSONObject, kept: JSONObject) -> None:
    assert named(plan(replica_set("a", 1), [kept, dispensable]).delete) == ["gone"]


def test_a_deletion_cost_and_a_crowded_node_decide_among_equals() -> None:
    cheap = pod("cheap", node="n", ready=True)
    cheap["metadata"]["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": "-1"}
    crowded = [pod("one", node="m", ready=True), pod("two", node="m", ready=True)]

    going = named(
        plan(replica_set("a", 1), [pod("alone", node="l", ready=True), *crowded, cheap]).delete
    )

    assert going[0] == "cheap"
    assert set(going[1:]) == {"one", "two"}


def test_the_status_counts_what_runs_and_what_ends() -> None:
    pods = [
        pod("ready", ready=True, labels={"app": "web", "pod-template-hash": "a"}),
        pod("not", labels={"app": "web"}),
        pod("ends", ready=True, deleting=True),
        pod("failed", phase="Failed"),
    ]

    assert status(replica_set("a", 2), pods, None, NOW) == {
        "replicas": 2,
        "fullyLabeledReplicas": 1,
        "readyReplicas": 1,
        "availableReplicas": 1,
        "terminatingReplicas": 1,
        "observedGeneration": 1,
    }


def test_a_ready_pod_is_available_only_after_the_least_time() -> None:
    patient = replica_set("a", 1)
    patient["spec"]["minReadySeconds"] = 10

    assert "availableReplicas" not in status(patient, [pod("p", ready=True)], None, NOW + 9)
    assert status(patient, [pod("p", ready=True)], None, NOW + 10)["availableReplicas"] == 1


def test_a_failure_stays_as_first_told_until_it_is_over() -> None:
    first = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "1"}
    second = {**first, "message": "2"}
    of = replica_set("a", 1)

    of["status"] = status(of, [], first, NOW)
    assert of["status"]["conditions"] == [first]
    of["status"] = status(of, [], second, NOW)
    assert of["status"]["conditions"] == [first]
    assert "conditions" not in status(of, [], None, NOW)
