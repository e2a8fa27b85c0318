"""
`/openapi/v3` and `/openapi/v2`: what clients learn of paths and schemas.

kubectl reads which parameters and patch types a kind's paths take (`apply`, `diff`), and its schema
(`apply`, `explain`, validation). Documents have what such clients read: no prose. Those of built-in
groups are made once, those of custom kinds once a definition.

Source: apiserver, kube-openapi pkg/handler3 (hashes, redirects, caching).
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import attrs
import orjson

from simulator import failures
from simulator.api.negotiation import JSON, negotiate
from simulator.jsontypes import JSONObject
from simulator.kinds import openapi
from simulator.kinds.resources import Resource
from simulator.verbs.definitions import Definition
from simulator.verbs.registry import Registry
from simulator.wire.messages import Headers, Request, Response

_INFO: JSONObject = {"title": "Kubernetes", "version": "v1.36.2"}
_ROOT = "/openapi/v3"

_Kinds = tuple[tuple[Resource, Definition | None], ...]
"""The kinds of one group and version; what documents are cached by."""


def respond(registry: Registry, request: Request) -> Response | None:
    """
    The answer to a path below `/openapi`; None if nothing is there.

    Raises:
        Refused: 405, 406.
    """
    path = request.path.rstrip("/")
    if not path.startswith(("/openapi/v2", _ROOT)):
        return None
    if request.method not in ("GET", "HEAD"):
        raise failures.method_not_allowed()
    groups = _by_version(registry)
    if path == "/openapi/v2":
        negotiate(request.headers.get("accept", ""))
        return _cached(request, _Document.of(_v2(tuple(groups.items()))))
    if path == _ROOT:
        return _index(request, groups)
    for group_path, kinds in groups.items():
        if path == f"{_ROOT}/{group_path}":
            return _group(request, group_path, _v3(group_path, kinds))
    return None


@attrs.frozen
class _Document:
    """A document and the hash that its address carries."""

    body: bytes
    digest: str

    @classmethod
    def of(cls, body: bytes) -> "_Document":
        return cls(body, hashlib.sha512(body).hexdigest().upper())


def _by_version(registry: Registry) -> dict[str, _Kinds]:
    """`api/v1`, `apis/apps/v1` → the kinds served there."""
    groups: dict[str, _Kinds] = {}
    for served in registry:
        root = "apis" if served.resource.group else "api"
        path = f"{root}/{served.api_version}"
        groups[path] = (*groups.get(path, ()), (served.resource, served.definition))
    return groups


def _index(request: Request, groups: dict[str, _Kinds]) -> Response:
    paths = {
        path: {"serverRelativeURL": f"{_ROOT}/{path}?hash={_v3(path, kinds).digest}"}
        for path, kinds in groups.items()
    }
    document = _Document.of(orjson.dumps({"paths": paths}))
    # It is JSON, but the real server calls it text.
    return _cached(request, document, content_type="text/plain; charset=utf-8")


def _group(request: Request, path: str, document: _Document) -> Response:
    """The document itself; from an outdated address a redirect to the right one."""
    asked = request.query_value("hash")
    if asked and asked != document.digest:
        address = f"{_ROOT}/{path}?hash={document.digest}"
        return Response(301, (("location", address),))
    return _cached(request, document, immutable=bool(asked))


def _cached(
    request: Request, document: _Document, *, immutable: bool = False, content_type: str = JSON
) -> Response:
    control = "public, immutable" if immutable else "no-cache, private"
    tag = f'"{document.digest}"'
    headers: Headers = (("cache-control", control), ("etag", tag), ("vary", "Accept"))
    if request.headers.get("if-none-match") == tag:
        return Response(304, headers)
    return Response(200, (("content-type", content_type), *headers), document.body)


@lru_cache(maxsize=256)
def _v3(group_path: str, kinds: _Kinds) -> _Document:
    components = {"schemas": _schemas(kinds, openapi.V3)}
    document = {
        "openapi": "3.0.0",
        "info": _INFO,
        "paths": _paths(group_path, kinds),
        "components": components,
    }
    return _Document.of(orjson.dumps(document))


@lru_cache(maxsize=4)
def _v2(groups: tuple[tuple[str, _Kinds], ...]) -> bytes:
    schemas: JSONObject = {}
    for _, kinds in groups:
        schemas |= _schemas(kinds, openapi.V2)
    paths: JSONObject = {}
    for path, kinds in groups:
        paths |= _v2_paths(path, kinds)
    document = {"swagger": "2.0", "info": _INFO, "paths": paths, "definitions": schemas}
    return orjson.dumps(document)


def _schemas(kinds: _Kinds, root: str) -> JSONObject:
    custom = [(row, definition.schema) for row, definition in kinds if definition is not None]
    if custom:
        return openapi.custom_schemas(custom, root)
    built_in = [row for row, _ in kinds]
    return openapi.built_in_schemas(built_in, _other_bodies(built_in), root)


_PART_BODIES = {
    "scale": ("autoscaling.v1.Scale", {"group": "autoscaling", "kind": "Scale", "version": "v1"}),
    "eviction": (
        "policy.v1.Eviction",
        {"group": "policy", "kind": "Eviction", "version": "v1"},
    ),
    "binding": ("core.v1.Binding", {"group": "", "kind": "Binding", "version": "v1"}),
    "token": (
        "authentication.v1.TokenRequest",
        {"group": "authentication.k8s.io", "kind": "TokenRequest", "version": "v1"},
    ),
}
"""Subresource → short name and group-version-kind of its body, where that is another kind."""


def _other_bodies(rows: Iterable[Resource]) -> Iterator[tuple[str, JSONObject]]:
    for row in rows:
        for part in row.subresources:
            if part in _PART_BODIES:
                yield _PART_BODIES[part]


_PATCHES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_BODIES = (JSON, "application/yaml", "application/vnd.kubernetes.protobuf")
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_LIST = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
)
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_FLAGS = ("allowWatchBookmarks", "force", "orphanDependents", "sendInitialEvents", "watch")
_NUMBERS = ("gracePeriodSeconds", "limit", "timeoutSeconds")


@attrs.frozen
class _Operation:
    """One method of one path."""

    method: str
    action: str
    """`x-kubernetes-action`."""
    query: tuple[str, ...]


_ON_COLLECTION = (
    _Operation("get", "list", _LIST),
    _Operation("post", "post", _WRITE),
    _Operation("delete", "deletecollection", (*_LIST, *_DELETE)),
)
_ON_OBJECT = (
    _Operation("get", "get", ()),
    _Operation("put", "put", _WRITE),
    _Operation("patch", "patch", (*_WRITE, "force")),
    _Operation("delete", "delete", _DELETE),
)
_ON_PART = _ON_OBJECT[:3]
_CREATED_PARTS = ("binding", "eviction", "token")


def _paths(group_path: str, kinds: _Kinds) -> JSONObject:
    paths: JSONObject = {}
    for row, definition in kinds:
        for path, operations, kind in _addresses(group_path, row):
            patches = _PATCHES if definition is None else _PATCHES[:3]
            paths[path] = _path_parameters(path) | {
                operation.method: _operation(operation, row, kind, patches)
                for operation in operations
            }
    return paths


def _addresses(
    group_path: str, row: Resource
) -> Iterator[tuple[str, tuple[_Operation, ...], JSONObject]]:
    """Every path of a resource, what it takes, and the kind that it speaks of."""
    own = openapi.kind_of(row)
    root = f"/{group_path}"
    if row.namespaced:
        yield f"{root}/{row.plural}", _ON_COLLECTION[:1], own
        root = f"{root}/namespaces/{{namespace}}"
    yield f"{root}/{row.plural}", _ON_COLLECTION, own
    item = f"{root}/{row.plural}/{{name}}"
    yield item, _ON_OBJECT, own
    for part in row.subresources:
        if part in _CREATED_PARTS:
            yield f"{item}/{part}", _ON_COLLECTION[1:2], _PART_BODIES[part][1]
        elif part in ("status", "scale", "ephemeralcontainers"):
            yield f"{item}/{part}", _ON_PART, _PART_BODIES[part][1] if part == "scale" else own


def _path_parameters(path: str) -> JSONObject:
    named = [name for name in ("name", "namespace") if f"{{{name}}}" in path]
    parameters = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        for name in named
    ]
    return {"parameters": parameters} if parameters else {}


def _operation(
    operation: _Operation, row: Resource, kind: JSONObject, patches: tuple[str, ...]
) -> JSONObject:
    reference = {"$ref": openapi.V3 + _body_name(row, kind)}
    document: JSONObject = {
        "operationId": f"{operation.action}_{row.plural}",
        "parameters": [
            {"in": "query", "name": name, "schema": {"type": _query_type(name)}}
            for name in operation.query
        ],
        "responses": {"200": {"description": "OK", "content": {JSON: {"schema": reference}}}},
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": kind,
    }
    if operation.method in ("post", "put"):
        content = {media: {"schema": reference} for media in _BODIES}
        document["requestBody"] = {"content": content, "required": True}
    if operation.method == "patch":
        content = {media: {"schema": {"type": "object"}} for media in patches}
        document["requestBody"] = {"content": content, "required": True}
    return document


def _body_name(row: Resource, kind: JSONObject) -> str:
    for short, other in _PART_BODIES.values():
        if other == kind:
            return openapi.full_name(short)
    return openapi.schema_name(row)


def _query_type(name: str) -> str:
    return "boolean" if name in _FLAGS else "integer" if name in _NUMBERS else "string"


def _v2_paths(group_path: str, kinds: _Kinds) -> JSONObject:
    """The paths in the words of OpenAPI v2: what bodies a method consumes, and its parameters."""
    paths: JSONObject = {}
    for row, definition in kinds:
        for path, operations, kind in _addresses(group_path, row):
            patches = _PATCHES if definition is None else _PATCHES[:3]
            paths[path] = {
                operation.method: {
                    "consumes": list(patches if operation.method == "patch" else _BODIES),
                    "parameters": [
                        {"in": "query", "name": name, "type": _query_type(name)}
                        for name in operation.query
                    ],
                    "responses": {"200": {"description": "OK"}},
                    "x-kubernetes-action": operation.action,
                    "x-kubernetes-group-version-kind": kind,
                }
                for operation in operations
            }
    return paths
