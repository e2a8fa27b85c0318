"""
The life of a pod on its node as a table: from a state, with an image that behaves so, after so long,
into the next state.

Pure. What a state looks like in a pod's status is `pod_status`' matter; the table only has the order
and the times. Model: the Stages of kwok.
"""

import enum

import attrs

from simulator.controllers import images
from simulator.controllers import pods as pod_facts
from simulator.controllers.images import Image
from simulator.controllers.ownership import is_deleting
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject


class State(enum.Enum):
    """Where in its life a pod is, as its object shows it."""

    UNBOUND = "has no node yet"
    BOUND = "is on a node; nothing runs"
    PULL_FAILED = "waits: ErrImagePull"
    BACKING_OFF = "waits: ImagePullBackOff"
    RUNNING = "runs and is Ready"
    CRASHED = "waits: CrashLoopBackOff"
    SUCCEEDED = "has ended well"
    FAILED = "has ended badly"
    STOPPING = "was asked to end, its grace runs"
    OVER = "needs nothing more"


@attrs.frozen
class Stage:
    """One row of the table."""

    state: State
    images: frozenset[Image]
    """The behaviours that take this way; a pod behaves like the worst of its images."""
    after_seconds: float
    then: State
    doubles_to_seconds: float = 0.0
    """If not 0, the time doubles with each restart of the pod, up to this limit."""
    policies: frozenset[str] = frozenset({"Always", "OnFailure", "Never"})
    """Restart policies of the pods that take this way."""


_ALL = frozenset(Image)
_ALWAYS = frozenset({"Always"})


def table(settings: ControllerSettings) -> tuple[Stage, ...]:
    """The rows, with the times of a world."""
    ready = settings.ready_seconds
    return (
        Stage(
            State.BOUND,
            frozenset({Image.FINE, Image.ENDS, Image.CRASHES}),
            ready,
            State.RUNNING,
        ),
        Stage(State.BOUND, frozenset({Image.SLOW}), settings.slow_seconds, State.RUNNING),
        Stage(State.BOUND, frozenset({Image.NEVER_PULLS}), ready, State.PULL_FAILED),
        Stage(State.PULL_FAILED, _ALL, settings.image_back_off_seconds, State.BACKING_OFF),
        Stage(
            State.RUNNING,
            frozenset({Image.ENDS}),
            settings.once_seconds,
            State.SUCCEEDED,
            policies=frozenset({"OnFailure", "Never"}),
        ),
        Stage(
            State.RUNNING,
            frozenset({Image.ENDS}),
            settings.once_seconds,
            State.CRASHED,
            policies=_ALWAYS,
        ),
        Stage(
            State.RUNNING,
            frozenset({Image.CRASHES}),
            settings.crash_seconds,
            State.FAILED,
            policies=frozenset({"Never"}),
        ),
        Stage(State.RUNNING, frozenset({Image.CRASHES}), settings.crash_seconds, State.CRASHED),
        Stage(
            State.CRASHED,
            _ALL,
            settings.crash_back_off_seconds,
            State.RUNNING,
            doubles_to_seconds=settings.crash_limit_seconds,
        ),
        Stage(State.STOPPING, _ALL, settings.stop_seconds, State.OVER),
    )


def state_of(pod: JSONObject) -> State:
    """Where a pod is."""
    if not pod_facts.node_name(pod):
        return State.UNBOUND
    if is_deleting(pod):
        grace = pod["metadata"].get("deletionGracePeriodSeconds", 0)
        return State.STOPPING if grace else State.OVER
    if pod_facts.is_finished(pod):
        return State.OVER
    reasons = {_waiting_reason(status) for status in pod["status"].get("containerStatuses") or ()}
    for state, reason in _WAITING.items():
        if reason in reasons:
            return state
    return State.RUNNING if pod_facts.phase(pod) == "Running" else State.BOUND


_WAITING = {
    State.PULL_FAILED: "ErrImagePull",
    State.BACKING_OFF: "ImagePullBackOff",
    State.CRASHED: "CrashLoopBackOff",
}


def _waiting_reason(status: JSONObject) -> str:
    return str(((status.get("state") or {}).get("waiting") or {}).get("reason", ""))


def next_stage(
    pod: JSONObject, rows: tuple[Stage, ...], settings: ControllerSettings
) -> Stage | None:
    """The row that a pod is in; None where nothing happens by itself."""
    state = state_of(pod)
    image = images.worst(pod["spec"]["containers"], settings.images)
    policy = pod["spec"].get("restartPolicy", "Always")
    for row in rows:
        if row.state is state and image in row.images and policy in row.policies:
            return row
    return None


def seconds_until(stage: Stage, pod: JSONObject) -> float:
    """How long a pod stays in a stage, before any jitter."""
    if stage.state is State.STOPPING:
        grace = float(pod["metadata"].get("deletionGracePeriodSeconds", 0))
        return min(stage.after_seconds, grace)
    if stage.doubles_to_seconds:
        seconds = stage.after_seconds * 2.0 ** min(pod_facts.restarts(pod), 32)
        return min(seconds, stage.doubles_to_seconds)
    return stage.after_seconds
