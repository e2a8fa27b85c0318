"""
Rules for Deployments, ReplicaSets and StatefulSets.

Source: pkg/apis/apps/validation/validation.go and the strategies under pkg/registry/apps, as of 1.36.
"""

import re
from typing import Any

from simulator.admission.causes import (
    Causes,
    at_least,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
    unchanged,
)
from simulator.admission.metadata import selector, selects
from simulator.admission.pods import template, template_metadata
from simulator.jsontypes import JSONObject, JSONValue


def deployment(obj: JSONObject) -> Causes:
    """A Deployment, new or changed."""
    spec = obj["spec"]
    yield from at_least("spec.replicas", spec["replicas"], 0)
    yield from _selected_template(spec, "deployment")
    yield from _deployment_strategy(spec["strategy"])
    yield from at_least("spec.minReadySeconds", spec.get("minReadySeconds"), 0)
    yield from at_least("spec.revisionHistoryLimit", spec["revisionHistoryLimit"], 0)
    deadline = spec["progressDeadlineSeconds"]
    yield from at_least("spec.progressDeadlineSeconds", deadline, 0)
    if deadline <= spec.get("minReadySeconds", 0):
        why = "must be greater than minReadySeconds"
        yield invalid("spec.progressDeadlineSeconds", deadline, why)


def _selected_template(spec: JSONObject, kind: str) -> Causes:
    """The selector, and that it selects the pods of the template."""
    chosen = spec["selector"]
    if chosen is None:
        yield required("spec.selector")
    else:
        wrong = list(selector(chosen, "spec.selector"))
        yield from wrong
        if wrong and kind != "statefulset" and _is_no_selector(chosen):
            yield invalid("spec.selector", chosen, "invalid label selector")
            return
        if not chosen:
            yield invalid("spec.selector", {}, f"empty selector is invalid for {kind}")
    labels = spec["template"]["metadata"].get("labels", {})
    if chosen and not selects(chosen, labels):
        why = "`selector` does not match template `labels`"
        yield invalid("spec.template.metadata.labels", labels or None, why)
    if kind == "statefulset":
        # The real server does not look at this pod spec: its claims' volumes are not there yet.
        yield from template_metadata(spec["template"], "spec.template")
    else:
        yield from template(spec["template"], "spec.template")
    pods = spec["template"]["spec"]
    if pods["restartPolicy"] != "Always":
        yield not_supported("spec.template.spec.restartPolicy", pods["restartPolicy"], ("Always",))
    if "activeDeadlineSeconds" in pods:
        owner = "StatefulSet" if kind == "statefulset" else "ReplicaSet"
        why = f"activeDeadlineSeconds in {owner} is not Supported"
        yield forbidden("spec.template.spec.activeDeadlineSeconds", why)


def _is_no_selector(chosen: JSONObject) -> bool:
    """Whether a label selector cannot even be asked."""
    return any(
        expression["operator"] not in _OPERATORS
        or (expression["operator"] in ("In", "NotIn")) != bool(expression.get("values"))
        for expression in chosen.get("matchExpressions", ())
    )


_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def _deployment_strategy(strategy: JSONObject) -> Causes:
    rolling = strategy.get("rollingUpdate")
    match strategy["type"]:
        case "Recreate":
            if rolling is not None:
                why = "may not be specified when strategy `type` is 'Recreate'"
                yield forbidden("spec.strategy.rollingUpdate", why)
        case "RollingUpdate" if rolling is not None:
            yield from _rolling_update(rolling, "spec.strategy.rollingUpdate")
        case "RollingUpdate":
            why = "this should be defaulted and never be nil"
            yield required("spec.strategy.rollingUpdate", why)
        case other:
            yield not_supported("spec.strategy.type", other, ("Recreate", "RollingUpdate"))


def _rolling_update(rolling: JSONObject, path: str) -> Causes:
    for field in ("maxUnavailable", "maxSurge"):
        yield from _number_or_percent(rolling[field], f"{path}.{field}")
    if _is_zero(rolling["maxUnavailable"]) and _is_zero(rolling["maxSurge"]):
        why = "may not be 0 when `maxSurge` is 0"
        yield invalid(f"{path}.maxUnavailable", rolling["maxUnavailable"], why)
    if _percent(rolling["maxUnavailable"]) > 100:
        why = "must not be greater than 100%"
        yield invalid(f"{path}.maxUnavailable", rolling["maxUnavailable"], why)


def _number_or_percent(value: JSONValue, path: str) -> Causes:
    if isinstance(value, int):
        yield from at_least(path, value, 0)
    elif not re.fullmatch("[0-9]+%", value):
        why = (
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  "
            "or '93%', regex used for validation is '[0-9]+%')"
        )
        yield invalid(path, value, why)


def _percent(value: JSONValue) -> int:
    return int(value[:-1]) if isinstance(value, str) and value[:-1].isdigit() else 0


def _is_zero(value: JSONValue) -> bool:
    return value == 0 or (isinstance(value, str) and _percent(value) == 0)


def changed_deployment(new: JSONObject, old: JSONObject) -> Causes:
    """Its selector is fixed."""
    yield from unchanged("spec.selector", new["spec"]["selector"], old["spec"]["selector"])


