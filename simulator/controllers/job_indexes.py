"""
Indexed Jobs: each index from 0 succeeds once, or fails for itself. Pure.

Which indexes are over is told in the Job's status as `0-3,7`; a pod knows its own from an annotation, a
label, its hostname and the variable `JOB_COMPLETION_INDEX`.

Source: kubernetes pkg/controller/job/indexed_job_utils.go and pod_failure_policy.go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import attrs

from simulator.controllers import pods as pod_facts
from simulator.jsontypes import JSONObject

INDEX = "batch.kubernetes.io/job-completion-index"
"""Annotation and label of a pod."""

_VARIABLE = "JOB_COMPLETION_INDEX"


def is_indexed(job: JSONObject) -> bool:
    """Whether the pods of a Job are numbered."""
    return bool(job["spec"].get("completionMode") == "Indexed")


@attrs.frozen
class Indexes:
    """Where the indexes of a Job stand."""

    completed: frozenset[int]
    failed: frozenset[int]
    missing: tuple[int, ...]
    """Not over and without a pod, lowest first."""
    failures: Mapping[int, int]
    """How many pods of an index have failed, where any have and each index counts for itself."""


def look(job: JSONObject, pods: Sequence[JSONObject]) -> Indexes:
    """Take stock of a Job's indexes, from its status and its pods."""
    spec, status = job["spec"], job.get("status") or {}
    completed = set(parsed(status.get("completedIndexes", "")))
    failed = set(parsed(status.get("failedIndexes", "")))
    failures: dict[int, int] = {}
    for pod in pods:
        index = _index_of(pod)
        if pod_facts.phase(pod) == "Succeeded":
            completed.add(index)
        elif pod_facts.phase(pod) == "Failed":
            failures[index] = failures.get(index, 0) + 1
            if _fails_index(spec.get("podFailurePolicy"), pod):
                failed.add(index)
    limit = spec.get("backoffLimitPerIndex")
    if limit is not None:
        failed |= {index for index, count in failures.items() if count > limit}
    failed -= completed
    busy = {_index_of(pod) for pod in pods if pod_facts.is_active(pod)}
    over = completed | failed | busy
    missing = tuple(index for index in range(spec["completions"]) if index not in over)
    own = failures if limit is not None else {}
    return Indexes(frozenset(completed), frozenset(failed), missing, own)


def numbered(pod: JSONObject, job: JSONObject, index: int) -> JSONObject:
    """A pod of a Job's template as the one of an index."""
    metadata, spec = pod["metadata"], pod["spec"]
    name = f"{job['metadata']['name']}-{index}"
    mark = {INDEX: str(index)}
    variable = {
        "name": _VARIABLE,
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}},
    }
    changed = {
        field: [_with(container, variable) for container in spec[field]]
        for field in ("initContainers", "containers")
        if spec.get(field)
    }
    return {
        **pod,
        "metadata": {
            **metadata,
            "generateName": f"{name}-",
            "labels": {**metadata.get("labels", {}), **mark},
            "annotations": {**metadata.get("annotations", {}), **mark},
        },
        "spec": {"hostname": name, **spec, **changed},
    }


def told(indexes: Iterable[int]) -> str:
    """
    Indexes as a status tells them.

    >>> told([0, 1, 2, 5, 7, 8])
    '0-2,5,7,8'
    """
    ordered = sorted(indexes)
    starts = [n for n, (a, b) in enumerate(pairwise(ordered), 1) if b != a + 1]
    runs = [ordered[a:b] for a, b in pairwise([0, *starts, len(ordered)])] if ordered else []
    # Two neighbours are told one by one, as Go does.
    return ",".join(
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs
    )


def parsed(text: str) -> Iterator[int]:
    """
    Indexes out of a status.

    >>> list(parsed("0-2,5"))
    [0, 1, 2, 5]
    """
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _index_of(pod: JSONObject) -> int:
    return int((pod["metadata"].get("annotations") or {}).get(INDEX, -1))


def _with(container: JSONObject, variable: JSONObject) -> JSONObject:
    given = container.get("env") or []
    if any(one["name"] == _VARIABLE for one in given):
        return container
    return {**container, "env": [*given, variable]}


def _fails_index(policy: JSONObject | None, pod: JSONObject) -> bool:
    """Whether the first rule that is about this end of a pod says that its index has failed."""
    for rule in (policy or {}).get("rules") or ():
        codes = rule.get("onExitCodes")
        if codes is not None and _is_about(codes, pod):
            return bool(rule["action"] == "FailIndex")
    return False


def _is_about(codes: JSONObject, pod: JSONObject) -> bool:
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        ended = (status.get("state") or {}).get("terminated")
        if ended is None or codes.get("containerName", status["name"]) != status["name"]:
            continue
        code = ended["exitCode"]
        if code and (code in codes["values"]) == (codes["operator"] == "In"):
            return True
    return False
