"""
Rules for pods and for the templates of pods in workloads.

Source: pkg/apis/core/validation/validation.go, ValidatePodSpec and ValidatePodUpdate, as of 1.36.
"""

from simulator.admission import names, scheduling
from simulator.admission.causes import (
    Causes,
    at_least,
    each_invalid,
    forbidden,
    in_range,
    invalid,
    one_of,
    required,
)
from simulator.admission.containers import (
    containers,
    init_containers,
    on_host_network,
    security_context,
)
from simulator.admission.godiff import pod_spec_diff
from simulator.admission.metadata import annotations, labels
from simulator.admission.volumes import volumes
from simulator.jsontypes import JSONObject

_DEADLINE_MAX = 2**31 - 1


def template(value: JSONObject, path: str) -> Causes:
    """A pod template: labels, annotations and spec."""
    yield from template_metadata(value, path)
    yield from pod_spec(value["spec"], f"{path}.spec")
    if value["spec"].get("ephemeralContainers"):
        why = "ephemeral containers not allowed in pod template"
        yield forbidden(f"{path}.spec.ephemeralContainers", why)


def template_metadata(value: JSONObject, path: str) -> Causes:
    """Labels and annotations of a pod template."""
    metadata = value["metadata"]
    yield from labels(metadata.get("labels", {}), f"{path}.labels")
    yield from annotations(metadata.get("annotations", {}), f"{path}.annotations")


def pod_spec(spec: JSONObject, path: str) -> Causes:
    """The spec of a pod or of a template."""
    mountable = [volume["name"] for volume in spec.get("volumes", ())]
    main = spec["containers"] or []
    first = spec.get("initContainers", [])
    yield from volumes(spec.get("volumes", ()), f"{path}.volumes")
    yield from containers(main, f"{path}.containers", mountable)
    yield from init_containers(first, f"{path}.initContainers", mountable, main)
    yield from one_of(
        f"{path}.restartPolicy", spec["restartPolicy"], ("Always", "OnFailure", "Never")
    )
    yield from one_of(
        f"{path}.dnsPolicy",
        spec["dnsPolicy"],
        ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    )
    yield from labels(spec.get("nodeSelector", {}), f"{path}.nodeSelector")
    yield from security_context(spec["securityContext"], f"{path}.securityContext")
    if spec.get("hostNetwork"):
        yield from on_host_network(main, f"{path}.containers")
    yield from scheduling.affinity(spec.get("affinity", {}), f"{path}.affinity")
    yield from scheduling.resolution(spec, path)
    yield from scheduling.gates(spec, path)
    yield from scheduling.spread(
        spec.get("topologySpreadConstraints", ()), f"{path}.topologySpreadConstraints"
    )
    yield from scheduling.system(spec, path)
    for field in ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"):
        if spec.get(field):
            yield from each_invalid(
                f"{path}.{field}", spec[field], names.dns_subdomain(spec[field])
            )
    grace = spec["terminationGracePeriodSeconds"]
    yield from at_least(f"{path}.terminationGracePeriodSeconds", grace, 0)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None:
        yield from in_range(f"{path}.activeDeadlineSeconds", deadline, 1, _DEADLINE_MAX)
    for field in ("hostname", "subdomain"):
        if spec.get(field):
            yield from each_invalid(f"{path}.{field}", spec[field], names.dns_label(spec[field]))
    for index, toleration in enumerate(spec.get("tolerations", ())):
        yield from _toleration(toleration, f"{path}.tolerations[{index}]")


def _toleration(toleration: JSONObject, path: str) -> Causes:
    key, operator = toleration.get("key", ""), toleration.get("operator", "")
    effect = toleration.get("effect", "")
    if key:
        yield from each_invalid(f"{path}.key", key, names.qualified_name(key))
    elif operator != "Exists":
        why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid(f"{path}.operator", operator, why)
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid(f"{path}.effect", effect, why)
    match operator:
        case "Equal" | "":
            value = toleration.get("value", "")
            yield from each_invalid(f"{path}.operator", value, names.label_value(value))
        case "Exists":
            if toleration.get("value"):
                why = "value must be empty when `operator` is 'Exists'"
                yield invalid(f"{path}.operator", toleration, why)
        case _:
            yield from one_of(f"{path}.operator", operator, ("Equal", "Exists"))
    if effect:
        effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
        yield from one_of(f"{path}.effect", effect, effects)


def pod(obj: JSONObject) -> Causes:
    """A new Pod."""
    yield from pod_spec(obj["spec"], "spec")
    if obj["spec"].get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")


def changed_pod(new: JSONObject, old: JSONObject) -> Causes:
    """A Pod's spec is fixed, but for images, a deadline that shrinks, and more tolerations."""
    yield from _changed_lists(new["spec"], old["spec"])
    yield from _changed_deadline(new["spec"], old["spec"])
    allowed = _with_allowed_changes(new["spec"], old["spec"])
    if allowed != old["spec"]:
        yield forbidden("spec", _ONLY + "\n" + pod_spec_diff(old["spec"], allowed))


_ONLY = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions "
    "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
    "previously negative)"
)


def _changed_lists(new: JSONObject, old: JSONObject) -> Causes:
    for field in ("containers", "initContainers"):
        before, after = old.get(field, []), new.get(field) or []
        if len(before) != len(after):
            yield forbidden(f"spec.{field}", f"pod updates may not add or remove {_NOUNS[field]}")
        for index, container in enumerate(after):
            if not container.get("image"):
                yield required(f"spec.{field}[{index}].image")
    if any(each not in new.get("tolerations", ()) for each in old.get("tolerations", ())):
        why = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden("spec.tolerations", why)


_NOUNS = {"containers": "containers", "initContainers": "init containers"}


def _changed_deadline(new: JSONObject, old: JSONObject) -> Causes:
    before, after = old.get("activeDeadlineSeconds"), new.get("activeDeadlineSeconds")
    if after is not None:
        yield from in_range("spec.activeDeadlineSeconds", after, 0, _DEADLINE_MAX)
        if before is not None and before < after:
            why = f"must be less than or equal to previous value {before}"
            yield invalid("spec.activeDeadlineSeconds", after, why)
    elif before is not None:
        why = "must not update from a positive integer to nil value"
        yield invalid("spec.activeDeadlineSeconds", None, why)


def _with_allowed_changes(new: JSONObject, old: JSONObject) -> JSONObject:
    """The new spec as if what may change had not changed."""
    result = dict(new)
    for field in ("activeDeadlineSeconds", "tolerations"):
        result.pop(field, None)
        if field in old:
            result[field] = old[field]
    for field in ("containers", "initContainers"):
        before, after = old.get(field, []), new.get(field) or []
        if len(before) == len(after) and after:
            result[field] = [
                {**container, "image": former["image"]}
                for container, former in zip(after, before, strict=True)
            ]
    return result
