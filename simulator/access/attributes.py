"""
What a request asks to do, as roles speak of it; pure.

Source: apiserver endpoints/request/requestinfo.go, endpoints/handlers/responsewriters/errors.go.
"""

from collections.abc import Mapping

import attrs

from simulator import failures
from simulator.access.users import User
from simulator.ports import Refused

_NAMESPACE_PARTS = ("status", "finalize")
_VERBS: Mapping[str, str] = {
    "POST": "create",
    "GET": "get",
    "HEAD": "get",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@attrs.frozen(kw_only=True)
class Attributes:
    """One action on a resource; or, if `path` is set, on a path that is none."""

    verb: str
    """`get`, `list`, `deletecollection` …; of a path the method in lower case."""
    group: str = ""
    version: str = ""
    resource: str = ""
    """The plural."""
    subresource: str = ""
    namespace: str = ""
    """Empty for the whole cluster. Of a Namespace itself: its own name."""
    name: str = ""
    path: str = ""

    @property
    def plural(self) -> str:
        """For messages about the object."""
        return self.resource

    @property
    def kind(self) -> str:
        """Roles know no kinds."""
        return ""

    @property
    def whole(self) -> str:
        """`pods`, `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def question(self) -> str:
        """`get resource "pods" in API group "" in the namespace "n"`."""
        if self.path:
            return f'{self.verb} path "{self.path}"'
        text = f'{self.verb} resource "{self.whole}" in API group "{self.group}"'
        if self.namespace:
            return f'{text} in the namespace "{self.namespace}"'
        return f"{text} at the cluster scope"


def attributes(method: str, path: str, query: Mapping[str, str]) -> Attributes:
    """
    What a request asks to do.

    Args:
        method: of HTTP.
        path: decoded.
        query: first value of each parameter; `watch` and `fieldSelector` are looked at.
    """
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest] if rest:
            return _resource("", version, rest, method, query)
        case ["apis", group, version, *rest] if rest:
            return _resource(group, version, rest, method, query)
        case _:
            return Attributes(verb=method.lower(), path=path)


def _resource(
    group: str, version: str, parts: list[str], method: str, query: Mapping[str, str]
) -> Attributes:
    verb = _VERBS.get(method, "")
    if parts[0] == "watch" and len(parts) > 1:
        verb, parts = "watch", parts[1:]
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_PARTS:
            parts = parts[2:]
    resource, name, subresource = (*parts, "", "")[:3]
    if not name and verb == "get":
        name = _selected_name(query.get("fieldSelector", ""))
        watching = query.get("watch", "false") not in ("false", "0")
        verb = "watch" if watching else "list"
    if not name and verb == "delete":
        verb = "deletecollection"
    return Attributes(
        verb=verb,
        group=group,
        version=version,
        resource=resource,
        subresource=subresource,
        namespace=namespace,
        name=name,
    )


def _selected_name(selector: str) -> str:
    """The one name that a field selector demands; a list of it counts as one of that object."""
    for term in selector.split(","):
        field, _, value = term.partition("=")
        if field == "metadata.name" and value:
            return value.removeprefix("=")
    return ""


def forbidden(user: User, asked: Attributes, reason: str = "") -> Refused:
    """403: no role lets this user do that; `reason` tells which roles could not be looked at."""
    why = f'User "{user.name}" cannot {asked.question()}'
    why = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if reason:
        why = f"{why}: {reason}"
    if asked.path:
        return failures.failure(403, "Forbidden", f"forbidden: {why}", {})
    return denied(asked, why)


def denied(asked: Attributes, why: str) -> Refused:
    """403 about a resource, or one object of it."""
    details: dict[str, str] = {"name": asked.name} if asked.name else {}
    plural = asked.resource
    if asked.group:
        details["group"] = asked.group
        plural = f"{plural}.{asked.group}"
    details["kind"] = asked.resource
    subject = f'{plural} "{asked.name}"' if asked.name else plural
    return failures.failure(403, "Forbidden", f"{subject} is forbidden: {why}", dict(details))
