"""
Rules for the metadata of every kind.

Source: apimachinery pkg/api/validation/objectmeta.go, as of 1.36.
"""

from collections.abc import Callable, Mapping, Sequence

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    each_invalid,
    forbidden,
    invalid,
    required,
    too_long,
    unchanged,
)
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.resources import Resource

ANNOTATIONS_BYTES_MAX = 256 * 1024

NameRule = Callable[[str], Sequence[str]]

_STANDARD_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")


def new_metadata(
    metadata: JSONObject, resource: Resource, name_rule: NameRule = names.dns_subdomain
) -> Causes:
    """Of an object about to be created, or as part of the check of a changed one."""
    base = metadata.get("generateName")
    if base:
        # What will follow a trailing dash is a letter.
        masked = f"{base[:-1]}a" if base.endswith("-") else base
        yield from each_invalid("metadata.generateName", base, name_rule(masked))
    name = metadata.get("name", "")
    if name:
        yield from each_invalid("metadata.name", name, name_rule(name))
    else:
        yield required("metadata.name", "name or generateName is required")
    namespace = metadata.get("namespace", "")
    if not resource.namespaced:
        if namespace:
            yield forbidden("metadata.namespace", "not allowed on this type")
    elif namespace:
        yield from each_invalid("metadata.namespace", namespace, names.dns_label(namespace))
    else:
        yield required("metadata.namespace")
    yield from labels(metadata.get("labels", {}), "metadata.labels")
    yield from annotations(metadata.get("annotations", {}))
    yield from _owner_references(metadata.get("ownerReferences", ()))
    yield from _finalizers(metadata.get("finalizers", ()), custom=resource.custom)


def changed_metadata(new: JSONObject, old: JSONObject) -> Causes:
    """Of an object that exists: what may not change, and what a change may not bring."""
    if "deletionTimestamp" in old:
        extra = [
            name for name in new.get("finalizers", ()) if name not in old.get("finalizers", ())
        ]
        if extra:
            listed = ", ".join(f'"{name}"' for name in sorted(extra))
            yield forbidden(
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new finalizers "
                f"[]string{{{listed}}}",
            )
    for field in _FIXED:
        yield from unchanged(f"metadata.{field}", _given(new, field), _given(old, field))
    yield from labels(new.get("labels", {}), "metadata.labels")
    yield from annotations(new.get("annotations", {}))
    yield from _owner_references(new.get("ownerReferences", ()))


_FIXED = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


def _given(metadata: JSONObject, field: str) -> JSONValue:
    return metadata.get(field, "" if field in ("name", "namespace", "uid") else None)


def labels(values: Mapping[str, str], path: str) -> Causes:
    """Keys and values of labels."""
    for key in sorted(values):
        yield from each_invalid(path, key, names.qualified_name(key))
        yield from each_invalid(path, values[key], names.label_value(values[key]))


def annotations(values: Mapping[str, str], path: str = "metadata.annotations") -> Causes:
    """Keys of annotations, and how much they all hold."""
    for key in sorted(values):
        yield from each_invalid(path, key, names.qualified_name(key.lower()))
    size = sum(len(key.encode()) + len(value.encode()) for key, value in values.items())
    if size > ANNOTATIONS_BYTES_MAX:
        yield too_long(path, ANNOTATIONS_BYTES_MAX)


def _owner_references(references: tuple[JSONObject, ...]) -> Causes:
    path = "metadata.ownerReferences"
    controller = ""
    for reference in references:
        if not reference.get("apiVersion"):
            yield invalid(f"{path}.apiVersion", "", "version must not be empty")
        for field in ("kind", "name", "uid"):
            if not reference.get(field):
                yield invalid(f"{path}.{field}", "", "must not be empty")
        if reference.get("controller"):
            this = f"{reference['kind']}/{reference['name']}"
            if controller:
                yield invalid(
                    path,
                    list(references),
                    'Only one reference can have Controller set to true. Found "true" in '
                    f"references for {controller} and {this}",
                )
            controller = controller or this


def _finalizers(finalizers: tuple[str, ...], *, custom: bool) -> Causes:
    path = "metadata.finalizers"
    for name in finalizers:
        yield from each_invalid(path, name, names.qualified_name(name))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        yield invalid(
            path, list(finalizers), "finalizer orphan and foregroundDeletion cannot be both set"
        )
    for index, name in enumerate(finalizers):
        if not custom and "/" not in name and name not in _STANDARD_FINALIZERS:
            yield invalid(
                f"{path}[{index}]",
                name,
                "name is neither a standard finalizer name nor is it fully qualified",
            )


def selector(value: JSONObject, path: str) -> Causes:
    """A label selector."""
    yield from labels(value.get("matchLabels", {}), f"{path}.matchLabels")
    for index, expression in enumerate(value.get("matchExpressions", ())):
        yield from _expression(expression, f"{path}.matchExpressions[{index}]")


def _expression(expression: JSONObject, path: str) -> Causes:
    values = expression.get("values", ())
    match expression["operator"]:
        case "In" | "NotIn":
            if not values:
                why = "must be specified when `operator` is 'In' or 'NotIn'"
                yield required(f"{path}.values", why)
        case "Exists" | "DoesNotExist":
            if values:
                why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                yield forbidden(f"{path}.values", why)
        case other:
            yield invalid(f"{path}.operator", other, "not a valid selector operator")
    yield from each_invalid(
        f"{path}.key", expression["key"], names.qualified_name(expression["key"])
    )
    for index, value in enumerate(values):
        yield from each_invalid(f"{path}.values[{index}]", value, names.label_value(value))


def selects(value: JSONObject, labels_: Mapping[str, str]) -> bool:
    """Whether a label selector selects what carries these labels."""
    wanted = value.get("matchLabels", {})
    if any(labels_.get(key) != text for key, text in wanted.items()):
        return False
    return all(_meets(expression, labels_) for expression in value.get("matchExpressions", ()))


def _meets(expression: JSONObject, labels_: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", ())
    match expression["operator"]:
        case "In":
            return labels_.get(key) in values
        case "NotIn":
            return key not in labels_ or labels_[key] not in values
        case "Exists":
            return key in labels_
        case _:
            return key not in labels_
