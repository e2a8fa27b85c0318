"""
Rules for the schemas of CustomResourceDefinitions: they have to be structural.

Source: apiextensions-apiserver pkg/apiserver/schema/validation.go and
ValidateCustomResourceDefinitionOpenAPISchema, as of 1.36.
"""

import re

from simulator.admission.causes import (
    Cause,
    Causes,
    forbidden,
    invalid,
    not_supported,
    required,
)
from simulator.jsontypes import JSONObject, JSONValue

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_PRESERVES = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_LIST_TYPE = "x-kubernetes-list-type"
_LIST_KEYS = "x-kubernetes-list-map-keys"
_MAP_TYPE = "x-kubernetes-map-type"
_RULES = "x-kubernetes-validations"
_LOGIC = ("anyOf", "allOf", "oneOf")
_INT_AND_STRING = [{"type": "integer"}, {"type": "string"}]

_NEEDS_TYPE = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}


def root(schema: JSONObject, path: str) -> Causes:
    """The whole schema of a version."""
    if schema.get("nullable"):
        yield forbidden(f"{path}.nullable", "nullable cannot be true at the root")
    yield from sorted(_structural(schema, path, "root"), key=_text)
    yield from _open_api(schema, path)


def _text(cause: Cause) -> str:
    return f"{cause.field}: {cause.message}"


def _structural(schema: JSONObject, path: str, level: str) -> Causes:
    kind = schema.get("type", "")
    if kind == "array" and not isinstance(schema.get("items"), dict):
        yield required(f"{path}.items", "must be specified")
    if isinstance(schema.get("items"), dict):
        yield from _structural(schema["items"], f"{path}.items", "item")
    for name, inner in (schema.get("properties") or {}).items():
        yield from _structural(inner, f"{path}.properties[{name}]", "field")
    additional = schema.get("additionalProperties")
    if additional is not None and level == "root":
        yield forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(additional, dict):
        yield from _structural(additional, f"{path}.additionalProperties", "field")
    yield from _int_or_string(schema, path)
    yield from _values(schema, path)
    yield from _type(schema, path, level)
    if level == "root":
        yield from _root_fields(schema.get("properties") or {}, path)


def _int_or_string(schema: JSONObject, path: str) -> Causes:
    if schema.get(_INT_OR_STRING):
        for name in (_PRESERVES, _EMBEDDED):
            if schema.get(name):
                yield invalid(f"{path}.{name}", True, f"must be false if {_INT_OR_STRING} is true")


def _type(schema: JSONObject, path: str, level: str) -> Causes:
    kind, at = schema.get("type", ""), f"{path}.type"
    if schema.get(_EMBEDDED) and kind != "object":
        why = f"must be object if {_EMBEDDED} is true"
        yield invalid(at, kind, why) if kind else required(at, why)
    elif not kind and not schema.get(_INT_OR_STRING) and not schema.get(_PRESERVES):
        yield required(at, _NEEDS_TYPE[level])
    if level == "root" and kind and kind != "object":
        yield invalid(at, kind, "must be object at the root")


def _root_fields(properties: JSONObject, path: str) -> Causes:
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            at = f"{path}.properties[{name}].type"
            yield invalid(at, properties[name].get("type", ""), "must be string")
    if "metadata" in properties:
        metadata, at = properties["metadata"], f"{path}.properties[metadata]"
        if metadata.get("type") != "object":
            yield invalid(f"{at}.type", metadata.get("type", ""), "must be object")
        inner = (metadata.get("properties") or {}).keys()
        if not inner <= {"name", "generateName"} or "additionalProperties" in metadata:
            why = (
                "must not specify anything other than name and generateName, but metadata is "
                "implicitly specified"
            )
            yield forbidden(at, why)


def _values(schema: JSONObject, path: str) -> Causes:
    """What a schema asks of values, with its alternatives, which may say nothing else."""
    for logic in _LOGIC:
        for index, inner in enumerate(schema.get(logic) or ()):
            if not _is_int_or_string(schema, logic, index):
                yield from _nested(inner, f"{path}.{logic}[{index}]")
    if isinstance(schema.get("not"), dict):
        yield from _nested(schema["not"], f"{path}.not")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            why = f"must be a valid regular expression, but isn't: {error}"
            yield invalid(f"{path}.pattern", pattern, why)


def _is_int_or_string(schema: JSONObject, logic: str, index: int) -> bool:
    """The two ways in which alternatives may name types."""
    if logic == "anyOf":
        return bool(schema["anyOf"] == _INT_AND_STRING)
    inner = schema[logic][index]
    return logic == "allOf" and index == 0 and inner.get("anyOf") == _INT_AND_STRING


def _nested(schema: JSONObject, path: str) -> Causes:
    yield from _values(schema, path)
    if isinstance(schema.get("items"), dict):
        yield from _nested(schema["items"], f"{path}.items")
    for name, inner in (schema.get("properties") or {}).items():
        yield from _nested(inner, f"{path}.properties[{name}]")
    for name in ("type", "title", "description", _LIST_KEYS, _RULES):
        if schema.get(name):
            yield forbidden(f"{path}.{name}", "must be empty to be structural")
    for name in ("additionalProperties", "default", _LIST_TYPE, _MAP_TYPE):
        if schema.get(name) is not None:
            yield forbidden(f"{path}.{name}", "must be undefined to be structural")
    for name in ("nullable", _PRESERVES, _EMBEDDED, _INT_OR_STRING):
        if schema.get(name):
            yield forbidden(f"{path}.{name}", "must be false to be structural")
    if "metadata" in (schema.get("properties") or {}):
        at = f"{path}.properties[metadata]"
        yield forbidden(at, "must not be specified in a nested context")


