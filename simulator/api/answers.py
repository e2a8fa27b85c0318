"""Responses: objects, lists and Statuses as bytes in the form that was negotiated."""

from collections.abc import Iterable

import orjson
import yaml

from simulator.api.negotiation import JSON, YAML, Form
from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.storage.versions import Version
from simulator.verbs.list import Page
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import Served
from simulator.wire.messages import Headers, Response

_CACHE = ("cache-control", "no-cache, private")
JSON_HEADERS: Headers = (("content-type", JSON), _CACHE)
_YAML_HEADERS: Headers = (("content-type", YAML), _CACHE)


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
    return _response(code, orjson.dumps(obj) + b"\n", form, ())


def aggregated(obj: JSONObject, form: Form) -> Response:
    """Aggregated discovery, which clients know by the parameters of its type alone."""
    content_type = f"{JSON};g=apidiscovery.k8s.io;v={form.version};as={form.shape}"
    headers = (("content-type", content_type), _CACHE)
    return Response(200, headers, orjson.dumps(obj) + b"\n")


def outcome(result: Outcome, form: Form) -> Response:
    """The answer of a verb, with its warnings."""
    if form.shape:
        return document(partial(result.object), form, result.code)
    warnings = tuple(("warning", f'299 - "{_quoted(text)}"') for text in result.warnings)
    return _response(result.code, result.version.encoded + b"\n", form, warnings)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _response(code: int, encoded: bytes, form: Form, more: Headers) -> Response:
    """`encoded` is JSON and a line feed."""
    if form.media_type == YAML:
        text = yaml.safe_dump(orjson.loads(encoded), sort_keys=True, allow_unicode=True)
        return Response(code, _YAML_HEADERS + more, text.encode())
    return Response(code, JSON_HEADERS + more, encoded)


def partial(obj: JSONObject) -> JSONObject:
    """An object cut down to its metadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }


def encoded_partial(version: Version) -> bytes:
    """The JSON of `partial`."""
    return orjson.dumps(partial(version.object))


def page(result: Page, served: Served, form: Form) -> Response:
    """A list, or one page of it."""
    metadata: JSONObject = {"resourceVersion": str(result.revision)}
    if result.token:
        metadata["continue"] = result.token
    if result.remaining is not None:
        metadata["remainingItemCount"] = result.remaining
    return _list(result.items, metadata, served, form)


def collection(items: Iterable[Version], revision: int, served: Served, form: Form) -> Response:
    """The answer to a deletecollection."""
    return _list(items, {"resourceVersion": str(revision)}, served, form)


def _list(items: Iterable[Version], metadata: JSONObject, served: Served, form: Form) -> Response:
    head: JSONObject = {
        "kind": served.resource.list_kind,
        "apiVersion": served.api_version,
        "metadata": metadata,
    }
    if form.shape:
        head |= {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        encoded = [encoded_partial(version) for version in items]
    elif served.definition is not None:
        # Custom objects keep kind and version inside a list: there is no Go type to imply them.
        encoded = [version.encoded for version in items]
    else:
        encoded = [version.item for version in items]
    # One join: a long list is copied once.
    body = b"".join((orjson.dumps(head)[:-1], b',"items":[', b",".join(encoded), b"]}\n"))
    return _response(200, body, form, ())
