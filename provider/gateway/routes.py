"""Which handler a method and a path belong to; pure."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import unquote

import attrs

from provider.gateway.messages import Request, Response, refusal

Action = Callable[[Request, Mapping[str, str]], Awaitable[Response]]
"""Gets the request and the named parts of its path."""


@attrs.frozen
class Route:
    """One path and one method."""

    method: str
    path: str
    """Parts in braces match any one part, and are handed over by name."""
    action: Action

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts, percent-decoded; None when the path is another."""
        wanted, given = self.path.split("/"), path.split("/")
        if len(wanted) != len(given):
            return None
        named = {}
        for want, have in zip(wanted, given, strict=True):
            if want.startswith("{") and have:
                named[want[1:-1]] = unquote(have)
            elif want != have:
                return None
        return named


async def dispatch(routes: Sequence[Route], request: Request) -> Response:
    """Answer a request by its route; 404 without one, 405 with the methods that there are."""
    allowed = []
    for route in routes:
        named = route.match(request.path)
        if named is None:
            continue
        if request.method == route.method or (request.method, route.method) == ("HEAD", "GET"):
            return await route.action(request, named)
        allowed.append(route.method)
    if allowed:
        methods = ", ".join(allowed)
        allow = (("allow", methods),)
        return refusal(405, f"{request.path} takes {methods}", headers=allow)
    known = ", ".join(f"{route.method} {route.path}" for route in routes)
    return refusal(404, f"no such path; there are: {known}")
