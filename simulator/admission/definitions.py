"""
Rules for CustomResourceDefinitions.

What all versions have alike (schema, subresources, columns) the real server checks once, under the
names of an older API: `spec.validation`, `spec.subresources`, `spec.additionalPrinterColumns`.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation and pkg/apis/apiextensions/v1/
conversion.go, as of 1.36.
"""

from collections.abc import Iterator, Sequence

import orjson

from simulator.admission import names, schemas
from simulator.admission.causes import (
    Cause,
    Causes,
    forbidden,
    invalid,
    not_supported,
    required,
    unchanged,
)
from simulator.jsontypes import JSONObject, JSONValue

_SCOPES = ("Cluster", "Namespaced")
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = (
    "byte",
    "date",
    "date-time",
    "double",
    "float",
    "int32",
    "int64",
    "password",
)
_APPROVAL = "api-approved.kubernetes.io"


def definition(obj: JSONObject) -> Causes:
    """A CustomResourceDefinition, new or changed."""
    spec, metadata = obj["spec"], obj["metadata"]
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if metadata.get("name", "") != expected:
        why = 'must be spec.names.plural+"."+spec.group'
        yield invalid("metadata.name", metadata.get("name", ""), why)
    yield from _group(spec["group"])
    yield from _scope(spec["scope"])
    yield from _versions(spec["versions"] or [])
    yield from _names(spec["names"])
    yield from _alike(spec["versions"] or [])
    yield from _conversion(spec.get("conversion") or {})
    if _is_protected(spec["group"]) and _APPROVAL not in (metadata.get("annotations") or {}):
        why = (
            f'protected groups must have approval annotation "{_APPROVAL}", see '
            "https://github.com/kubernetes/enhancements/pull/1111"
        )
        yield required(f"metadata.annotations[{_APPROVAL}]", why)
    if spec.get("preserveUnknownFields"):
        why = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
            "spec.versions[*].schema instead"
        )
        yield invalid("spec.preserveUnknownFields", True, why)


def _group(group: str) -> Causes:
    if not group:
        yield required("spec.group")
    elif wrong := names.dns_subdomain(group):
        yield invalid("spec.group", group, ",".join(wrong))
    elif "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")


def _is_protected(group: str) -> bool:
    return any(group == end or group.endswith(f".{end}") for end in ("k8s.io", "kubernetes.io"))


def _scope(scope: str) -> Causes:
    if not scope:
        yield required("spec.scope")
    elif scope not in _SCOPES:
        yield not_supported("spec.scope", scope, _SCOPES)


def _versions(versions: list[JSONObject]) -> Causes:
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            yield required(f"spec.versions[{index}].schema.openAPIV3Schema")
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        yield from _old_label(f"{at}.name", version["name"])
        if "deprecationWarning" in version and not version.get("deprecated"):
            why = "can only be set for deprecated versions"
            yield invalid(f"{at}.deprecationWarning", version["deprecationWarning"], why)
        if not _same(versions, "schema"):
            yield from _schema(version, f"{at}.schema")
        if not _same(versions, "subresources"):
            yield from _subresources(version, f"{at}.subresources")
        if not _same(versions, "additionalPrinterColumns"):
            yield from _columns(version, f"{at}.additionalPrinterColumns")
    found = [version["name"] for version in versions]
    if len(set(found)) != len(found):
        yield _all_versions(versions, "must contain unique version names")
    if sum(bool(version["storage"]) for version in versions) != 1:
        yield _all_versions(versions, "must have exactly one version marked as storage version")
    if versions:
        yield from _old_label("spec.version", versions[0]["name"])


def _all_versions(versions: list[JSONObject], why: str) -> Cause:
    """A rule that all break together; they are shown in the form they have inside the server."""
    shown = [
        {
            "Name": version["name"],
            "Served": version["served"],
            "Storage": version["storage"],
            "Deprecated": bool(version.get("deprecated")),
            "DeprecationWarning": version.get("deprecationWarning"),
            "Schema": None,
            "Subresources": None,
            "AdditionalPrinterColumns": None,
            "SelectableFields": None,
        }
        for version in versions
    ]
    text = orjson.dumps(shown).decode() if shown else "null"
    return Cause("FieldValueInvalid", f"Invalid value: {text}: {why}", "spec.versions")


def _same(versions: list[JSONObject], field: str) -> bool:
    return all(version.get(field) == versions[0].get(field) for version in versions)


def _alike(versions: list[JSONObject]) -> Causes:
    if not versions:
        return
    if _same(versions, "schema"):
        yield from _schema(versions[0], "spec.validation")
    if _same(versions, "subresources"):
        yield from _subresources(versions[0], "spec.subresources")
    if _same(versions, "additionalPrinterColumns"):
        yield from _columns(versions[0], "spec.additionalPrinterColumns")


