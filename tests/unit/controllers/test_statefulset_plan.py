"""What a StatefulSet does next, ordinal by ordinal."""

from simulator.controllers import statefulset_plan
from simulator.controllers.statefulset_plan import Plan, revision_for, sort
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import NOW, STAMP, pod, stateful_set

OLD, NEW = "db-old", "db-new"


def member(ordinal: int, revision: str = NEW, **given: object) -> JSONObject:
    given.setdefault("ready", True)
    return pod(f"db-{ordinal}", labels={"controller-revision-hash": revision}, **given)


def plan(of: JSONObject, *pods: JSONObject) -> Plan:
    return statefulset_plan.plan(sort(of, pods), NEW, NOW)


def ends(*pods: JSONObject, outdated: int = 0) -> Plan:
    return Plan(delete=pods, outdated=outdated)


def test_pods_are_made_one_after_another_each_when_the_one_before_is_ready() -> None:
    of = stateful_set(3)

    assert plan(of) == Plan(create=(0,))
    assert plan(of, member(0, ready=False)) == Plan()
    assert plan(of, member(0)) == Plan(create=(1,))
    assert plan(of, member(0), member(1)) == Plan(create=(2,))
    assert plan(of, member(0), member(1), member(2)) == Plan()


def test_a_gap_is_filled_before_anything_above_it() -> None:
    assert plan(stateful_set(3), member(1), member(2)) == Plan(create=(0,))


def test_in_parallel_all_are_made_and_ended_at_once() -> None:
    of = stateful_set(2, podManagementPolicy="Parallel")
    extra = member(2), member(3)

    assert plan(of) == Plan(create=(0, 1))
    assert plan(of, member(0), member(1), *extra) == ends(extra[1], extra[0])


def test_a_pod_on_its_way_out_is_waited_for() -> None:
    assert plan(stateful_set(1), member(0, deleting=True)) == Plan()


def test_a_failed_pod_is_ended_so_that_it_can_be_made_again() -> None:
    failed = member(0, phase="Failed", ready=False)

    assert plan(stateful_set(2), failed) == ends(failed)


def test_surplus_pods_end_from_the_highest_on_and_one_at_a_time() -> None:
    pods = [member(0), member(1), member(2)]

    assert plan(stateful_set(1), *pods) == ends(pods[2])
    assert plan(stateful_set(1), *pods[:2], member(2, deleting=True)) == Plan()
    assert plan(stateful_set(1), *pods[:2]) == ends(pods[1])


def test_an_update_ends_the_highest_pod_of_another_revision_once_all_above_are_fine() -> None:
    of = stateful_set(3)
    old = [member(0, OLD), member(1, OLD), member(2, OLD)]

    assert plan(of, *old) == ends(old[2], outdated=1)
    assert plan(of, *old[:2], member(2, NEW)) == ends(old[1], outdated=1)


def test_in_parallel_too_an_update_waits_for_the_pod_it_has_replaced() -> None:
    of = stateful_set(2, podManagementPolicy="Parallel")

    assert plan(of, member(0, OLD), member(1, NEW, ready=False)) == Plan()


def test_pods_below_the_partition_keep_their_revision_also_when_made_again() -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    of = stateful_set(2, updateStrategy=strategy)

    assert plan(of, member(0, OLD), member(1, NEW)) == Plan()
    replicas = sort(of, [])
    assert revision_for(replicas, 0, OLD, NEW) == OLD
    assert revision_for(replicas, 1, OLD, NEW) == NEW


def test_on_delete_updates_nothing_by_itself() -> None:
    of = stateful_set(1, updateStrategy={"type": "OnDelete"})

    assert plan(of, member(0, OLD)) == Plan()


def test_a_stateful_set_on_its_way_out_does_nothing() -> None:
    of = stateful_set(1)
    of["metadata"]["deletionTimestamp"] = STAMP

    assert plan(of) == Plan()


def test_ordinals_may_begin_elsewhere() -> None:
    of = stateful_set(2, ordinals={"start": 5})

    assert plan(of) == Plan(create=(5,))
    assert plan(of, member(5), member(6), member(0)).delete[0]["metadata"]["name"] == "db-0"


def test_the_current_revision_follows_when_the_last_pod_is_updated() -> None:
    of = stateful_set(2)

    def told(*pods: JSONObject, outdated: int = 0) -> JSONObject:
        return statefulset_plan.status(sort(of, pods), OLD, NEW, outdated, NOW)

    half = told(member(0, OLD), member(1, NEW))
    assert (half["currentRevision"], half["currentReplicas"], half["updatedReplicas"]) == (
        OLD,
        1,
        1,
    )
    assert told(member(0, OLD), member(1, OLD), outdated=1)["currentReplicas"] == 1
    unready = told(member(0), member(1, ready=False))
    assert unready["currentRevision"] == OLD
    assert told(member(0), member(1)) == {
        "observedGeneration": 1,
        "replicas": 2,
        "readyReplicas": 2,
        "currentReplicas": 2,
        "updatedReplicas": 2,
        "currentRevision": NEW,
        "updateRevision": NEW,
        "collisionCount": 0,
        "availableReplicas": 2,
    }
