"""
Which container a stream is of, and why there is none: the refusals on the way to it.

Source: pkg/registry/core/pod/strategy.go (LogLocation, streamLocation, validateContainer) and
pkg/kubelet/kubelet_pods.go (validateContainerLogStatus).
"""

import attrs

from simulator import failures, timestamps
from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.registry import Served

_LISTS = (
    ("containers", "containerStatuses"),
    ("initContainers", "initContainerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
)


@attrs.frozen(eq=False)
class Container:
    """One container of one pod, as both were when they were looked at."""

    pod: JSONObject
    spec: JSONObject
    status: JSONObject
    """Empty while the kubelet has told nothing of it."""

    @property
    def name(self) -> str:
        """Its name in the pod."""
        return str(self.spec["name"])

    @property
    def running_since(self) -> float | None:
        """Seconds since 1970; None if it does not run."""
        running = (self.status.get("state") or {}).get("running")
        return None if running is None else timestamps.seconds(running["startedAt"])

    @property
    def identity(self) -> str:
        """What changes when it is started again."""
        return str(self.status.get("containerID", ""))


@attrs.frozen
class Life:
    """One run of a container."""

    begun: float
    """Seconds since 1970."""
    ended: float | None
    """None while it runs."""
    exit_code: int
    number: int
    """0 for the first run."""


def found(
    cluster: Cluster, served: Served, namespace: str, name: str, container: str
) -> Container | None:
    """
    The container of a pod; None while the pod has no node.

    Args:
        cluster: where to look.
        served: the resource of pods.
        namespace: of the pod.
        name: of the pod.
        container: its name; empty where the pod has but one.

    Raises:
        Refused: 400, 404; 500, its node does not answer.
    """
    pod = get(cluster, served, namespace, name).object
    chosen = container or _only(pod)
    node = pod["spec"].get("nodeName", "")
    result = _named(pod, chosen)
    if result is None:
        raise failures.bad_request(f"container {chosen} is not valid for pod {name}")
    if not node:
        return None
    host = cluster.store.get("nodes", "", node)
    if host is None:
        # The real server looks for the node and then names a pod in its answer.
        raise failures.not_found(served.resource, node)
    _check_reachable(host.object)
    return result


def _check_reachable(node: JSONObject) -> None:
    """
    Whether the kubelet answers.

    Raises:
        Refused: 500, it has not been heard of lately.
    """
    told = node.get("status") or {}
    ready = [item["status"] for item in told.get("conditions") or () if item["type"] == "Ready"]
    if ready == ["Unknown"]:
        addresses = [
            item["address"] for item in told.get("addresses") or () if item["type"] == "InternalIP"
        ]
        where = addresses[0] if addresses else node["metadata"]["name"]
        raise failures.internal(f"error dialing backend: dial tcp {where}:10250: i/o timeout")


def _only(pod: JSONObject) -> str:
    containers = pod["spec"]["containers"]
    if len(containers) == 1:
        return str(containers[0]["name"])
    names = " ".join(item["name"] for item in containers)
    text = f"a container name must be specified for pod {pod['metadata']['name']}, choose one of: "
    text += f"[{names}]"
    first = pod["spec"].get("initContainers")
    if first:
        text += f" or one of the init containers: [{' '.join(item['name'] for item in first)}]"
    raise failures.bad_request(text)


def _named(pod: JSONObject, name: str) -> Container | None:
    for specs, statuses in _LISTS:
        for spec in pod["spec"].get(specs) or ():
            if spec["name"] == name:
                told = (pod.get("status") or {}).get(statuses) or ()
                status: JSONObject = next((item for item in told if item["name"] == name), {})
                return Container(pod, spec, status)
    return None


def again(cluster: Cluster, container: Container) -> Container | None:
    """The same container as it is by now; None if its pod is gone or another."""
    metadata = container.pod["metadata"]
    version = cluster.store.get("pods", metadata["namespace"], metadata["name"])
    if version is None or version.object["metadata"]["uid"] != metadata["uid"]:
        return None
    return _named(version.object, container.name)


def life_of(container: Container, *, previous: bool) -> Life:
    """
    The run of a container whose log is asked for.

    Raises:
        Refused: 400, there is none.
    """
    where = f'container "{container.name}" in pod "{container.pod["metadata"]["name"]}"'
    state, last = container.status.get("state") or {}, container.status.get("lastState") or {}
    restarts = container.status.get("restartCount", 0)
    before = last.get("terminated")
    if previous:
        if before is None:
            raise failures.bad_request(f"previous terminated {where} not found")
        return _ended(before, restarts - 1 if "running" in state else restarts)
    if container.running_since is not None:
        return Life(container.running_since, None, 0, restarts)
    if ended := state.get("terminated") or before:
        return _ended(ended, restarts)
    reason = (state.get("waiting") or {}).get("reason") or "ContainerCreating"
    why = _WHY_WAITING.get(reason, reason)
    raise failures.bad_request(f"{where} is waiting to start: {why}")


_WHY_WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


def _ended(terminated: JSONObject, number: int) -> Life:
    return Life(
        timestamps.seconds(terminated["startedAt"]),
        timestamps.seconds(terminated["finishedAt"]),
        terminated.get("exitCode", 0),
        max(number, 0),
    )


def running(container: Container | None, name: str) -> Container:
    """
    A container that a command can be run in.

    Raises:
        Refused: 400, its pod has no node; 500, it does not run.
    """
    if container is None:
        raise failures.bad_request(f"pod {name} does not have a host assigned")
    if container.running_since is None:
        raise _not_running(container)
    return container


def _not_running(container: Container) -> Refused:
    text = (
        "Internal error occurred: unable to upgrade connection: container not found "
        f'("{container.name}")'
    )
    return failures.internal(text)