def _schema(version: JSONObject, path: str) -> Causes:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema:
        yield from schemas.root(schema, f"{path}.openAPIV3Schema")


def _names(given: JSONObject) -> Causes:
    for field in ("plural", "singular", "kind", "listKind"):
        if not given.get(field):
            yield required(f"spec.names.{field}")
    for field in ("plural", "singular"):
        if given.get(field):
            yield from _old_label(f"spec.names.{field}", given[field])
    for field in ("kind", "listKind"):
        wrong = names.dns_1035_label(given.get(field, "").lower()) if given.get(field) else ()
        if wrong:
            why = f"may have mixed case, but should otherwise match: {','.join(wrong)}"
            yield invalid(f"spec.names.{field}", given[field], why)
    yield from _each_old_label("spec.names.shortNames", given.get("shortNames") or ())
    if given.get("kind") and given["kind"] == given.get("listKind"):
        why = "kind and listKind may not be the same"
        yield invalid("spec.names.listKind", given["listKind"], why)
    yield from _each_old_label("spec.names.categories", given.get("categories") or ())


def _each_old_label(path: str, values: Sequence[str]) -> Causes:
    for index, value in enumerate(values):
        yield from _old_label(f"{path}[{index}]", value)


def _old_label(path: str, value: str) -> Causes:
    if wrong := names.dns_1035_label(value):
        yield invalid(path, value, ",".join(wrong))


def _subresources(version: JSONObject, path: str) -> Causes:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return
    for field, start in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        at, value = f"{path}.scale.{field}", scale.get(field, "")
        if not value:
            yield required(at)
        elif wrong := list(_simple_path(value, at)):
            yield from wrong
        elif not value.startswith(start):
            yield invalid(at, value, f"should be a json path under {start[:-1]}")
    at, value = f"{path}.scale.labelSelectorPath", scale.get("labelSelectorPath", "")
    if value and (wrong := list(_simple_path(value, at))):
        yield from wrong
    elif value and not value.startswith((".spec.", ".status.")):
        yield invalid(at, value, "should be a json path under either .spec or .status")


def _simple_path(value: str, path: str) -> Iterator[Cause]:
    if not value.startswith("."):
        yield invalid(path, value, "must be a simple json path starting with .")


def _columns(version: JSONObject, path: str) -> Causes:
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        at = f"{path}[{index}]"
        if not column.get("name"):
            yield required(f"{at}.name")
        kinds = f"must be one of {','.join(_COLUMN_TYPES)}"
        if not column.get("type"):
            yield required(f"{at}.type", kinds)
        elif column["type"] not in _COLUMN_TYPES:
            yield invalid(f"{at}.type", column["type"], kinds)
        form = column.get("format")
        if form and form not in _COLUMN_FORMATS:
            yield invalid(f"{at}.format", form, f"must be one of {','.join(_COLUMN_FORMATS)}")
        if not column.get("jsonPath"):
            yield required(f"{at}.JSONPath")
        else:
            yield from _simple_path(column["jsonPath"], f"{at}.JSONPath")


def _conversion(conversion: JSONObject) -> Causes:
    at, strategy = "spec.conversion", conversion.get("strategy", "None")
    if strategy not in ("None", "Webhook"):
        yield not_supported(f"{at}.strategy", strategy, ("None", "Webhook"))
    if strategy == "Webhook" and not conversion.get("webhook"):
        why = "required when strategy is set to Webhook"
        yield required(f"{at}.webhookClientConfig", why)
        yield required(f"{at}.conversionReviewVersions")
    elif strategy != "Webhook" and conversion.get("webhook"):
        why = "should not be set when strategy is not set to Webhook"
        yield forbidden(f"{at}.webhookClientConfig", why)


def changed_definition(new: JSONObject, old: JSONObject) -> Causes:
    """How its resources are named is fixed; what was stored stays known."""
    before, after = old["spec"], new["spec"]
    yield from unchanged("spec.scope", after["scope"], before["scope"])
    yield from unchanged("spec.names.kind", after["names"]["kind"], before["names"]["kind"])
    yield from unchanged("spec.group", after["group"], before["group"])
    yield from unchanged("spec.names.plural", after["names"]["plural"], before["names"]["plural"])
    known: list[JSONValue] = [version["name"] for version in after["versions"] or ()]
    for index, name in enumerate((old.get("status") or {}).get("storedVersions") or ()):
        if name not in known:
            at = f"status.storedVersions[{index}]"
            yield invalid(
                at,
                name,
                f"missing from spec.versions; {name} was previously a storage "
                "version, and must remain in spec.versions until a storage migration "
                f"ensures no data remains persisted in {name} and removes {name} from "
                "status.storedVersions",
            )
