import copy

import pytest

from provider.reconcile.health import Cause, NodeState, Verdict, assess, unknown
from provider.workload import labels
from provider.workload.bundle import render
from tests.unit.reconcile.server import applied
from tests.unit.workload.samples import LEASE, OPTIONS, group, persistent, service

WEB = group(service("web", count=2))


def controller(whole=WEB, name="web", *, ready=2, updated=2, observed=1, **status):
    """The Deployment or StatefulSet of a service with its status."""
    obj = next(
        applied(obj)
        for obj in render(LEASE, whole, OPTIONS).workloads
        if obj["kind"] != "Service" and obj["metadata"]["name"] == name
    )
    obj["status"] = {
        "observedGeneration": observed,
        "readyReplicas": ready,
        "updatedReplicas": updated,
        **status,
    }
    return obj


def pod(name="web-1", service_name="web", *, waiting=None, terminated=None, conditions=(), **meta):
    state = {}
    if waiting:
        state["waiting"] = {"reason": waiting, "message": "why"}
    if terminated is not None:
        state["terminated"] = {"exitCode": terminated}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {labels.SERVICE: service_name}, **meta},
        "status": {
            "containerStatuses": [{"state": state}],
            "conditions": [
                {"type": "Ready", "status": "False", "reason": "ContainersNotReady"},
                *(conditions or [{"type": "PodScheduled", "status": "True"}]),
            ],
        },
    }


UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/3 nodes are available",
}


def test_a_service_with_all_replicas_ready_is_healthy():
    health = assess(WEB, [controller()])

    assert (health.verdict, health.ready, health.wanted) == (Verdict.HEALTHY, 2, 2)
    assert (health.cause, health.text) == (None, "")


def test_a_stateful_set_counts_like_a_deployment():
    whole = group(service("db", storage=(persistent(),)))

    assert assess(whole, [controller(whole, "db", ready=1, updated=1)]).verdict is Verdict.HEALTHY


def test_a_service_of_no_replicas_is_healthy():
    whole = group(service("web", count=0))
    obj = controller(whole)
    obj["status"] = {"observedGeneration": 1}

    assert assess(whole, [obj]).verdict is Verdict.HEALTHY


def test_a_missing_object_is_unknown():
    health = assess(WEB, [])

    assert (health.verdict, health.ready, health.wanted) == (Verdict.UNKNOWN, 0, 2)


def test_a_deployment_in_place_of_a_stateful_set_is_unknown():
    whole = group(service("web", storage=(persistent(),)))

    assert assess(whole, [controller(WEB)]).verdict is Verdict.UNKNOWN


def test_a_status_of_an_older_generation_does_not_count():
    obj = controller(observed=0)

    health = assess(WEB, [obj, pod(waiting="ImagePullBackOff")])

    assert (health.verdict, health.ready) == (Verdict.UNKNOWN, 0)


def test_an_object_without_status_is_unknown():
    obj = controller()
    del obj["status"]

    assert assess(WEB, [obj]).verdict is Verdict.UNKNOWN


def test_an_object_being_deleted_is_unknown():
    obj = controller()
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert assess(WEB, [obj]).verdict is Verdict.UNKNOWN


def test_ready_replicas_of_an_older_template_are_not_enough():
    assert assess(WEB, [controller(ready=2, updated=1)]).verdict is Verdict.UNKNOWN


def test_pods_on_their_way_up_are_unknown_and_counted():
    health = assess(WEB, [controller(ready=1), pod(waiting="ContainerCreating")])

    assert (health.verdict, health.ready) == (Verdict.UNKNOWN, 1)


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (pod(waiting="ErrImagePull"), Cause.IMAGE),
        (pod(waiting="ImagePullBackOff"), Cause.IMAGE),
        (pod(waiting="InvalidImageName"), Cause.IMAGE),
        (pod(waiting="CrashLoopBackOff"), Cause.CRASH_LOOP),
        (pod(waiting="RunContainerError"), Cause.CRASH_LOOP),
        (pod(terminated=1), Cause.CRASH_LOOP),
        (pod(conditions=[UNSCHEDULABLE]), Cause.UNSCHEDULABLE),
    ],
)
def test_a_pod_in_trouble_makes_its_service_unhealthy_with_a_cause(trouble, cause):
    health = assess(WEB, [pod("web-0"), trouble, controller(ready=1)])

    assert (health.verdict, health.cause) == (Verdict.UNHEALTHY, cause)
    assert health.text.startswith("web: ")
    assert (health.ready, health.wanted) == (1, 2)


def test_pods_that_the_api_server_refuses_make_it_unhealthy():
    failure = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}

    health = assess(WEB, [controller(ready=0, conditions=[failure])])

    assert (health.verdict, health.cause) == (Verdict.UNHEALTHY, Cause.REFUSED)
    assert health.text == "web: exceeded quota"


