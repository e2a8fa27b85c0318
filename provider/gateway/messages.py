"""One request and its whole answer, as handlers see them: values, so that no test needs a socket."""

import math
from collections.abc import Awaitable, Callable, Mapping

import attrs
import orjson

from provider.jsontypes import JSONObject, JSONValue

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@attrs.frozen
class Request:
    """One request, its body already read whole."""

    method: str
    path: str
    """Still percent-encoded, without the query: a name may hold an encoded slash."""
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """Names in lower case; repeated headers joined by ", "."""
    body: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class Response:
    """One whole answer; the length is added by who sends it."""

    status: int
    body: bytes = attrs.field(default=b"", repr=False)
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Request], Awaitable[Response]]


def shown(value: JSONValue, status: int = 200) -> Response:
    """Build an answer of JSON."""
    return Response(status, orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


def text(line: str, status: int = 200) -> Response:
    """Build an answer of plain text."""
    return Response(status, line.encode(), TEXT)


def refusal(
    status: int,
    message: str,
    *,
    path: str | None = None,
    rule: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Response:
    """
    Say no.

    Args:
        status: of HTTP.
        message: what is wrong and what to do.
        path: where in the manifest.
        rule: which rule it breaks there.
        headers: further ones.
    """
    body: JSONObject = {"message": message}
    if path is not None:
        body["path"] = path
    if rule is not None:
        body["rule"] = rule
    return attrs.evolve(shown(body, status), headers=headers)


def come_back(message: str, seconds: float) -> Response:
    """Refuse for now: 503 with the time after which to ask again."""
    return refusal(503, message, headers=(("retry-after", str(max(1, math.ceil(seconds)))),))
