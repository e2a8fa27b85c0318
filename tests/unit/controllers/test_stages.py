"""The life of a pod: which state it is in, what comes next and when, and what is told of it."""

import pytest

from simulator.controllers import stages
from simulator.controllers.images import Image, behaviour, name_of, worst
from simulator.controllers.pod_status import Place, render
from simulator.controllers.settings import ControllerSettings
from simulator.controllers.stages import State, next_stage, seconds_until, state_of
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import STAMP, pod

SETTINGS = ControllerSettings()
TABLE = stages.table(SETTINGS)
PLACE = Place("10.0.0.1", "10.128.0.2")
LATER = "2026-01-01T00:00:09Z"


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "nginx"),
        ("nginx:1", "nginx"),
        ("ghcr.io:443/akash/web:1.2", "web"),
        ("web@sha256:abc", "web"),
        ("web:1@sha256:abc", "web"),
    ],
)
def test_the_name_of_an_image(image: str, name: str) -> None:
    assert name_of(image) == name


def test_a_pod_behaves_like_its_worst_image_and_unknown_ones_are_fine() -> None:
    known = SETTINGS.images

    assert behaviour("docker.io/library/fail:1", known) is Image.NEVER_PULLS
    assert behaviour("failure:1", known) is Image.FINE
    assert (
        worst([{"image": "nginx"}, {"image": "crash"}, {"image": "slow"}], known) is Image.CRASHES
    )
    assert worst([], known) is Image.FINE


def after(one: JSONObject, state: State, now: str = STAMP) -> JSONObject:
    return {**one, "status": render(one, state, PLACE, SETTINGS, now)}


def bound(image: str = "nginx:1") -> JSONObject:
    one = pod("p", image=image, node="node1")
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": STAMP}
    return {**one, "status": {"phase": "Pending", "conditions": [scheduled]}}


def walk(one: JSONObject, steps: int) -> list[tuple[str, float]]:
    """The next stages of a pod that nobody asks to end."""
    seen = []
    for _ in range(steps):
        stage = next_stage(one, TABLE, SETTINGS)
        if stage is None:
            break
        seen.append((stage.then.name, seconds_until(stage, one)))
        one = after(one, stage.then)
    return seen


def test_a_fine_pod_runs_and_stays_so() -> None:
    assert walk(bound(), 5) == [("RUNNING", 0.3)]
    assert walk(bound("slow:1"), 5) == [("RUNNING", 30.0)]


def test_an_image_that_never_pulls_backs_off_and_stays_so() -> None:
    assert walk(bound("fail:1"), 5) == [("PULL_FAILED", 0.3), ("BACKING_OFF", 10.0)]


def test_a_crash_loop_waits_twice_as_long_each_time_up_to_five_minutes() -> None:
    walked = walk(bound("crash:1"), 16)

    pauses = [seconds for state, seconds in walked[2::2] if state == "RUNNING"]
    assert pauses == [10, 20, 40, 80, 160, 300, 300]
    assert all(step == ("CRASHED", 1.0) for step in walked[1::2])


def test_a_pod_without_a_node_and_one_that_has_ended_need_nothing() -> None:
    assert state_of(pod("p")) is State.UNBOUND
    assert state_of(pod("p", node="n", phase="Succeeded")) is State.OVER
    assert next_stage(pod("p"), TABLE, SETTINGS) is None


def test_a_pod_ends_after_the_stop_time_or_its_grace_whatever_it_was_doing() -> None:
    patient = pod("p", node="n", image="fail:1", deleting=True)
    hasty = ControllerSettings(stop_seconds=5)
    stage = next_stage(patient, TABLE, SETTINGS)

    assert stage is not None
    assert stage.then is State.OVER
    assert seconds_until(stage, patient) == 0.2
    short = pod("p", node="n", deleting=True, grace=1)
    assert seconds_until(stages.table(hasty)[-1], short) == 1
    assert state_of(pod("p", node="n", deleting=True, grace=0)) is State.OVER


def test_a_running_pod_is_told_as_the_recorded_nodes_told_it() -> None:
    status = after(bound(), State.RUNNING, LATER)["status"]

    assert [item["type"] for item in status["conditions"]] == [
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    assert all(item["status"] == "True" for item in status["conditions"])
    assert (status["phase"], status["podIP"], status["hostIP"]) == (
        "Running",
        PLACE.pod_ip,
        "10.0.0.1",
    )
    (container,) = status["containerStatuses"]
    assert container["ready"]
    assert container["state"] == {"running": {"startedAt": LATER}}


def test_a_pod_whose_image_cannot_be_pulled_says_which_container_is_not_ready() -> None:
    status = after(bound("fail:1"), State.PULL_FAILED)["status"]

    assert status["phase"] == "Pending"
    assert "podIP" not in status
    assert [
        (item["type"], item["status"], item.get("reason")) for item in status["conditions"]
    ] == [
        ("PodScheduled", "True", None),
        ("Ready", "False", "ContainersNotReady"),
    ]
    assert status["conditions"][1]["message"] == "containers with unready status: [web]"
    waiting = status["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "ErrImagePull"


def test_a_crash_keeps_what_happened_and_the_next_start_counts_it() -> None:
    running = after(bound("crash:1"), State.RUNNING)
    crashed = after(running, State.CRASHED, LATER)
    again = after(crashed, State.RUNNING, LATER)

    (container,) = crashed["status"]["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["restartCount"] == 0
    ended = container["lastState"]["terminated"]
    assert (ended["exitCode"], ended["startedAt"], ended["finishedAt"]) == (1, STAMP, LATER)
    ready = {item["type"]: item for item in crashed["status"]["conditions"]}["Ready"]
    assert (ready["status"], ready["lastTransitionTime"]) == ("False", LATER)
    (container,) = again["status"]["containerStatuses"]
    assert container["restartCount"] == 1
    assert again["status"]["podIP"] == running["status"]["podIP"]
