"""
From schemas to types: the built-in kinds out of `schemas.json`, custom resources out of their
`openAPIV3Schema`.

`schemas.json` is cut by `scripts/schemas` and read once, when the first type is asked for.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import orjson

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.kinds.presence import KEY_DEFAULTS, POINTERS, WRITTEN
from simulator.kinds.types import (
    ABSENT,
    Field,
    ListOf,
    MapOf,
    Opaque,
    Relation,
    Scalar,
    Struct,
    Type,
    go_name,
)

OPAQUE = Opaque(atomic=False)

_GO_INTEGERS = {"int32": "int32", "int64": "int64"}

_SPECIAL: Mapping[str, Type] = {
    "api.resource.Quantity": Scalar("quantity", "resource.Quantity"),
    "util.intstr.IntOrString": Scalar("int-or-string", "intstr.IntOrString"),
    "meta.v1.Time": Scalar("time", "v1.Time"),
    "meta.v1.MicroTime": Scalar("time", "v1.MicroTime"),
    "meta.v1.FieldsV1": Opaque(atomic=True),
    "pkg.runtime.RawExtension": Opaque(atomic=True),
    "apiextensions.v1.JSON": Opaque(atomic=True),
    "apiextensions.v1.JSONSchemaPropsOrArray": Opaque(atomic=True),
    "apiextensions.v1.JSONSchemaPropsOrBool": Opaque(atomic=True),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": Opaque(atomic=True),
}
"""Definitions whose encoding is their own, not what their schema says."""

_PACKAGES = {
    "": "core",
    "admissionregistration.k8s.io": "admissionregistration",
    "apps": "apps",
    "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization",
    "autoscaling": "autoscaling",
    "batch": "batch",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "policy": "policy",
    "rbac.authorization.k8s.io": "rbac",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
    "apiextensions.k8s.io": "apiextensions",
}
"""API group → the part of a definition's name that stands for it."""


@cache
def type_of(api_version: str, kind: str) -> Struct:
    """
    The type of a built-in kind.

    Raises:
        KeyError: no such kind is built in.
    """
    return _struct(definition_name(api_version, kind))


def definition_name(api_version: str, kind: str) -> str:
    """
    The short name of a built-in kind's definition: `core.v1.Pod`.

    Raises:
        KeyError: no such group is built in.
    """
    group, _, version = api_version.rpartition("/")
    return f"{_PACKAGES[group]}.{version}.{kind}"


def type_from_open_api(schema: FrozenJSON) -> Struct:
    """
    The type of a custom resource, from the structural schema of its version.

    `apiVersion`, `kind` and `metadata` are what they are everywhere, whatever the schema says.
    """
    root = _custom(schema)
    fields = dict(root.fields) if isinstance(root, Struct) else {}
    fields["apiVersion"] = Field(Scalar("string", "string"))
    fields["kind"] = Field(Scalar("string", "string"))
    fields["metadata"] = Field(_struct("meta.v1.ObjectMeta"))
    rest = root.rest if isinstance(root, Struct) else OPAQUE
    return Struct(name="", fields=fields, rest=rest, custom=True)


def zero(type_: Type) -> JSONValue:
    """What the server writes for a value of this type that nobody set: what an empty object holds."""
    if not isinstance(type_, Struct):
        return None
    return {name: field.zero for name, field in type_.fields.items() if field.zero is not ABSENT}


@cache
def definitions() -> Mapping[str, JSONObject]:
    """All definitions of `schemas.json` by their short names; shared, never to be changed."""
    text = files("simulator.kinds").joinpath("schemas.json").read_bytes()
    loaded: Mapping[str, JSONObject] = orjson.loads(text)
    return loaded


@cache
def _struct(name: str) -> Struct:
    """A definition; its fields are filled in after it exists, since definitions may recur."""
    schema = definitions()[name]
    fields: dict[str, Field] = {}
    struct = Struct(
        name=name, fields=fields, atomic=schema.get("x-kubernetes-map-type") == "atomic"
    )
    _BEING_BUILT[name] = struct
    try:
        for field_name, field_schema in schema.get("properties", {}).items():
            fields[field_name] = _field(name, field_name, field_schema)
    finally:
        del _BEING_BUILT[name]
    return struct


_BEING_BUILT: dict[str, Struct] = {}
"""Structs whose fields are not all known yet: what breaks the recursion of recursive ones."""


