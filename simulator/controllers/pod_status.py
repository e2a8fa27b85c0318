"""
What a kubelet tells of a pod in each state of its life. Pure.

The conditions and their order follow the recordings, the container statuses the real kubelet.
"""

from collections.abc import Iterable
from typing import assert_never

import attrs

from simulator.controllers.conditions import condition
from simulator.controllers.images import Image, behaviour
from simulator.controllers.settings import ControllerSettings
from simulator.controllers.stages import State
from simulator.jsontypes import JSONObject


@attrs.frozen
class Place:
    """Where a pod runs."""

    node_ip: str
    pod_ip: str


def render(
    pod: JSONObject, state: State, place: Place, settings: ControllerSettings, now: str
) -> JSONObject:
    """
    The status of a pod that enters a state.

    Args:
        pod: as stored.
        state: one in which containers are waited for, run, or have crashed.
        place: its addresses.
        settings: for the behaviour of its images.
        now: the wall time as Kubernetes writes it.
    """
    before = pod.get("status") or {}
    containers = [
        _container(pod, container, state, settings, now) for container in pod["spec"]["containers"]
    ]
    unready = [status["name"] for status in containers if not status["ready"]]
    told = {
        **before,
        "phase": _PHASES.get(state, "Running"),
        "conditions": _conditions(before.get("conditions") or (), state, unready, now),
        "hostIP": place.node_ip,
        "hostIPs": [{"ip": place.node_ip}],
        "startTime": before.get("startTime", now),
        "containerStatuses": containers,
    }
    if state not in (State.PULL_FAILED, State.BACKING_OFF):
        told |= {"podIP": place.pod_ip, "podIPs": [{"ip": place.pod_ip}]}
    return told


_PHASES = {
    State.PULL_FAILED: "Pending",
    State.BACKING_OFF: "Pending",
    State.SUCCEEDED: "Succeeded",
    State.FAILED: "Failed",
}


def _conditions(
    before: Iterable[JSONObject], state: State, unready: list[str], now: str
) -> list[JSONObject]:
    known = tuple(before)
    scheduled = [entry for entry in known if entry["type"] == "PodScheduled"]

    def entry(kind: str, *, true: bool) -> JSONObject:
        status = "True" if true else "False"
        old = condition(known, kind)
        since = old["lastTransitionTime"] if old and old["status"] == status else now
        result = {
            "type": kind,
            "status": status,
            "lastProbeTime": None,
            "lastTransitionTime": since,
        }
        if not true:
            text = f"containers with unready status: [{' '.join(unready)}]"
            result |= {"reason": "ContainersNotReady", "message": text}
        return result

    match state:
        case State.RUNNING | State.CRASHED:
            return [
                entry("Initialized", true=True),
                entry("Ready", true=not unready),
                entry("ContainersReady", true=not unready),
                *scheduled,
            ]
        case State.SUCCEEDED | State.FAILED:
            reason = "PodCompleted" if state is State.SUCCEEDED else "PodFailed"
            ended = entry("Ready", true=False) | {"reason": reason}
            return [{key: value for key, value in ended.items() if key != "message"}]
        case State.PULL_FAILED | State.BACKING_OFF:
            return [*scheduled, entry("Ready", true=False)]
        case State.UNBOUND | State.BOUND | State.STOPPING | State.OVER:
            raise AssertionError(f"no kubelet tells that a pod {state.value}")
        case _:
            assert_never(state)


def _container(
    pod: JSONObject, container: JSONObject, state: State, settings: ControllerSettings, now: str
) -> JSONObject:
    image = container.get("image", "")
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    known: JSONObject = next((item for item in statuses if item["name"] == container["name"]), {})
    fate = behaviour(image, settings.images)
    told = {
        "name": container["name"],
        "lastState": known.get("lastState") or {},
        "restartCount": known.get("restartCount", 0),
        "image": image,
    }
    if state in (State.PULL_FAILED, State.BACKING_OFF) and fate is Image.NEVER_PULLS:
        return _stopped(told, _pull_waiting(image, state))
    if state in (State.SUCCEEDED, State.FAILED):
        ended = _ended(known, fate, now)
        return {**_stopped(told, {}), "state": {"terminated": ended}}
    if state is State.CRASHED and fate in (Image.CRASHES, Image.ENDS):
        crashed = {**told, "lastState": {"terminated": _ended(known, fate, now)}}
        return _stopped(crashed, _crash_waiting(pod, container))
    if fate in (Image.CRASHES, Image.ENDS) and "terminated" in told["lastState"]:
        told["restartCount"] += 1
    running = (known.get("state") or {}).get("running") or {"startedAt": now}
    name = f"{container['name']}-{pod['metadata']['uid']}"
    return {
        **told,
        "state": {"running": running},
        "ready": True,
        "started": True,
        "imageID": f"simulator.invalid/{image}",
        "containerID": f"simulator://{name}-{told['restartCount']}",
    }


def _stopped(told: JSONObject, waiting: JSONObject) -> JSONObject:
    return {**told, "state": {"waiting": waiting}, "ready": False, "started": False, "imageID": ""}


def _pull_waiting(image: str, state: State) -> JSONObject:
    if state is State.BACKING_OFF:
        return {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
    text = f'failed to pull and unpack image "{image}": {image}: not found'
    return {"reason": "ErrImagePull", "message": text}


def _ended(known: JSONObject, fate: Image, now: str) -> JSONObject:
    started = ((known.get("state") or {}).get("running") or {}).get("startedAt", now)
    failed = fate is Image.CRASHES
    return {
        "exitCode": 1 if failed else 0,
        "reason": "Error" if failed else "Completed",
        "startedAt": started,
        "finishedAt": now,
        "containerID": known.get("containerID", ""),
    }


def _crash_waiting(pod: JSONObject, container: JSONObject) -> JSONObject:
    metadata = pod["metadata"]
    where = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
    text = f"back-off restarting failed container={container['name']} pod={where}"
    return {"reason": "CrashLoopBackOff", "message": text}