def _open_api(schema: JSONValue, path: str) -> Causes:
    """What schemas of any kind may not say."""
    if not isinstance(schema, dict):
        return
    yield from _unsupported(schema, path)
    if schema.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        yield forbidden(f"{path}.uniqueItems", why)
    additional = schema.get("additionalProperties")
    if additional is not None:
        if schema.get("properties") and additional is not True:
            why = "additionalProperties and properties are mutual exclusive"
            yield forbidden(f"{path}.additionalProperties", why)
        yield from _open_api(additional, f"{path}.additionalProperties")
    for name, inner in (schema.get("properties") or {}).items():
        yield from _open_api(inner, f"{path}.properties[{name}]")
    for logic in _LOGIC:
        for index, inner in enumerate(schema.get(logic) or ()):
            yield from _open_api(inner, f"{path}.{logic}[{index}]")
    yield from _open_api(schema.get("not"), f"{path}.not")
    yield from _open_api(schema.get("items"), f"{path}.items")
    yield from _extensions(schema, path)
    if schema.get(_LIST_TYPE) == "map" or schema.get(_LIST_KEYS):
        yield from _map_list(schema, path)


def _unsupported(schema: JSONObject, path: str) -> Causes:
    kind = schema.get("type", "")
    if kind and kind not in _TYPES:
        yield not_supported(f"{path}.type", kind, _TYPES)
    if schema.get("id"):
        yield forbidden(f"{path}.id", "id is not supported")
    for name in ("additionalItems", "patternProperties", "definitions", "dependencies", "$ref"):
        if schema.get(name) is not None:
            yield forbidden(f"{path}.{name}", f"{name} is not supported")
    if kind == "null":
        why = "type cannot be set to null, use nullable as an alternative"
        yield forbidden(f"{path}.type", why)
    if isinstance(schema.get("items"), list):
        yield forbidden(f"{path}.items", "items must be a schema object and not an array")


def _extensions(schema: JSONObject, path: str) -> Causes:
    if schema.get(_PRESERVES) is False:
        yield invalid(f"{path}.{_PRESERVES}", False, "must be true or undefined")
    kind = schema.get("type", "")
    for name, wanted, known in (
        (_MAP_TYPE, "object", ("atomic", "granular")),
        (_LIST_TYPE, "array", ("atomic", "set", "map")),
    ):
        given = schema.get(name)
        if given is None:
            continue
        if kind != wanted:
            why = f"must be {wanted} if {name} is specified"
            yield invalid(f"{path}.type", kind, why) if kind else required(f"{path}.type", why)
        elif given == "set":
            yield from _set_items(schema.get("items") or {}, path)
        if given not in known:
            yield not_supported(f"{path}.{name}", given, known)


def _set_items(items: JSONObject, path: str) -> Causes:
    why = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if items.get("type") == "array" and items.get(_LIST_TYPE, "atomic") != "atomic":
        yield invalid(f"{path}.items.{_LIST_TYPE}", items[_LIST_TYPE], why)
    if items.get("type") == "object" and items.get(_MAP_TYPE) != "atomic":
        yield invalid(f"{path}.items.{_MAP_TYPE}", items.get(_LIST_TYPE), why)
    if items.get("nullable"):
        yield forbidden(f"{path}.items.nullable", f"cannot be nullable when {_LIST_TYPE} is set")


def _map_list(schema: JSONObject, path: str) -> Causes:
    given, keys = schema.get(_LIST_TYPE), schema.get(_LIST_KEYS) or []
    at = f"{path}.{_LIST_TYPE}"
    if given is None:
        yield required(at, f"must be map if {_LIST_KEYS} is non-empty")
    elif given != "map":
        yield invalid(at, given, f"must be map if {_LIST_KEYS} is non-empty")
    if given != "map":
        return
    at = f"{path}.{_LIST_KEYS}"
    if not keys:
        yield required(at, f"must not be empty if {_LIST_TYPE} is map")
    items = schema.get("items")
    if not isinstance(items, dict):
        yield required(f"{path}.items", f"must have a schema if {_LIST_TYPE} is map")
        return
    if items.get("type") != "object":
        why = f"must be object if parent array's {_LIST_TYPE} is map"
        yield invalid(f"{path}.items.type", items.get("type", ""), why)
        return
    yield from _map_keys(items, keys, path)


def _map_keys(items: JSONObject, keys: list[str], path: str) -> Causes:
    properties, at = items.get("properties") or {}, f"{path}.{_LIST_KEYS}"
    for index, key in enumerate(keys):
        if key not in properties:
            yield invalid(at, list(keys), "entries must all be names of item properties")
        elif properties[key].get("type") in ("array", "object"):
            why = f"must be a scalar type if parent array's {_LIST_TYPE} is map"
            yield invalid(f"{path}.items.properties[{key}].type", "object", why)
        if key in keys[:index]:
            yield invalid(at, list(keys), "must not contain duplicate entries")
    if items.get("nullable"):
        yield forbidden(f"{path}.items.nullable", f"cannot be nullable when {_LIST_TYPE} is map")
    for key in keys:
        inner, below = properties.get(key), f"{path}.items.properties[{key}]"
        if inner is None:
            continue
        why = f"this property is in {_LIST_KEYS}, so it"
        if key not in (items.get("required") or ()) and "default" not in inner:
            yield required(
                f"{below}.default", f"{why} must have a default or be a required property"
            )
        if inner.get("nullable"):
            yield forbidden(f"{below}.nullable", f"{why} cannot be nullable")
