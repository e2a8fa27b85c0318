"""Each of the tour's verdicts fails when what it claims did not happen."""

import attrs
import pytest

from simulator.demo import verdicts
from simulator.demo.sightings import LeaseSighting, PodSighting

POD = PodSighting("web-1", "uid-1", "web", "nginx:1", running=True, restarts=0)
OTHER = PodSighting("db-0", "uid-2", "db", "postgres:1", running=True, restarts=0)
WHOLE = LeaseSighting(pods=(OTHER, POD), ready=2, wanted=2)
OBJECTS = {"Namespace /a": "uid-1", "Deployment a/web": "uid-2"}


def pod_object(**status: object) -> dict[str, object]:
    return {
        "metadata": {
            "name": "web-1",
            "uid": "uid-1",
            "labels": {"akash.network/manifest-service": "web"},
        },
        "spec": {"containers": [{"image": "nginx:1"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"restartCount": 0}],
            **status,
        },
    }


def test_a_pod_runs_only_when_it_is_ready_and_stays() -> None:
    assert PodSighting.read(pod_object()) == POD
    assert not PodSighting.read(pod_object(phase="Pending")).running
    assert not PodSighting.read(pod_object(conditions=[])).running
    leaving = pod_object()
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"  # type: ignore[index]
    assert not PodSighting.read(leaving).running
    assert PodSighting.read(pod_object(containerStatuses=[{"restartCount": 2}])).restarts == 2


@pytest.mark.parametrize(
    ("sighting", "holds"),
    [
        (WHOLE, True),
        (attrs.evolve(WHOLE, ready=1), False),
        (attrs.evolve(WHOLE, wanted=3), False),
        (attrs.evolve(WHOLE, pods=(POD,)), False),
        (attrs.evolve(WHOLE, pods=(OTHER, attrs.evolve(POD, running=False))), False),
    ],
)
def test_a_lease_is_ready_with_every_replica_and_every_pod(
    sighting: LeaseSighting, holds: bool
) -> None:
    verdict = verdicts.every_lease_ready({"a": WHOLE, "b": sighting})

    assert verdict.holds is holds
    if holds:
        assert verdict.figures == "2 of 2 leases Ready, 4 of 4 pods Running"


def test_nobody_seen_is_not_everybody_ready() -> None:
    assert not verdicts.every_lease_ready({}).holds


NEW = attrs.evolve(POD, name="web-2", uid="uid-9", image="nginx:2")


@pytest.mark.parametrize(
    ("pods", "holds"),
    [
        ((OTHER, NEW), True),
        ((OTHER, POD), False),
        ((OTHER, attrs.evolve(NEW, running=False)), False),
        ((OTHER,), False),
        ((attrs.evolve(OTHER, uid="uid-8"), NEW), False),
        ((attrs.evolve(OTHER, restarts=1), NEW), False),
        ((NEW,), False),
        ((OTHER, attrs.evolve(OTHER, name="db-1"), NEW), False),
        ((OTHER, NEW, attrs.evolve(POD)), False),
    ],
)
def test_an_update_changes_one_image_and_restarts_nothing_else(
    pods: tuple[PodSighting, ...], holds: bool
) -> None:
    after = attrs.evolve(WHOLE, pods=pods)

    verdict = verdicts.only_the_image_changed(
        {"a": WHOLE, "b": WHOLE},
        {"a": after, "b": WHOLE},
        lease="a",
        service="web",
        image="nginx:2",
    )

    assert verdict.holds is holds


def test_another_lease_that_restarts_spoils_an_update() -> None:
    verdict = verdicts.only_the_image_changed(
        {"a": WHOLE, "b": WHOLE},
        {
            "a": attrs.evolve(WHOLE, pods=(OTHER, NEW)),
            "b": attrs.evolve(WHOLE, pods=(OTHER, attrs.evolve(POD, restarts=1))),
        },
        lease="a",
        service="web",
        image="nginx:2",
    )

    assert not verdict.holds
    assert "2 of 3 others" in verdict.figures


@pytest.mark.parametrize(
    ("after", "deletes", "closes", "holds"),
    [
        (OBJECTS, 0, 0, True),
        ({**OBJECTS, "Pod a/new": "uid-7"}, 0, 0, True),
        ({"Namespace /a": "uid-1"}, 0, 0, False),
        ({**OBJECTS, "Namespace /a": "uid-8"}, 0, 0, False),
        (OBJECTS, 1, 0, False),
        (OBJECTS, 0, 1, False),
    ],
)
def test_an_outage_is_harmless_when_everything_kept_its_uid(
    after: dict[str, str], deletes: int, closes: int, holds: bool
) -> None:
    verdict = verdicts.outage_did_no_harm(
        OBJECTS, after, seconds=15, deletes=deletes, closes=closes
    )

    assert verdict.holds is holds


def test_an_outage_of_nothing_shows_nothing() -> None:
    assert not verdicts.outage_did_no_harm({}, {}, seconds=15, deletes=0, closes=0).holds


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"writes": 1}, False),
        ({"reads": 0}, False),
        ({"seconds": 59.0}, False),
        ({"adopted": 2}, False),
        ({"adopted": 0, "held": 0}, False),
    ],
)
def test_a_restart_is_silent_when_it_looked_adopted_and_wrote_nothing(
    changes: dict[str, float], holds: bool
) -> None:
    figures = {"writes": 0, "reads": 20, "seconds": 60.0, "adopted": 3, "held": 3, **changes}

    assert verdicts.restart_was_silent(**figures).holds is holds  # type: ignore[arg-type]


@pytest.mark.parametrize(("present", "holds"), [(0, False), (1, True), (2, False)])
def test_mid_deploy_means_some_and_not_all(present: int, holds: bool) -> None:
    some = dict(list(OBJECTS.items())[:present])

    verdict = verdicts.closed_in_mid_deploy(some, OBJECTS)

    assert verdict.holds is holds
    assert verdict.figures == f"{present} of 2 objects"


def test_what_is_left_is_counted_and_named() -> None:
    assert verdicts.nothing_is_left(OBJECTS, {}).holds
    assert not verdicts.nothing_is_left({}, {}).holds
    left = verdicts.nothing_is_left(OBJECTS, {"Namespace /a": "uid-1"})
    assert not left.holds
    assert left.figures == "1 of 2 objects left: Namespace /a"
