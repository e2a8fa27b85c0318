"""What a Deployment's status says of its rollout."""

from simulator.controllers import deployment_status
from simulator.controllers.deployment_situation import REVISION, Situation
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import NOW, STAMP, deployment, replica_set


def told(
    of: JSONObject, *replica_sets: JSONObject, now: float = NOW, progress: bool = True
) -> JSONObject:
    return deployment_status.status(Situation(of, replica_sets), now, progress=progress)


def reasons(status: JSONObject) -> list[str]:
    return [f"{item['type']}={item['status']} {item['reason']}" for item in status["conditions"]]


def progressing(reason: str, status: str = "True", at: str = STAMP) -> JSONObject:
    times = {"lastUpdateTime": at, "lastTransitionTime": at}
    return {"type": "Progressing", "status": status, "reason": reason, "message": "", **times}


def test_counts_are_sums_and_zeros_are_left_out() -> None:
    status = told(
        deployment(3, "nginx:2"),
        replica_set("a", 2, ready=2),
        replica_set("b", 2, "nginx:2", ready=1, counted=1, revision=2),
    )

    assert {key: value for key, value in status.items() if key != "conditions"} == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 1,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "unavailableReplicas": 1,
        "terminatingReplicas": 0,
    }


def test_a_complete_rollout_is_available_and_says_so_once() -> None:
    done = told(deployment(3), replica_set("a", 3, ready=3))

    assert reasons(done) == [
        "Available=True MinimumReplicasAvailable",
        "Progressing=True NewReplicaSetAvailable",
    ]
    assert done["conditions"][1]["message"] == 'ReplicaSet "a" has successfully progressed.'
    later = told(deployment(3, status=done), replica_set("a", 3, ready=3), now=NOW + 500)
    assert later == done


def test_a_pod_that_fails_later_costs_availability_and_is_no_lack_of_progress() -> None:
    done = told(deployment(3), replica_set("a", 3, ready=3))

    bad = told(deployment(3, status=done), replica_set("a", 3, ready=2), now=NOW + 5000)

    assert reasons(bad) == [
        "Progressing=True NewReplicaSetAvailable",
        "Available=False MinimumReplicasUnavailable",
    ]


def test_progress_moves_its_update_time_and_keeps_its_transition_time() -> None:
    begun = deployment(3, status={"conditions": [progressing("NewReplicaSetCreated")]})

    (_, condition) = told(begun, replica_set("a", 3, ready=1), now=NOW + 60)["conditions"]

    assert condition["reason"] == "ReplicaSetUpdated"
    assert condition["message"] == 'ReplicaSet "a" is progressing.'
    assert condition["lastTransitionTime"] == STAMP
    assert condition["lastUpdateTime"] == "2026-01-01T00:01:00Z"


def test_lack_of_progress_counts_as_failure_after_the_deadline_and_not_before() -> None:
    stuck = deployment(
        3,
        status={
            "replicas": 3,
            "updatedReplicas": 3,
            "conditions": [progressing("ReplicaSetUpdated")],
        },
    )
    one = replica_set("a", 3, ready=0)

    assert "Progressing=True ReplicaSetUpdated" in reasons(told(stuck, one, now=NOW + 600))
    late = told(stuck, one, now=NOW + 601)
    assert "Progressing=False ProgressDeadlineExceeded" in reasons(late)
    assert deployment_status.seconds_to_deadline(stuck, NOW + 100) == 500
    assert deployment_status.seconds_to_deadline({**stuck, "status": late}, NOW + 700) is None


def test_a_replica_set_that_cannot_make_pods_is_told_of_and_taken_back() -> None:
    failing = replica_set("a", 3, counted=0)
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "exceeded quota",
        "lastTransitionTime": STAMP,
    }
    failing["status"]["conditions"] = [failure]

    status = told(deployment(3), failing)

    assert "ReplicaFailure=True FailedCreate" in reasons(status)
    again = told(deployment(3, status=status), replica_set("a", 3))
    assert not any(text.startswith("ReplicaFailure") for text in reasons(again))


def test_without_a_deadline_nothing_is_said_of_progress() -> None:
    of = deployment(3, spec={"progressDeadlineSeconds": None})

    assert reasons(told(of, replica_set("a", 3, ready=3))) == [
        "Available=True MinimumReplicasAvailable"
    ]
    assert deployment_status.with_new_replica_set(of, "a", STAMP) == {}


def test_a_pass_that_does_not_roll_leaves_progress_alone() -> None:
    of = deployment(3, status={"conditions": [progressing("NewReplicaSetAvailable")]})

    assert reasons(told(of, replica_set("a", 5, ready=1), progress=False)) == [
        "Progressing=True NewReplicaSetAvailable",
        "Available=False MinimumReplicasUnavailable",
    ]


def test_pausing_and_resuming_are_told_once() -> None:
    running = deployment(status={"conditions": [progressing("NewReplicaSetAvailable")]})
    paused = {**running, "spec": {**running["spec"], "paused": True}}

    status = deployment_status.with_pause(paused, STAMP)
    assert reasons(status) == ["Progressing=Unknown DeploymentPaused"]
    assert deployment_status.with_pause({**paused, "status": status}, STAMP) == status
    resumed = deployment_status.with_pause({**running, "status": status}, STAMP)
    assert reasons(resumed) == ["Progressing=Unknown DeploymentResumed"]
    assert deployment_status.with_pause(running, STAMP) == running["status"]


def test_a_status_is_complete_only_for_the_generation_it_was_made_for() -> None:
    of = deployment(2)
    status = {
        "replicas": 2,
        "updatedReplicas": 2,
        "availableReplicas": 2,
        "observedGeneration": 1,
    }

    assert deployment_status.is_complete(of, status)
    newer = {**of, "metadata": {**of["metadata"], "generation": 2}}
    assert not deployment_status.is_complete(newer, status)
    assert REVISION in of["metadata"]["annotations"]
