"""Responses: objects, lists and Statuses as bytes in the form that was negotiated."""

from collections.abc import Sequence

import orjson
import yaml

from simulator.api.negotiation import JSON, PROTOBUF, YAML, Form
from simulator.api.shapes import Shaping
from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.storage.versions import Version
from simulator.verbs.list import Page
from simulator.verbs.outcome import Outcome
from simulator.wire.messages import Headers, Response

_CACHE = ("cache-control", "no-cache, private")
JSON_HEADERS: Headers = (("content-type", JSON), _CACHE)
_FRAMES: Headers = (("content-type", f"{PROTOBUF};stream=watch"), _CACHE)
_YAML_HEADERS: Headers = (("content-type", YAML), _CACHE)


def watch_headers(form: Form) -> Headers:
    """Of a watch in this form."""
    return _FRAMES if form.media_type == PROTOBUF else JSON_HEADERS


def refusal(refused: Refused) -> Response:
    """A failure, with Retry-After if it says when to come back."""
    headers = JSON_HEADERS
    retry = (refused.status.get("details") or {}).get("retryAfterSeconds")
    if retry:
        headers = (*headers, ("retry-after", str(retry)))
    return Response(refused.code, headers, orjson.dumps(refused.status) + b"\n")


def plain(status: int, text: str) -> Response:
    """Text, as probes and unknown paths get it; nothing is added."""
    headers = (("content-type", "text/plain; charset=utf-8"), _CACHE)
    return Response(status, headers, text.encode())


def not_served() -> Response:
    """404 for a path that nothing is behind."""
    return plain(404, "404 page not found\n")


def document(obj: JSONObject, form: Form, code: int = 200) -> Response:
    """Any object that is made for this answer."""
    return _response(code, orjson.dumps(obj), form, ())


def aggregated(obj: JSONObject, form: Form) -> Response:
    """Aggregated discovery, which clients know by the parameters of its type alone."""
    content_type = f"{JSON};g=apidiscovery.k8s.io;v={form.version};as={form.shape}"
    headers = (("content-type", content_type), _CACHE)
    return Response(200, headers, orjson.dumps(obj) + b"\n")


def outcome(result: Outcome, shaping: Shaping) -> Response:
    """The answer of a verb, with its warnings."""
    warnings = tuple(("warning", f'299 - "{_quoted(text)}"') for text in result.warnings)
    return _response(result.code, shaping.one(result.version), shaping.form, warnings)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def page(result: Page, shaping: Shaping) -> Response:
    """A list, or one page of it."""
    metadata: JSONObject = {"resourceVersion": str(result.revision)}
    if result.token:
        metadata["continue"] = result.token
    if result.remaining is not None:
        metadata["remainingItemCount"] = result.remaining
    return _response(200, shaping.many(result.items, metadata), shaping.form, ())


def collection(items: Sequence[Version], revision: int, shaping: Shaping) -> Response:
    """The answer to a deletecollection."""
    encoded = shaping.many(items, {"resourceVersion": str(revision)})
    return _response(200, encoded, shaping.form, ())


def _response(code: int, encoded: bytes, form: Form, more: Headers) -> Response:
    if form.media_type == PROTOBUF:
        return Response(code, (("content-type", PROTOBUF), _CACHE, *more), encoded)
    if form.media_type == YAML:
        text = yaml.safe_dump(orjson.loads(encoded), sort_keys=True, allow_unicode=True)
        return Response(code, _YAML_HEADERS + more, text.encode())
    return Response(code, JSON_HEADERS + more, encoded + b"\n")
