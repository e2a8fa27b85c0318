"""
Defaults of Jobs and CronJobs, and the selector that a new Job gets.

Source: pkg/apis/batch/v1/defaults.go and pkg/registry/batch/job/strategy.go of kube-apiserver 1.36.
"""

from simulator.jsontypes import JSONObject
from simulator.kinds.filling import changed_at, filled
from simulator.kinds.pod_defaults import template

_UID = "batch.kubernetes.io/controller-uid"
_NAME = "batch.kubernetes.io/job-name"


def job(obj: JSONObject) -> JSONObject:
    """A Job."""
    labels = ((obj["spec"].get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj = {**obj, "metadata": {**obj["metadata"], "labels": labels}}
    return changed_at(obj, "spec", _job_spec)


def _job_spec(spec: JSONObject) -> JSONObject:
    if "completions" not in spec and "parallelism" not in spec:
        spec = {**spec, "completions": 1}
    replacement = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    spec = filled(
        spec,
        {
            "backoffLimit": 2147483647 if "backoffLimitPerIndex" in spec else 6,
            "completionMode": "NonIndexed",
            "manualSelector": False,
            "parallelism": 1,
            "podReplacementPolicy": replacement,
            "suspend": False,
        },
    )
    return changed_at(spec, "template", template)


def selected(obj: JSONObject) -> JSONObject:
    """A new Job with the labels of its pods and the selector that finds them, unless it has its own."""
    spec, metadata = obj["spec"], obj["metadata"]
    if spec.get("manualSelector"):
        return obj
    uid, name = metadata["uid"], metadata["name"]
    given = spec["template"]["metadata"]
    labels = {
        **(given.get("labels") or {}),
        _UID: uid,
        _NAME: name,
        "controller-uid": uid,
        "job-name": name,
    }
    selector = spec.get("selector") or {}
    chosen = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), _UID: uid}}
    pods = {**spec["template"], "metadata": {**given, "labels": labels}}
    return {**obj, "spec": {**spec, "selector": chosen, "template": pods}}


def cron_job(obj: JSONObject) -> JSONObject:
    """A CronJob; what it says of its Jobs is filled in when they are made."""
    numbers = {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    }

    def jobs(given: JSONObject) -> JSONObject:
        return changed_at(given, "spec", lambda spec: changed_at(spec, "template", template))

    return changed_at(
        obj, "spec", lambda spec: changed_at(filled(spec, numbers), "jobTemplate", jobs)
    )
