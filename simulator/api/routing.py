"""
From a path to what it names; pure.

Paths are those of apiserver endpoints/request/requestinfo.go:
`/api/v1/[watch/][namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]]`, with `/apis/GROUP/VERSION` for groups.
"""

import attrs

_NAMESPACE_SUBRESOURCES = ("status", "finalize")
_LONGEST = 3


@attrs.frozen
class Route:
    """A resource, an object or a part of one."""

    api_version: str
    """`v1`, `apps/v1`."""
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watch: bool = False
    """Whether the path is of the old form that watches without a query parameter."""


@attrs.frozen
class GroupRoute:
    """Discovery: of everything, of one group, or of one version of it."""

    core: bool
    """Whether it is below `/api` rather than `/apis`."""
    group: str = ""
    version: str = ""


def route(path: str) -> Route | GroupRoute | None:
    """What a path names; None if it is neither discovery nor a resource."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api"]:
            return GroupRoute(core=True)
        case ["api", version]:
            return GroupRoute(core=True, version=version)
        case ["apis"]:
            return GroupRoute(core=False)
        case ["apis", group]:
            return GroupRoute(core=False, group=group)
        case ["apis", group, version]:
            return GroupRoute(core=False, group=group, version=version)
        case ["api", version, *rest]:
            return _resource(version, rest)
        case ["apis", group, version, *rest]:
            return _resource(f"{group}/{version}", rest)
        case _:
            return None


def _resource(api_version: str, parts: list[str]) -> Route | None:
    watch = parts[0] == "watch"
    if watch:
        parts = parts[1:]
    namespace = ""
    if len(parts) > 2 and parts[0] == "namespaces" and parts[2] not in _NAMESPACE_SUBRESOURCES:
        namespace, parts = parts[1], parts[2:]
    if not 1 <= len(parts) <= _LONGEST:
        return None
    plural, name, subresource = (*parts, "", "")[:_LONGEST]
    return Route(api_version, plural, namespace, name, subresource, watch)
