"""
What the server is and serves: versions, groups, resources, and probes.

Source: apiserver endpoints/discovery, in the plain form and in the aggregated one (v2) that kubectl
asks for first.
"""

from collections.abc import Iterator

import attrs

from simulator import failures
from simulator.access.reviews import REVIEWS
from simulator.api import answers, openapi
from simulator.api.negotiation import Form, negotiate
from simulator.api.routing import GroupRoute
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.verbs.registry import Registry, Served
from simulator.wire.messages import Request, Response

VERSION: JSONObject = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.2+leasekeeper",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
"""`gitVersion` must be a semantic version: kubectl ends with an error otherwise."""

_AGGREGATED = "APIGroupDiscoveryList"

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
"""The same in the order in which the extension server lists them."""


@attrs.frozen
class _Part:
    """What discovery says of a subresource."""

    verbs: tuple[str, ...]
    kind: str = ""
    """Kind that it speaks; empty for that of its resource."""
    group: str = ""
    version: str = ""


_PARTS = {
    "attach": _Part(("create", "get"), "PodAttachOptions"),
    "exec": _Part(("create", "get"), "PodExecOptions"),
    "portforward": _Part(("create", "get"), "PodPortForwardOptions"),
    "log": _Part(("get",)),
    "ephemeralcontainers": _Part(("get", "patch", "update")),
    "token": _Part(("create",), "TokenRequest", "authentication.k8s.io", "v1"),
    "status": _Part(("get", "patch", "update")),
    "scale": _Part(("get", "patch", "update"), "Scale", "autoscaling", "v1"),
    "finalize": _Part(("update",)),
    "binding": _Part(("create",), "Binding"),
    "eviction": _Part(("create",), "Eviction", "policy", "v1"),
}


def probe(registry: Registry, request: Request) -> Response:
    """
    `/version`, OpenAPI, the health endpoints, or the 404 of a path that means nothing.

    Raises:
        Refused: 405, 406.
    """
    described = openapi.respond(registry, request)
    if described is not None:
        return described
    match request.path:
        case "/version" | "/version/":
            return answers.document(VERSION, Form())
        case "/healthz" | "/livez" | "/readyz":
            return answers.plain(200, "ok")
        case "/healthz/ping" | "/livez/ping" | "/readyz/ping" | "/healthz/etcd":
            return answers.plain(200, "ok")
        case "/metrics":
            return answers.plain(200, _metrics())
        case _:
            return answers.not_served()


def _metrics() -> str:
    """What a scrape learns here: which server this is."""
    facts = ("gitVersion", "git_version"), ("major", "major"), ("minor", "minor")
    labels = ",".join(f'{label}="{VERSION[field]}"' for field, label in facts)
    return (
        "# HELP kubernetes_build_info [BETA] A metric with a constant '1' value labeled by what "
        "Kubernetes was built from.\n"
        "# TYPE kubernetes_build_info gauge\n"
        f"kubernetes_build_info{{{labels}}} 1\n"
    )


def respond(registry: Registry, request: Request, route: GroupRoute) -> Response:
    """
    Answer a request below `/api` or `/apis` that names no resource.

    Raises:
        Refused: 405, 406.
    """
    if request.method not in ("GET", "HEAD"):
        raise failures.method_not_allowed()
    root = not route.group and not route.version
    shapes = (_AGGREGATED,) if root else ()
    form = negotiate(request.headers.get("accept", ""), shapes)
    if form.shape:
        return answers.aggregated(
            _aggregated(registry, core=route.core, version=form.version), form
        )
    if route.version:
        return _resource_list(registry, route, form)
    if route.core:
        return answers.document(_core_versions(), form)
    groups = _groups(registry)
    if not route.group:
        return answers.document(
            {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}, form
        )
    for group in groups:
        if group["name"] == route.group:
            return answers.document({"kind": "APIGroup", "apiVersion": "v1", **group}, form)
    return answers.not_served()


def _core_versions() -> JSONObject:
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
    }