def deployment_status(new: JSONObject, old: JSONObject) -> Causes:
    """The counts in a Deployment's status."""
    status: dict[str, Any] = new["status"]
    for field in (
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
    ):
        yield from at_least(f"status.{field}", status.get(field), 0)
    total, ready = status.get("replicas", 0), status.get("readyReplicas", 0)
    for field in ("updatedReplicas", "readyReplicas", "availableReplicas"):
        count = status.get(field, 0)
        if count > total:
            yield invalid(f"status.{field}", count, "cannot be greater than status.replicas")
    available = status.get("availableReplicas", 0)
    if available > ready:
        yield invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")
    before, after = old["status"].get("collisionCount"), status.get("collisionCount")
    if before is not None and (after or 0) < before:
        yield invalid("status.collisionCount", after, "cannot be decremented")


def replica_set(obj: JSONObject) -> Causes:
    """A ReplicaSet, new or changed."""
    spec = obj["spec"]
    yield from at_least("spec.replicas", spec["replicas"], 0)
    yield from at_least("spec.minReadySeconds", spec.get("minReadySeconds"), 0)
    yield from _selected_template(spec, "deployment")


def replica_set_status(new: JSONObject, _old: JSONObject) -> Causes:
    """The counts in a ReplicaSet's status."""
    status: dict[str, Any] = new["status"]
    fields = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    for field in ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"):
        yield from at_least(f"status.{field}", status.get(field), 0)
    for field in fields:
        count = status.get(field, 0)
        if count > status["replicas"]:
            yield invalid(f"status.{field}", count, "cannot be greater than status.replicas")
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        yield invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


def daemon_set(obj: JSONObject) -> Causes:
    """A DaemonSet, new or changed."""
    spec = obj["spec"]
    yield from _selected_template(spec, "daemonset")
    yield from at_least("spec.minReadySeconds", spec.get("minReadySeconds"), 0)
    strategy = spec["updateStrategy"]["type"]
    yield from one_of("spec.updateStrategy.type", strategy, ("RollingUpdate", "OnDelete"))
    yield from at_least("spec.revisionHistoryLimit", spec["revisionHistoryLimit"], 0)


def replication_controller(obj: JSONObject) -> Causes:
    """A ReplicationController, new or changed; its selector is a plain map of labels."""
    spec = obj["spec"]
    chosen = spec.get("selector") or {}
    if not chosen:
        yield required("spec.selector")
    yield from at_least("spec.replicas", spec["replicas"], 0)
    pods = spec.get("template")
    if pods is None:
        yield required("spec.template")
        return
    labels = pods["metadata"].get("labels") or {}
    if chosen and not chosen.items() <= labels.items():
        why = "`selector` does not match template `labels`"
        yield invalid("spec.template.metadata.labels", labels, why)
    yield from template(pods, "spec.template")


def pod_template(obj: JSONObject) -> Causes:
    """A PodTemplate, new or changed."""
    yield from template(obj["template"], "template")


def stateful_set(obj: JSONObject) -> Causes:
    """A StatefulSet, new or changed."""
    spec = obj["spec"]
    yield from one_of(
        "spec.podManagementPolicy", spec["podManagementPolicy"], ("OrderedReady", "Parallel")
    )
    yield from _stateful_set_strategy(spec["updateStrategy"])
    for field in ("whenDeleted", "whenScaled"):
        policy = spec["persistentVolumeClaimRetentionPolicy"][field]
        at = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
        yield from one_of(at, policy, ("Delete", "Retain"))
    yield from at_least("spec.replicas", spec["replicas"], 0)
    yield from at_least("spec.minReadySeconds", spec.get("minReadySeconds"), 0)
    start = (spec.get("ordinals") or {}).get("start")
    yield from at_least("spec.ordinals.start", start, 0)
    yield from _selected_template(spec, "statefulset")


def _stateful_set_strategy(strategy: JSONObject) -> Causes:
    rolling = strategy.get("rollingUpdate")
    match strategy["type"]:
        case "OnDelete":
            if rolling is not None:
                why = "only allowed for updateStrategy 'RollingUpdate'"
                yield invalid("spec.updateStrategy.rollingUpdate", rolling, why)
        case "RollingUpdate":
            at = "spec.updateStrategy.rollingUpdate.partition"
            yield from at_least(at, (rolling or {}).get("partition"), 0)
        case other:
            why = "must be 'RollingUpdate' or 'OnDelete'"
            yield invalid("spec.updateStrategy", {"Type": other}, why)


_STATEFUL_SET_MAY_CHANGE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def changed_stateful_set(new: JSONObject, old: JSONObject) -> Causes:
    """Most of its spec is fixed."""
    before, after = old["spec"], new["spec"]
    if any(
        before.get(field) != after.get(field)
        for field in before.keys() | after.keys()
        if field not in _STATEFUL_SET_MAY_CHANGE
    ):
        *most, last = (f"'{field}'" for field in _STATEFUL_SET_MAY_CHANGE)
        yield forbidden(
            "spec",
            f"updates to statefulset spec for fields other than {', '.join(most)} and {last} are "
            "forbidden",
        )


def stateful_set_status(new: JSONObject, _old: JSONObject) -> Causes:
    """The counts in a StatefulSet's status."""
    status: dict[str, Any] = new["status"]
    fields = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    for field in ("replicas", *fields):
        yield from at_least(f"status.{field}", status.get(field), 0)
    for field in fields:
        count = status.get(field, 0)
        if count > status["replicas"]:
            yield invalid(f"status.{field}", count, "cannot be greater than status.replicas")
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        why = "cannot be greater than status.readyReplicas"
        yield invalid("status.availableReplicas", available, why)