def _field(owner: str, name: str, schema: JSONObject) -> Field:
    type_ = _built_in(schema)
    pointer = name in POINTERS.get(owner, "").split()
    required = name in definitions()[owner].get("required", ())
    written = WRITTEN.get(owner, {})
    if name in written:
        zero_value = zero(type_) if written[name] == {} else written[name]
    elif required:
        zero_value = _zero_of_required(type_)
    else:
        zero_value = ABSENT
    strategies = schema.get("x-kubernetes-patch-strategy", "")
    return Field(
        type=type_,
        merge_key=schema.get("x-kubernetes-patch-merge-key", ""),
        strategies=frozenset(strategies.split(",")) if strategies else frozenset(),
        keeps_zero=pointer or zero_value is not ABSENT,
        zero=zero_value,
    )


def _zero_of_required(type_: Type) -> JSONValue:
    match type_:
        case Scalar(form="string"):
            return ""
        case Scalar(form="boolean"):
            return False
        case Scalar(form="integer" | "number" | "int-or-string"):
            return 0
        case _:
            return zero(type_)


def _built_in(schema: JSONObject) -> Type:
    name = schema.get("$ref")
    if name is not None:
        if name in _SPECIAL:
            return _SPECIAL[name]
        struct = _BEING_BUILT.get(name) or _struct(name)
        if schema.get("x-kubernetes-map-type") == "atomic" and not struct.atomic:
            return Struct(name=struct.name, fields=struct.fields, atomic=True)
        return struct
    match schema["type"]:
        case "array":
            return _list(schema, _built_in(schema["items"]))
        case "object":
            if "additionalProperties" not in schema:
                return Opaque(atomic=True)
            atomic = schema.get("x-kubernetes-map-type") == "atomic"
            return MapOf(_built_in(schema["additionalProperties"]), atomic)
        case form:
            return _scalar(form, schema.get("format", ""))


def _scalar(form: str, format_: str) -> Scalar:
    match form:
        case "integer":
            return Scalar("integer", _GO_INTEGERS.get(format_, "int64"))
        case "number":
            return Scalar("number", "float64")
        case "boolean":
            return Scalar("boolean", "bool")
        case _:
            return Scalar("bytes" if format_ == "byte" else "string", "string")


def _list(schema: FrozenJSON, element: Type) -> ListOf:
    relation = Relation(schema.get("x-kubernetes-list-type", "atomic"))
    keys = tuple(sorted(schema.get("x-kubernetes-list-map-keys", ())))
    owner = element.name if isinstance(element, Struct) else ""
    defaults = {
        key: KEY_DEFAULTS[owner, key] for key in keys if (owner, key) in KEY_DEFAULTS
    } | _declared_defaults(schema, keys)
    return ListOf(element, relation, keys, defaults, f"[]{go_name(element)}")


def _declared_defaults(schema: FrozenJSON, keys: tuple[str, ...]) -> dict[str, JSONValue]:
    """Defaults that a custom resource's schema declares for the keys of its list items."""
    properties = schema["items"].get("properties", {})
    return {key: properties[key]["default"] for key in keys if "default" in properties.get(key, {})}


def _custom(schema: FrozenJSON) -> Type:
    if schema.get("x-kubernetes-int-or-string"):
        return Scalar("int-or-string", "")
    match schema.get("type"):
        case "object":
            return _custom_object(schema)
        case "array":
            return _list(schema, _custom(schema["items"]))
        case None:
            return OPAQUE
        case form:
            return _scalar(form, schema.get("format", ""))


def _custom_object(schema: FrozenJSON) -> Type:
    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    additional = schema.get("additionalProperties")
    if isinstance(additional, Mapping) and "properties" not in schema:
        return MapOf(_custom(additional), atomic)
    fields = {name: Field(_custom(field)) for name, field in schema.get("properties", {}).items()}
    if schema.get("x-kubernetes-embedded-resource"):
        fields.setdefault("apiVersion", Field(Scalar("string", "string")))
        fields.setdefault("kind", Field(Scalar("string", "string")))
        fields["metadata"] = Field(_struct("meta.v1.ObjectMeta"))
    preserves = schema.get("x-kubernetes-preserve-unknown-fields") or additional is True
    rest = OPAQUE if preserves else None
    return Struct(name="", fields=fields, atomic=atomic, rest=rest, custom=True)
