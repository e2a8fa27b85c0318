"""One pass of the Deployment controller, decided from a Deployment and its ReplicaSets."""

import pytest

from simulator.controllers.deployment_rollout import decide
from simulator.controllers.deployment_situation import REVISION, Situation
from simulator.controllers.deployment_steps import (
    Adopt,
    Annotate,
    Create,
    Prune,
    Scale,
    Step,
    TellStatus,
)
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import STAMP, deployment, replica_set

NEW = "nginx:2"
LATER = "2026-01-01T00:01:00Z"


def steps(
    of: JSONObject, *replica_sets: JSONObject, complete: bool = False, old_pods: bool = False
) -> tuple[Step, ...]:
    return decide(Situation(of, replica_sets, old_pods), is_complete=complete)


def sizes(found: tuple[Step, ...]) -> dict[str, int]:
    return {
        step.replica_set["metadata"]["name"]: step.replicas
        for step in found
        if isinstance(step, Scale)
    }


def rolling(surge: int | str, unavailable: int | str) -> JSONObject:
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }


def test_a_new_deployment_gets_a_replica_set_of_its_size_and_no_second_status() -> None:
    (create,) = steps(deployment(3, metadata={"annotations": {"team": "a"}}))

    assert isinstance(create, Create)
    assert create.replicas == 3
    assert create.annotations == {
        "team": "a",
        REVISION: "1",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
    }


def test_nothing_but_the_status_is_told_while_nothing_changes() -> None:
    assert steps(deployment(), replica_set("a", 3, ready=3)) == (TellStatus(progress=True),)


def test_a_new_template_gets_a_replica_set_within_the_surge() -> None:
    (create,) = steps(deployment(3, NEW), replica_set("a", 3, ready=3))

    assert isinstance(create, Create)
    assert create.replicas == 1
    assert create.annotations[REVISION] == "2"


def test_without_surge_the_old_one_shrinks_first() -> None:
    found = steps(deployment(3, NEW, strategy=rolling(0, 1)), replica_set("a", 3, ready=3))

    assert isinstance(found[0], Create)
    assert found[0].replicas == 0
    assert sizes(found) == {"a": 2}


@pytest.mark.parametrize(
    ("old", "old_ready", "new", "new_ready", "expected"),
    [
        (3, 3, 1, 0, {}),  # The surge is used up, and nothing new is ready.
        (3, 3, 1, 1, {"a": 2}),
        (2, 2, 1, 1, {"b": 2}),
        (2, 2, 2, 1, {}),
        (2, 2, 2, 2, {"a": 1}),
        (1, 1, 3, 3, {"a": 0}),
        (3, 0, 1, 0, {}),  # Nothing is spare: the new pod is not available yet.
        (3, 0, 1, 1, {"a": 2}),
        (3, 2, 1, 1, {"a": 2}),  # Of the old ones the unavailable pod goes first.
    ],
)
def test_a_rolling_update_moves_one_pod_at_a_time(
    old: int, old_ready: int, new: int, new_ready: int, expected: dict[str, int]
) -> None:
    found = steps(
        deployment(3, NEW, metadata={"annotations": {REVISION: "2"}}),
        replica_set("a", old, ready=old_ready),
        replica_set("b", new, NEW, ready=new_ready, revision=2),
    )

    assert sizes(found) == expected
    assert found[-1] == TellStatus(progress=True)


def test_unavailable_pods_of_several_old_ones_go_before_available_ones() -> None:
    found = steps(
        deployment(4, NEW, strategy=rolling(2, 0), metadata={"annotations": {REVISION: "3"}}),
        replica_set("a", 2, "nginx:0", ready=2, desired=4),
        replica_set("b", 2, "nginx:1", ready=0, desired=4, revision=2, created=LATER),
        replica_set("c", 2, NEW, ready=2, desired=4, revision=3, created=LATER),
    )

    assert sizes(found) == {"b": 0}


