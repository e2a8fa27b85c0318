"""
Rules for the environment of containers.

Source: pkg/apis/core/validation/validation.go, ValidateEnv and validateEnvFrom, as of 1.36.
"""

import re

from simulator.admission import names
from simulator.admission.causes import Causes, each_invalid, invalid, not_supported, required
from simulator.jsontypes import JSONObject

_POD_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_CONVERTED = (
    *_POD_FIELDS,
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
)
"""Fields whose names the API knows; of these a variable may have only some."""
_AMOUNTS = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_ONE_ONLY = "may not have more than one field specified at a time"
_SUBSCRIPT = re.compile(r"(metadata\.(?:annotations|labels))\['(.*)'\]")


def variables(items: tuple[JSONObject, ...], path: str) -> Causes:
    """`env` of a container."""
    for index, variable in enumerate(items):
        at = f"{path}[{index}]"
        name = variable["name"]
        if name:
            yield from each_invalid(f"{at}.name", name, names.variable_name(name))
        else:
            yield required(f"{at}.name")
        source = variable.get("valueFrom")
        if source is not None:
            yield from _source(source, f"{at}.valueFrom", has_value="value" in variable)


def _source(source: JSONObject, path: str, *, has_value: bool) -> Causes:
    if "fieldRef" in source:
        yield from _pod_field(source["fieldRef"], f"{path}.fieldRef")
    if "resourceFieldRef" in source:
        amount, at = source["resourceFieldRef"].get("resource", ""), f"{path}.resourceFieldRef"
        if not amount:
            yield required(f"{at}.resource")
        elif amount not in _AMOUNTS and ".hugepages-" not in amount:
            yield not_supported(f"{at}.resource", amount, _AMOUNTS)
    for reference in ("configMapKeyRef", "secretKeyRef"):
        if reference in source:
            key = source[reference].get("key", "")
            if key:
                yield from each_invalid(f"{path}.{reference}.key", key, names.config_key(key))
            else:
                yield required(f"{path}.{reference}.key")
    if not source:
        yield invalid(
            path,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
            "`secretKeyRef`",
        )
    elif has_value:
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(source) > 1:
        yield invalid(path, "", _ONE_ONLY)


def _pod_field(reference: JSONObject, path: str) -> Causes:
    field, at = reference.get("fieldPath", ""), f"{path}.fieldPath"
    if not field:
        yield required(at)
        return
    subscript = _SUBSCRIPT.fullmatch(field)
    if subscript is not None:
        key = subscript[2]
        yield from each_invalid(path, key, names.qualified_name(key.lower()))
    elif field not in _CONVERTED:
        yield invalid(at, field, f"error converting fieldPath: field label not supported: {field}")
    elif field not in _POD_FIELDS:
        yield not_supported(at, field, _POD_FIELDS)


def sources(items: tuple[JSONObject, ...], path: str) -> Causes:
    """`envFrom` of a container; how many there are is told of the list as a whole."""
    for index, source in enumerate(items):
        at = f"{path}[{index}]"
        prefix = source.get("prefix", "")
        if prefix:
            yield from each_invalid(f"{at}.prefix", prefix, names.variable_name(prefix))
        given = [field for field in ("configMapRef", "secretRef") if field in source]
        for field in given:
            name = source[field].get("name", "")
            if name:
                yield from each_invalid(f"{at}.{field}.name", name, names.dns_subdomain(name))
            else:
                yield required(f"{at}.{field}.name")
        if not given:
            yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid(path, "", _ONE_ONLY)
