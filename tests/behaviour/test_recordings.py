"""What our control plane makes observable is what a real one did, object by object."""

import attrs
import pytest

from simulator import deterministic
from tests.behaviour import recording as recordings
from tests.behaviour.causes import violations
from tests.behaviour.comparison import differences
from tests.behaviour.recording import Happened
from tests.behaviour.replay import replay

SEEDS = range(3)
"""Each is another interleaving of the controllers."""

REPLAYED = (
    "deployment-bad-image",
    "deployment-create-scale-delete",
    "deployment-rollout",
    "deployment-rollout-surge0",
    "deployment-unschedulable",
    "foreground-delete",
    "job",
    "namespace-delete",
    "service-endpoints",
    "statefulset",
    "statefulset-claims",
)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", REPLAYED)
def test_a_recording_replays(scenario: str, seed: int) -> None:
    recorded = recordings.load(scenario)

    ours = deterministic.run(seed, replay, recorded, seed)

    assert not violations(ours)
    found = differences(ours, recorded.events)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scenario", recordings.scenarios())
def test_the_recordings_keep_to_the_causes_that_ours_are_checked_for(scenario: str) -> None:
    assert not violations(recordings.load(scenario).events)


def rewritten(event: Happened, **fields: object) -> Happened:
    return attrs.evolve(event, seen={**event.seen, **fields})


def test_a_reason_that_differs_is_a_difference() -> None:
    events = recordings.load("deployment-create-scale-delete").events
    last = max(n for n, event in enumerate(events) if event.seen.get("conditions"))
    conditions = [text.replace("True", "False") for text in events[last].seen["conditions"]]

    ours = [*events[:last], rewritten(events[last], conditions=conditions), *events[last + 1 :]]

    assert differences(ours, events)


def test_a_message_or_a_count_that_differs_is_a_difference() -> None:
    events = recordings.load("statefulset").events
    told = next(n for n, event in enumerate(events) if event.kind == "events")

    for fields in ({"message": "something else"}, {"count": 7}):
        ours = [*events[:told], rewritten(events[told], **fields), *events[told + 1 :]]
        assert len(differences(ours, events)) == 2


def test_two_states_of_one_object_in_the_other_order_are_a_difference() -> None:
    events = list(recordings.load("deployment-rollout").events)
    web = [n for n, event in enumerate(events) if event.kind == "deployments"]
    one, other = web[1], web[2]

    events[one], events[other] = events[other], events[one]

    assert differences(events, recordings.load("deployment-rollout").events)


def test_states_of_two_objects_in_the_other_order_are_none() -> None:
    recorded = recordings.load("namespace-delete").events

    ours = sorted(recorded, key=lambda event: (event.phase, event.kind))

    assert not differences(ours, recorded)


def test_a_missing_state_on_the_way_is_no_difference_and_a_missing_turn_is_one() -> None:
    recorded = recordings.load("deployment-rollout").events

    def without(phase: int, wanted: dict[str, int]) -> list[str]:
        found = [
            event
            for event in recorded
            if event.kind == "deployments"
            and event.phase == phase
            and wanted.items() <= event.seen["status"].items()
        ]
        assert len(found) == 1
        return differences([event for event in recorded if event is not found[0]], recorded)

    assert not without(1, {"readyReplicas": 1})
    assert without(2, {"replicas": 3, "updatedReplicas": 1, "terminatingReplicas": 1})


@pytest.mark.parametrize("scenario", ["deployment-unschedulable", "deployment-bad-image"])
def test_a_pod_that_is_not_seen_without_grace_before_it_goes_is_a_difference(scenario: str) -> None:
    recorded = recordings.load(scenario).events
    (last,) = [
        event
        for event in recorded
        if event.kind == "pods" and event.type == "MODIFIED" and event.seen.get("grace") == 0
    ]

    assert differences([event for event in recorded if event is not last], recorded)


def test_a_pod_before_its_replica_set_is_a_violation() -> None:
    events = recordings.load("deployment-create-scale-delete").events

    assert violations(event for event in events if event.kind != "replicasets")


def test_readiness_after_it_was_counted_is_a_violation() -> None:
    events = recordings.load("deployment-create-scale-delete").events

    late = sorted(events, key=lambda event: (event.kind == "pods", event.kind == "deployments"))

    assert len(violations(late)) > 2