def test_an_older_template_that_comes_back_gets_the_next_revision_first() -> None:
    old = replica_set("a", 0, revision=1)
    found = steps(deployment(3), old, replica_set("b", 3, NEW, ready=3, revision=2))

    (annotate,) = found
    assert isinstance(annotate, Annotate)
    assert annotate.annotations[REVISION] == "3"
    assert annotate.annotations["deployment.kubernetes.io/revision-history"] == "1"


def test_the_revision_is_taken_over_before_anything_rolls_and_without_a_second_status() -> None:
    found = steps(
        deployment(3, metadata={"annotations": {REVISION: "2"}}),
        replica_set("a", 0, revision=3),
        replica_set("b", 3, NEW, ready=3, revision=2),
    )

    assert isinstance(found[0], Adopt)
    assert sizes(found) == {"a": 1}
    assert not any(isinstance(step, TellStatus) for step in found)


def test_a_change_of_replicas_is_followed_by_the_only_replica_set() -> None:
    found = steps(deployment(5), replica_set("a", 3, ready=3))

    assert sizes(found) == {"a": 5}
    assert found[-1] == TellStatus(progress=False)


def test_a_change_of_replicas_in_a_rollout_keeps_proportions() -> None:
    found = steps(
        deployment(20, NEW, strategy=rolling(2, 0), metadata={"annotations": {REVISION: "2"}}),
        replica_set("a", 9, ready=9, desired=10, maximum=12),
        replica_set("b", 3, NEW, ready=3, desired=10, maximum=12, revision=2),
    )

    # 22 pods may be there instead of 12: 9 grow to 16.5, which is rounded up; 5 are left for the other.
    assert sizes(found) == {"a": 17, "b": 5}


def test_scaling_to_nothing_in_a_rollout_empties_all() -> None:
    found = steps(
        deployment(0, NEW, metadata={"annotations": {REVISION: "2"}}),
        replica_set("a", 2, ready=2),
        replica_set("b", 2, NEW, ready=2, revision=2),
    )

    assert sizes(found) == {"a": 0, "b": 0}


def test_recreate_ends_all_old_pods_before_it_makes_new_ones() -> None:
    of = deployment(2, NEW, strategy={"type": "Recreate"})
    old, empty = replica_set("a", 2, ready=2, desired=2), replica_set("a", 0, desired=2)

    assert sizes(steps(of, old, old_pods=True)) == {"a": 0}
    assert steps(of, empty, old_pods=True) == (TellStatus(progress=True),)
    (create,) = steps(of, empty)
    assert isinstance(create, Create)
    assert create.replicas == 2


def test_a_paused_deployment_is_scaled_and_not_rolled() -> None:
    of = deployment(5, NEW, spec={"paused": True})

    assert sizes(steps(of, replica_set("a", 3, ready=3))) == {"a": 5}
    assert steps(of, replica_set("a", 5, ready=5, desired=5)) == (TellStatus(progress=False),)


def test_replica_sets_beyond_the_history_limit_go_once_the_rollout_is_done() -> None:
    of = deployment(
        1, NEW, spec={"revisionHistoryLimit": 1}, metadata={"annotations": {REVISION: "4"}}
    )
    found = [
        replica_set("new", 1, NEW, ready=1, desired=1, revision=4),
        replica_set("c", 0, "nginx:c", revision=3),
        replica_set("b", 0, "nginx:b", revision=2, counted=1),
        replica_set("a", 0, "nginx:a", revision=1),
    ]

    assert not any(isinstance(step, Prune) for step in steps(of, *found))
    pruned = [step for step in steps(of, *found, complete=True) if isinstance(step, Prune)]
    # The one that still counts a pod stays.
    assert [step.replica_set["metadata"]["name"] for step in pruned] == ["a"]


def test_a_deployment_on_its_way_out_only_tells_its_status() -> None:
    of = deployment(5, NEW, metadata={"deletionTimestamp": STAMP})

    assert steps(of, replica_set("a", 3, ready=3)) == (TellStatus(progress=False),)
    assert steps(of) == ()
