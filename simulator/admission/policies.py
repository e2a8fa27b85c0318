"""
Rules for what rules over other objects: budgets, autoscalers, priorities, webhooks.

Source: pkg/apis/{policy,autoscaling,scheduling,admissionregistration}/validation, as of 1.36.
"""

from simulator.admission.causes import Causes, at_least, forbidden, invalid, one_of, required
from simulator.admission.metadata import selector
from simulator.jsontypes import JSONObject

_HIGHEST_PRIORITY = 1_000_000_000


def disruption_budget(obj: JSONObject) -> Causes:
    """A PodDisruptionBudget, new or changed."""
    spec = obj["spec"]
    both = [field for field in ("minAvailable", "maxUnavailable") if field in spec]
    if len(both) > 1:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for field in both:
        if isinstance(spec[field], int):
            yield from at_least(f"spec.{field}", spec[field], 0)
    if spec.get("selector") is not None:
        yield from selector(spec["selector"], "spec.selector")


def autoscaler(obj: JSONObject) -> Causes:
    """A HorizontalPodAutoscaler, new or changed."""
    spec = obj["spec"]
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 1:
        yield invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield invalid("spec.maxReplicas", most, "must be greater than 0")
    if most < least:
        why = "must be greater than or equal to `minReplicas`"
        yield invalid("spec.maxReplicas", most, why)
    for field in ("kind", "name"):
        if not (spec.get("scaleTargetRef") or {}).get(field):
            yield required(f"spec.scaleTargetRef.{field}")


def priority_class(obj: JSONObject) -> Causes:
    """A PriorityClass, new or changed."""
    value, name = obj.get("value", 0), obj["metadata"].get("name", "")
    if name.startswith("system-"):
        why = "priority class names with 'system-' prefix are reserved for system use only"
        yield forbidden("metadata.name", why)
    elif value > _HIGHEST_PRIORITY:
        why = f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}"
        yield forbidden("value", why)
    policies = ("Never", "PreemptLowerPriority")
    yield from one_of("preemptionPolicy", obj["preemptionPolicy"], policies)


def changed_priority_class(new: JSONObject, old: JSONObject) -> Causes:
    """Its value and what it preempts are fixed."""
    for field in ("value", "preemptionPolicy"):
        if new.get(field) != old.get(field):
            yield forbidden(field, "may not be changed in an update.")
