"""
Rules for Jobs and CronJobs.

Source: pkg/apis/batch/validation/validation.go and pkg/registry/batch/job/strategy.go, as of 1.36.
"""

from simulator.admission.causes import (
    Causes,
    at_least,
    invalid,
    not_supported,
    one_of,
    required,
    unchanged,
)
from simulator.admission.metadata import selector
from simulator.admission.pods import template
from simulator.jsontypes import JSONObject

_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_CRON_NAME_MAX = 52
"""A Job's name is this and a time; with what a pod's name adds, it has to be a label."""
_FIXED = ("selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy")


def job(obj: JSONObject) -> Causes:
    """A Job, new or changed."""
    spec = obj["spec"]
    yield from _job_spec(spec, "spec")
    if spec.get("selector") is None:
        yield required("spec.selector")
    else:
        yield from selector(spec["selector"], "spec.selector")


def _job_spec(spec: JSONObject, path: str) -> Causes:
    for field in _COUNTS:
        yield from at_least(f"{path}.{field}", spec.get(field), 0)
    if "completionMode" in spec:
        modes = ("NonIndexed", "Indexed")
        yield from one_of(f"{path}.completionMode", spec["completionMode"], modes)
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")
    yield from template(spec["template"], f"{path}.template")
    policy = spec["template"]["spec"].get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        where = f"{path}.template.spec.restartPolicy"
        if policy == "Always":
            yield required(where, 'valid values: "OnFailure", "Never"')
        else:
            yield not_supported(where, policy, ("OnFailure", "Never"))


def changed_job(new: JSONObject, old: JSONObject) -> Causes:
    """Its pods and how they are counted are fixed."""
    before, after = old["spec"], new["spec"]
    if "completions" in before or before.get("completionMode") == "Indexed":
        indexed = before.get("completionMode") == "Indexed"
        if not indexed:
            yield from unchanged(
                "spec.completions", after.get("completions"), before["completions"]
            )
    for field in _FIXED:
        yield from unchanged(f"spec.{field}", after.get(field), before.get(field))
    if not before.get("suspend"):
        yield from unchanged("spec.template", after["template"], before["template"])


def cron_job(obj: JSONObject) -> Causes:
    """A CronJob, new or changed."""
    spec = obj["spec"]
    name = obj["metadata"].get("name", "")
    if len(name) > _CRON_NAME_MAX:
        yield invalid("metadata.name", name, f"must be no more than {_CRON_NAME_MAX} characters")
    schedule = spec.get("schedule", "")
    if not schedule:
        yield required("spec.schedule")
    elif not schedule.startswith("@") and len(schedule.split()) != 5:
        count = len(schedule.split())
        why = f"expected exactly 5 fields, found {count}: {schedule.split()}".replace("'", "")
        yield invalid("spec.schedule", schedule, why)
    policies = ("Allow", "Forbid", "Replace")
    yield from one_of("spec.concurrencyPolicy", spec["concurrencyPolicy"], policies)
    for field in (
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    ):
        yield from at_least(f"spec.{field}", spec.get(field), 0)
    yield from _job_spec(spec["jobTemplate"]["spec"], "spec.jobTemplate.spec")