_REVIEWS = tuple(
    Served(
        Resource(
            group=review.group,
            version="v1",
            kind=review.kind,
            plural=review.plural,
            singular=review.kind.lower(),
            namespaced=review.namespaced,
        )
    )
    for review in REVIEWS
)
"""What is answered and never stored."""


def _listed(registry: Registry) -> Iterator[Served]:
    yield from registry
    yield from _REVIEWS


def _by_group(registry: Registry) -> dict[str, dict[str, list[Served]]]:
    """The served resources by group and version, in the order of the registry."""
    groups: dict[str, dict[str, list[Served]]] = {}
    for served in _listed(registry):
        versions = groups.setdefault(served.resource.group, {})
        versions.setdefault(served.resource.version, []).append(served)
    return groups


def _groups(registry: Registry) -> list[JSONObject]:
    groups = []
    for name, versions in _by_group(registry).items():
        if not name:
            continue
        listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
        groups.append({"name": name, "versions": listed, "preferredVersion": listed[0]})
    return groups


def _resource_list(registry: Registry, route: GroupRoute, form: Form) -> Response:
    api_version = f"{route.group}/{route.version}" if route.group else route.version
    found = [served for served in _listed(registry) if served.api_version == api_version]
    if not found or route.core is not (route.group == ""):
        return answers.not_served()
    resources = [row for served in found for row in _rows(served)]
    document = {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": resources,
    }
    return answers.document(document, form)


def _verbs(served: Served) -> list[str]:
    if served.definition is not None:
        return list(_CUSTOM_VERBS)
    if served in _REVIEWS:
        return ["create"]
    if served.storage == "namespaces":
        return [verb for verb in _VERBS if verb != "deletecollection"]
    return list(_VERBS)


def _rows(served: Served) -> list[JSONObject]:
    """A resource and its subresources, as APIResourceList has them."""
    resource = served.resource
    row: JSONObject = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _verbs(served),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    return [row, *(_part_row(served, name, part) for name, part in _parts(served))]


def _parts(served: Served) -> list[tuple[str, _Part]]:
    """The subresources that discovery names."""
    return [(name, _PARTS[name]) for name in served.resource.subresources if name in _PARTS]


def _part_row(served: Served, name: str, part: _Part) -> JSONObject:
    row: JSONObject = {
        "name": f"{served.resource.plural}/{name}",
        "singularName": "",
        "namespaced": served.resource.namespaced,
        "kind": part.kind or served.resource.kind,
        "verbs": list(part.verbs),
    }
    if part.version:
        row |= {"group": part.group, "version": part.version}
    return row


def _aggregated(registry: Registry, *, core: bool, version: str) -> JSONObject:
    items = []
    for name, versions in _by_group(registry).items():
        if bool(name) is core:
            continue
        listed = [
            {
                "version": served_version,
                "resources": [_discovered(served) for served in resources],
                "freshness": "Current",
            }
            for served_version, resources in versions.items()
        ]
        metadata: JSONObject = {"creationTimestamp": None}
        if name:
            metadata["name"] = name
        items.append({"metadata": metadata, "versions": listed})
    return {
        "kind": _AGGREGATED,
        "apiVersion": f"apidiscovery.k8s.io/{version or 'v2'}",
        "metadata": {},
        "items": items,
    }


def _discovered(served: Served) -> JSONObject:
    """A resource as aggregated discovery has it."""
    resource = served.resource
    row: JSONObject = {
        "resource": resource.plural,
        "responseKind": _kind(resource.group, resource.version, resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": _verbs(served),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    parts = [
        {
            "subresource": name,
            "responseKind": _kind(
                part.group or resource.group,
                part.version or resource.version,
                part.kind or resource.kind,
            ),
            "verbs": list(part.verbs),
        }
        for name, part in _parts(served)
    ]
    if parts:
        row["subresources"] = parts
    return row


def _kind(group: str, version: str, kind: str) -> JSONObject:
    return {"group": group, "version": version, "kind": kind}
