"""
The schemas of kinds as OpenAPI documents carry them: full names, references, group-version-kinds.

Source: k8s.io/kube-openapi (builder, builder3), apiextensions-apiserver pkg/controller/openapi.
"""

from collections.abc import Iterable, Mapping

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import definition_name, definitions

_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_PREFIXES: Mapping[str, str] = {
    "api.resource": "io.k8s.apimachinery.pkg.api.resource",
    "apiextensions.v1": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
    "meta.v1": _META,
    "pkg.runtime": "io.k8s.apimachinery.pkg.runtime",
    "util.intstr": "io.k8s.apimachinery.pkg.util.intstr",
}
_META_NAMES = ("meta.v1.DeleteOptions", "meta.v1.ListMeta", "meta.v1.Status")
"""What every document needs for its verbs."""

V2, V3 = "#/definitions/", "#/components/schemas/"
"""How a document of each version points to a schema."""


def full_name(short: str) -> str:
    """`core.v1.Pod` → `io.k8s.api.core.v1.Pod`."""
    package, _, kind = short.rpartition(".")
    return f"{_PREFIXES.get(package, f'io.k8s.api.{package}')}.{kind}"


def schema_name(resource: Resource) -> str:
    """The full name of a kind's schema; of a custom kind its group's, backwards."""
    if resource.custom:
        backwards = ".".join(reversed(resource.group.split(".")))
        return f"{backwards}.{resource.version}.{resource.kind}"
    return full_name(definition_name(resource.api_version, resource.kind))


def kind_of(resource: Resource, kind: str = "") -> JSONObject:
    """`x-kubernetes-group-version-kind` of a resource, or of another kind in its version."""
    return {
        "group": resource.group,
        "kind": kind or resource.kind,
        "version": resource.version,
    }


def built_in_schemas(
    resources: Iterable[Resource], parts: Iterable[tuple[str, FrozenJSON]], root: str
) -> dict[str, JSONValue]:
    """
    The schemas of built-in kinds, their lists, and all that they refer to.

    Args:
        resources: the kinds.
        parts: short names of other definitions, and the group-version-kind of each.
        root: `V2` or `V3`.
    """
    wanted = {definition_name(row.api_version, row.kind): kind_of(row) for row in resources}
    named = {**wanted, **dict(parts)}
    schemas: dict[str, JSONValue] = {}
    queue = [*named, *_META_NAMES]
    while queue:
        short = queue.pop()
        if full_name(short) in schemas:
            continue
        schema = definitions()[short]
        schemas[full_name(short)] = _rendered(schema, root) | _kinds(named.get(short))
        queue += _references(schema)
    for short, kind in wanted.items():
        schemas[f"{full_name(short)}List"] = list_schema(full_name(short), kind, root)
    return dict(sorted(schemas.items()))


def _kinds(kind: FrozenJSON | None) -> JSONObject:
    return {} if kind is None else {"x-kubernetes-group-version-kind": [kind]}


def list_schema(item: str, kind: FrozenJSON, root: str) -> JSONObject:
    """The schema of lists of a kind."""
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "items": {"type": "array", "items": _reference(item, root)},
            "kind": {"type": "string"},
            "metadata": _reference(f"{_META}.ListMeta", root),
        },
        "x-kubernetes-group-version-kind": [{**kind, "kind": f"{kind['kind']}List"}],
    }


def custom_schema(resource: Resource, schema: FrozenJSON, root: str) -> JSONObject:
    """The schema of a custom kind: its own, with what every object has."""
    own = dict(schema) or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    properties = {
        **own.get("properties", {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": _reference(f"{_META}.ObjectMeta", root),
    }
    return {**own, "properties": properties, "x-kubernetes-group-version-kind": [kind_of(resource)]}


def custom_schemas(kinds: Iterable[tuple[Resource, FrozenJSON]], root: str) -> JSONObject:
    """The schemas of custom kinds and of their lists, and those of metadata."""
    schemas = built_in_schemas((), (("meta.v1.ObjectMeta", {}),), root)
    schemas[f"{_META}.ObjectMeta"].pop("x-kubernetes-group-version-kind")
    for resource, schema in kinds:
        name = schema_name(resource)
        schemas[name] = custom_schema(resource, schema, root)
        schemas[f"{name}List"] = list_schema(name, kind_of(resource), root)
    return dict(sorted(schemas.items()))


def _reference(name: str, root: str) -> JSONObject:
    reference = {"$ref": root + name}
    return {"allOf": [reference]} if root == V3 else reference


def _rendered(schema: JSONValue, root: str) -> JSONValue:
    """A schema of the data file as a document has it."""
    if not isinstance(schema, dict):
        return schema
    rendered: JSONObject = {}
    for key, value in schema.items():
        match key:
            case "$ref":
                rendered |= _reference(full_name(value), root)
            case "properties":
                rendered[key] = {name: _rendered(field, root) for name, field in value.items()}
            case "items" | "additionalProperties":
                rendered[key] = _rendered(value, root)
            case "oneOf" if root == V2:
                rendered["type"] = "string"
            case _:
                rendered[key] = value
    return rendered


def _references(schema: JSONValue) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [name for value in schema.values() for name in _references(value)]
    return []
