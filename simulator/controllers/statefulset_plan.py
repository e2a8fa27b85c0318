"""
What a StatefulSet needs next: a pure decision about its pods, one ordinal at a time.

Source: kubernetes pkg/controller/statefulset/stateful_set_control.go and stateful_set_utils.go.
"""

from collections.abc import Mapping, Sequence

import attrs

from simulator.controllers import pods as pod_facts
from simulator.controllers.ownership import is_deleting
from simulator.controllers.selectors import labels_of
from simulator.jsontypes import JSONObject

REVISION_LABEL = "controller-revision-hash"


@attrs.frozen
class Plan:
    """What one pass does."""

    create: tuple[int, ...] = ()
    """Ordinals of the pods to be made, with their claims."""
    delete: tuple[JSONObject, ...] = ()
    """Pods to be ended."""
    outdated: int = 0
    """How many of those belonged to the current revision and are ended for the update."""


@attrs.frozen
class Replicas:
    """The pods of a StatefulSet, by ordinal."""

    stateful_set: JSONObject
    wanted: Mapping[int, JSONObject]
    """Pods that exist among the ordinals asked for."""
    condemned: tuple[JSONObject, ...]
    """Pods beyond those, the highest ordinal first."""

    @property
    def ordinals(self) -> range:
        """The ordinals asked for."""
        return _ordinals(self.stateful_set)

    @property
    def all(self) -> tuple[JSONObject, ...]:
        """All pods."""
        return (*self.wanted.values(), *self.condemned)


def _ordinals(stateful_set: JSONObject) -> range:
    spec = stateful_set["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    return range(start, start + spec["replicas"])


def sort(stateful_set: JSONObject, pods: Sequence[JSONObject]) -> Replicas:
    """Tell the pods that are asked for from those that are too many."""
    by_ordinal: dict[int, JSONObject] = {}
    base = f"{stateful_set['metadata']['name']}-"
    for pod in pods:
        suffix = pod["metadata"]["name"].removeprefix(base)
        if suffix.isdecimal():
            by_ordinal[int(suffix)] = pod
    ordinals = _ordinals(stateful_set)
    wanted = {number: by_ordinal[number] for number in ordinals if number in by_ordinal}
    condemned = sorted((number for number in by_ordinal if number not in wanted), reverse=True)
    return Replicas(stateful_set, wanted, tuple(by_ordinal[number] for number in condemned))


def revision_of(pod: JSONObject) -> str:
    """Name of the ControllerRevision that a pod was made from."""
    return labels_of(pod).get(REVISION_LABEL, "")


def plan(replicas: Replicas, update_revision: str, now: float) -> Plan:
    """
    What is to be done now; nothing while something has to be waited for.

    Args:
        replicas: the pods as they are.
        update_revision: name of the ControllerRevision of the present template.
        now: wall time in seconds.
    """
    stateful_set = replicas.stateful_set
    if is_deleting(stateful_set):
        return Plan()
    one_by_one = stateful_set["spec"].get("podManagementPolicy") != "Parallel"
    least_ready = stateful_set["spec"].get("minReadySeconds", 0)
    due = _fill(replicas, least_ready, now, one_by_one=one_by_one)
    if due is not None:
        return due
    due = _shrink(replicas, one_by_one=one_by_one)
    if due is not None:
        return due
    return _update(replicas, update_revision, least_ready, now)


def _fill(replicas: Replicas, least_ready: int, now: float, *, one_by_one: bool) -> Plan | None:
    """Make the missing ones and end the failed ones; None once all that is asked for is fine."""
    missing: list[int] = []
    failed: list[JSONObject] = []
    for ordinal in replicas.ordinals:
        pod = replicas.wanted.get(ordinal)
        if pod is None:
            missing.append(ordinal)
        elif pod_facts.is_finished(pod):
            failed.extend([] if is_deleting(pod) else [pod])
        elif not one_by_one or (
            not is_deleting(pod) and pod_facts.is_available(pod, least_ready, now)
        ):
            continue
        if one_by_one:
            return Plan(create=tuple(missing), delete=tuple(failed))
    if missing or failed:
        return Plan(create=tuple(missing), delete=tuple(failed))
    return None


def _shrink(replicas: Replicas, *, one_by_one: bool) -> Plan | None:
    """End what is too many; None if there is nothing to end or to wait for."""
    ending = [pod for pod in replicas.condemned if not is_deleting(pod)]
    if not one_by_one:
        return Plan(delete=tuple(ending)) if ending else None
    if not replicas.condemned:
        return None
    if is_deleting(replicas.condemned[0]):
        return Plan()
    return Plan(delete=replicas.condemned[:1])


def _update(replicas: Replicas, update_revision: str, least_ready: int, now: float) -> Plan:
    """End the highest pod of another revision, once all above it are fine."""
    strategy = replicas.stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return Plan()
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for ordinal in reversed(replicas.ordinals):
        if ordinal < replicas.ordinals.start + partition:
            break
        pod = replicas.wanted[ordinal]
        if revision_of(pod) != update_revision and not is_deleting(pod):
            return Plan(delete=(pod,), outdated=1)
        if is_deleting(pod) or not pod_facts.is_available(pod, least_ready, now):
            break
    return Plan()


def revision_for(
    replicas: Replicas, ordinal: int, current_revision: str, update_revision: str
) -> str:
    """Which revision a new pod of this ordinal is made from: below the partition the current one."""
    strategy = replicas.stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return update_revision
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    below = ordinal < replicas.ordinals.start + partition
    return current_revision if below else update_revision


def status(
    replicas: Replicas, current_revision: str, update_revision: str, outdated: int, now: float
) -> JSONObject:
    """
    The status to be told, from the pods as they were before the pass.

    Args:
        replicas: those pods.
        current_revision: name of the revision that pods had before the update, if there is one.
        update_revision: name of the revision of the present template.
        outdated: pods of the current revision that the pass ended.
        now: wall time in seconds.
    """
    stateful_set = replicas.stateful_set
    least_ready = stateful_set["spec"].get("minReadySeconds", 0)
    stay = [pod for pod in replicas.all if not is_deleting(pod)]
    ready = [pod for pod in replicas.all if pod_facts.is_ready(pod)]
    counts = {
        "readyReplicas": len(ready),
        "currentReplicas": sum(revision_of(pod) == current_revision for pod in stay) - outdated,
        "updatedReplicas": sum(revision_of(pod) == update_revision for pod in stay),
    }
    wanted = stateful_set["spec"]["replicas"]
    whole = len(replicas.all) == counts["readyReplicas"] == counts["updatedReplicas"] == wanted
    strategy = stateful_set["spec"].get("updateStrategy") or {}
    if whole and strategy.get("type") != "OnDelete":
        current_revision = update_revision
        counts["currentReplicas"] = counts["updatedReplicas"]
    before = stateful_set.get("status") or {}
    return {
        "observedGeneration": stateful_set["metadata"]["generation"],
        "replicas": len(replicas.all),
        **{field: count for field, count in counts.items() if count > 0},
        "currentRevision": current_revision,
        "updateRevision": update_revision,
        "collisionCount": before.get("collisionCount", 0),
        "availableReplicas": sum(pod_facts.is_available(pod, least_ready, now) for pod in ready),
    }
