"""
Request bodies: bytes of some media type into the object that a verb takes.

Source: apiserver endpoints/handlers/create.go and apimachinery runtime/serializer for the texts.
"""

import json

import orjson
import yaml

from simulator import failures
from simulator.api.negotiation import BODY_TYPES, JSON, PROTOBUF, YAML, media_type
from simulator.jsontypes import JSONObject, JSONValue
from simulator.ports import Refused
from simulator.verbs.checks import json_type, not_metadata, undecodable
from simulator.verbs.registry import Served

_SUMMARY_BYTES = 30
_GO_TYPE_META = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)
_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"


def decoded(body: bytes, content_type: str, wanted: str) -> JSONObject:
    """
    A body as a JSON object.

    Args:
        body: as sent.
        content_type: the header.
        wanted: kind that is expected, for the text of a refusal.

    Raises:
        Refused: 400; 415, an unknown media type; 501, protobuf.
    """
    match media_type(content_type):
        case str(kind) if kind == JSON:
            data = _json(body, wanted)
        case str(kind) if kind == YAML:
            data = _yaml(body, wanted)
        case str(kind) if kind == PROTOBUF:
            text = "this server does not decode protobuf bodies; send application/json"
            raise failures.not_implemented(text)
        case _:
            raise failures.unsupported_media_type(BODY_TYPES)
    if not isinstance(data, dict):
        why = f"json: cannot unmarshal {json_type(data)} into Go value of type {_GO_TYPE_META}"
        raise _unrecognized(f"couldn't get version/kind; json parse error: {why}", body, wanted)
    return data


def _json(body: bytes, wanted: str) -> JSONValue:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        why = f"couldn't get version/kind; json parse error: {go_json_error(body)}"
        raise _unrecognized(why, body, wanted) from None


def _yaml(body: bytes, wanted: str) -> JSONValue:
    try:
        return from_yaml(body)
    except ValueError as error:
        why = f"couldn't get version/kind; json parse error: {error}"
        raise _unrecognized(why, body, wanted) from None


def from_yaml(body: bytes) -> JSONValue:
    """
    YAML as JSON data: keys are strings, and no timestamps are made of what looks like one.

    Raises:
        ValueError: it is not YAML.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # flow style that is not JSON
    try:
        return yaml.load(body, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


class _Loader(yaml.CSafeLoader):
    """YAML to JSON data: the core types only."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for letter, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


_GO_PHRASES = (
    ("Expecting property name", "looking for beginning of object key string"),
    ("Expecting value", "looking for beginning of value"),
    ("Expecting ':'", "after object key"),
    ("Expecting ','", "after object key:value pair"),
    ("Extra data", "after top-level value"),
    ("Invalid control character", "in string literal"),
    ("Illegal trailing comma", "looking for beginning of object key string"),
)


def go_json_error(body: bytes) -> str:
    """What Go's encoding/json would say about a body that is not JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "invalid UTF-8 in string"
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text):
            return "unexpected end of JSON input"
        phrase = next(
            (go for python, go in _GO_PHRASES if error.msg.startswith(python)), "in value"
        )
        return f"invalid character {text[error.pos]!r} {phrase}"
    return "invalid number"


def _unrecognized(why: str, body: bytes, wanted: str) -> Refused:
    text = (
        f"the object provided is unrecognized (must be of type {wanted}): {why} ({_summary(body)})"
    )
    return failures.bad_request(text)


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    start = body[:_SUMMARY_BYTES]
    text = start.decode(errors="replace") if body[:1] == b"{" else start.hex()
    return text if len(body) <= _SUMMARY_BYTES else f"{text} ..."


def object_of(served: Served, data: JSONObject, namespace: str) -> JSONObject:
    """
    The body of a create or update as an object of the resource, in the namespace of its path.

    Raises:
        Refused: 400, another kind, version or namespace.
    """
    resource = served.resource
    kind = data.get("kind") or resource.kind
    api_version = data.get("apiVersion") or served.api_version
    if (kind, api_version) != (resource.kind, served.api_version):
        raise failures.bad_request(_mismatch(served, kind, api_version))
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise undecodable(served, not_metadata(resource.kind, metadata))
    if metadata.get("namespace", namespace) not in ("", namespace) and resource.namespaced:
        text = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise failures.bad_request(text)
    return {**data, "kind": kind, "apiVersion": api_version, "metadata": metadata}


def applied_object(served: Served, body: bytes) -> JSONObject:
    """
    The body of an apply, JSON or YAML; unlike others it has to name its kind and version.

    Raises:
        Refused: 400.
    """
    try:
        data = from_yaml(body)
    except ValueError as error:
        raise failures.bad_request(f"error decoding YAML: {error}") from None
    if not isinstance(data, dict):
        why = f"json: cannot unmarshal {json_type(data)} into Go value of type map[string]interface {{}}"
        raise failures.bad_request(f"error decoding YAML: {why}")
    kind, api_version = data.get("kind", ""), data.get("apiVersion", "")
    if (kind, api_version) != (served.resource.kind, served.api_version):
        raise failures.bad_request(
            f"invalid object type: {_group_version(api_version)}, Kind={kind}"
        )
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise failures.internal(_NOT_A_MAP)
    return {**data, "metadata": metadata}


_NOT_A_MAP = "failed to create typed patch object: .metadata: expected map"


def _group_version(api_version: str) -> str:
    return api_version if "/" in api_version else f"/{api_version}"


def _mismatch(served: Served, kind: str, api_version: str) -> str:
    resource = served.resource
    version = api_version.rpartition("/")[2]
    text = f'{kind} in version "{version}" cannot be handled as a {resource.kind}: '
    if kind == resource.kind:
        return f'{text}no kind "{kind}" is registered for version "{api_version}" in scheme "{_SCHEME}"'
    return f"{text}converting ({version}.{kind}) to (core.{resource.kind}): unknown conversion"


def same_name(obj: JSONObject, name: str) -> None:
    """
    The body of a PUT names the object of its path.

    Raises:
        Refused: 400.
    """
    given = obj["metadata"].get("name", "")
    if given != name:
        text = f"the name of the object ({given}) does not match the name on the URL ({name})"
        raise failures.bad_request(text)


def from_json(body: bytes) -> JSONValue:
    """
    JSON data.

    Raises:
        ValueError: it is not JSON, in the words of Go's encoding/json.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError(go_json_error(body)) from None


def checked(
    served: Served, data: JSONObject, namespace: str, body: bytes, validation: str
) -> tuple[JSONObject, tuple[str, ...]]:
    """
    The body of a create or update, without the fields that its type does not know.

    Args:
        served: the resource.
        data: the decoded body.
        namespace: of the path.
        body: as sent, in which repeated fields still show.
        validation: `Strict`, `Warn` or `Ignore`.

    Returns:
        The object, and a warning for each field that was dropped.

    Raises:
        Refused: 400, another kind, version or namespace, wrong types; `Strict`: any unknown field.
    """
    obj = object_of(served, data, namespace)
    return obj, ()