def test_a_refusal_that_is_over_does_not_count():
    failure = {"type": "ReplicaFailure", "status": "False", "message": "exceeded quota"}

    assert assess(WEB, [controller(ready=0, conditions=[failure])]).verdict is Verdict.UNKNOWN


def test_a_pod_being_deleted_is_no_trouble():
    going = pod(waiting="CrashLoopBackOff", deletionTimestamp="2026-01-01T00:00:00Z")

    assert assess(WEB, [controller(ready=1), going]).verdict is Verdict.UNKNOWN


def test_trouble_of_an_extra_pod_does_not_matter_when_enough_are_ready():
    assert assess(WEB, [controller(), pod(waiting="CrashLoopBackOff")]).verdict is Verdict.HEALTHY


def test_trouble_of_another_services_pod_does_not_matter():
    other = pod(service_name="api", waiting="CrashLoopBackOff")

    assert assess(WEB, [controller(ready=1), other]).verdict is Verdict.UNKNOWN


def test_a_lease_is_as_well_as_its_worst_service():
    whole = group(service("api"), service("db"), service("web"))
    ready, starting, broken = (
        controller(whole, name, ready=count, updated=1)
        for name, count in (("api", 1), ("db", 0), ("web", 0))
    )
    trouble = pod(service_name="web", waiting="ErrImagePull")

    assert assess(whole, [ready, starting, broken]).verdict is Verdict.UNKNOWN
    health = assess(whole, [ready, starting, broken, trouble])
    assert (health.verdict, health.cause) == (Verdict.UNHEALTHY, Cause.IMAGE)
    assert [s.verdict for s in health.services] == [
        Verdict.HEALTHY,
        Verdict.UNKNOWN,
        Verdict.UNHEALTHY,
    ]


@pytest.mark.parametrize(
    "bare",
    [
        {"kind": "Pod", "metadata": {"name": "p", "labels": {labels.SERVICE: "web"}}},
        {"kind": "Pod", "metadata": {"name": "p"}, "status": {}},
        {
            "kind": "Pod",
            "metadata": {"name": "p", "labels": {labels.SERVICE: "web"}},
            "status": {"containerStatuses": [{}]},
        },
    ],
)
def test_a_pod_that_says_nothing_proves_nothing(bare):
    assert assess(WEB, [controller(ready=1), bare]).verdict is Verdict.UNKNOWN


def test_other_conditions_of_a_workload_are_no_refusal():
    condition = {"type": "Available", "status": "True", "message": "fine"}

    health = assess(WEB, [controller(ready=1, conditions=[condition])])

    assert health.verdict is Verdict.UNKNOWN


def test_another_reason_for_not_being_scheduled_is_no_trouble():
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}

    assert assess(WEB, [controller(ready=1), pod(conditions=[gated])]).verdict is Verdict.UNKNOWN


def test_objects_of_other_kinds_are_ignored():
    objects = [applied(obj) for obj in render(LEASE, WEB, OPTIONS).objects]

    others = [obj for obj in objects if obj["kind"] != "Deployment"]
    lookalike = {**pod(waiting="ErrImagePull"), "kind": "Job"}

    assert assess(WEB, others).verdict is Verdict.UNKNOWN
    assert assess(WEB, [controller(ready=1), lookalike]).verdict is Verdict.UNKNOWN


def test_assessing_changes_no_object():
    objects = [controller(ready=1), pod(waiting="ErrImagePull")]
    before = copy.deepcopy(objects)

    assess(WEB, objects)

    assert objects == before


def test_not_knowing_still_says_what_is_wanted():
    health = unknown("no word from the API server", WEB)

    assert (health.verdict, health.ready, health.wanted) == (Verdict.UNKNOWN, 0, 2)
    assert health.text == "no word from the API server"
    assert unknown("nothing yet").services == ()


def on_node(pod_, name="node-1"):
    return {**pod_, "spec": {"nodeName": name}}


def test_a_pod_on_a_node_that_is_not_ready_tells_nothing():
    """What it said last is old: neither the crash nor what cannot run elsewhere counts."""
    crashed = on_node(pod(waiting="CrashLoopBackOff"))
    waiting = pod("web-2", conditions=[UNSCHEDULABLE])

    health = assess(WEB, [controller(ready=0), crashed, waiting], lambda _: NodeState.NOT_READY)

    assert health.verdict is Verdict.UNKNOWN
    assert "node-1" in health.text


def test_a_pod_that_is_bound_to_a_node_which_is_gone_is_lost_with_it():
    health = assess(WEB, [controller(ready=1), on_node(pod())], lambda _: NodeState.GONE)

    assert (health.verdict, health.cause) == (Verdict.UNHEALTHY, Cause.NODE_LOST)


def test_enough_ready_replicas_are_healthy_whatever_becomes_of_a_node():
    health = assess(WEB, [controller(), on_node(pod())], lambda _: NodeState.NOT_READY)

    assert health.verdict is Verdict.HEALTHY
