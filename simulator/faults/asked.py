"""What a request to an API server asks for, in the words in which faults are told. Pure."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from simulator.api.routing import Route, route
from simulator.wire.messages import Request

READS = frozenset({"get", "list", "watch"})
"""Verbs that change nothing; every other verb is a write."""

_APPLY = "application/apply-patch"
_ITEM_VERBS = {"GET": "get", "HEAD": "get", "PUT": "update", "DELETE": "delete", "POST": "create"}
_COLLECTION_VERBS = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}


@attrs.frozen
class Asked:
    """One request about objects."""

    verb: str
    """get, list, watch, create, update, patch, apply, delete or deletecollection."""
    plural: str
    """`deployments`; of subresources too."""
    namespace: str
    """Empty for cluster-scoped objects, and for lists over all namespaces."""
    name: str
    """Empty for collections; of a creation by POST, too."""
    subresource: str
    is_dry_run: bool

    def concerns(self, lease: str) -> bool:
        """
        Whether this is about a lease, by the name of its tenant namespace.

        That is what is in the namespace, the namespace itself, and what has its name: the record.
        """
        return lease in (self.namespace, self.name)


Read: TypeAlias = Callable[[Request], Asked | None]
"""How the requests to a host are understood; None for one that is about no object."""


def asked(request: Request) -> Asked | None:
    """What a request asks for; None if it is about no object: discovery, health, another service."""
    found = route(request.path)
    if not isinstance(found, Route):
        return None
    return Asked(
        verb=_verb(request, found),
        plural=found.plural,
        namespace=found.namespace,
        name=found.name,
        subresource=found.subresource,
        is_dry_run=bool(request.query_value("dryRun")),
    )


def _verb(request: Request, found: Route) -> str:
    if request.method == "PATCH":
        is_apply = request.headers.get("content-type", "").startswith(_APPLY)
        return "apply" if is_apply else "patch"
    if found.watch or request.query_value("watch") in ("1", "true"):
        return "watch"
    verbs = _ITEM_VERBS if found.name else _COLLECTION_VERBS
    return verbs.get(request.method, request.method.lower())
