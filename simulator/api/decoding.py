"""
Bytes of a request body to JSON data, with the complaints of Go's decoders.

Source: apimachinery pkg/runtime/serializer/json, Go's encoding/json.
"""

import json

import attrs
import orjson
import yaml

from simulator import failures
from simulator.admission import strict
from simulator.api.negotiation import BODY_TYPES, JSON, PROTOBUF, YAML, media_type
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds import protobuf
from simulator.kinds.schemas import definition_name
from simulator.ports import Refused
from simulator.verbs.checks import json_type


@attrs.frozen
class Body:
    """A decoded body."""

    object: JSONObject
    duplicates: tuple[str, ...] = ()
    """Paths that it sets more than once; the last one counts."""


def decoded(body: bytes, content_type: str, wanted: str) -> Body:
    """
    A body as a JSON object.

    Args:
        body: as sent.
        content_type: the header.
        wanted: kind that is expected, for the text of a refusal.

    Raises:
        Refused: 400; 415, an unknown media type.
    """
    if media_type(content_type) == PROTOBUF:
        return Body(_from_protobuf(body, wanted))
    try:
        data, duplicates = _read(body, media_type(content_type))
    except ValueError as error:
        raise _unrecognized(str(error), body, wanted) from None
    if not isinstance(data, dict):
        why = f"json: cannot unmarshal {json_type(data)} into Go value of type {_GO_TYPE_META}"
        raise _unrecognized(why, body, wanted)
    for field in ("apiVersion", "kind"):
        if field in data and not isinstance(data[field], str | None):
            why = f"json: cannot unmarshal {json_type(data[field])} into Go struct field .{field} of type string"
            raise _unrecognized(why, body, wanted)
    return Body(data, duplicates)


def _read(body: bytes, kind: str) -> tuple[JSONValue, tuple[str, ...]]:
    if kind == JSON:
        try:
            return strict.read(body)
        except orjson.JSONDecodeError:
            raise ValueError(_go_error(body)) from None
    if kind == YAML:
        return from_yaml(body), ()
    raise failures.unsupported_media_type(BODY_TYPES)


def _from_protobuf(body: bytes, wanted: str) -> JSONObject:
    try:
        envelope = protobuf.opened(body)
        obj = protobuf.decode(_message(envelope), envelope.raw)
    except protobuf.NotProtobufError as error:
        text = f"the object provided is unrecognized (must be of type {wanted}): {error}"
        raise failures.bad_request(f"{text} ({_summary(body)})") from None
    return {**obj, "apiVersion": envelope.api_version, "kind": envelope.kind}


def _message(envelope: protobuf.Envelope) -> str:
    """
    The message of a kind; DeleteOptions and the like belong to every group.

    Raises:
        Refused: 415, the kind has none, as custom kinds do not.
    """
    name = f"meta.v1.{envelope.kind}"
    if not protobuf.known(name):
        try:
            name = definition_name(envelope.api_version, envelope.kind)
        except KeyError:
            name = ""
    if not protobuf.known(name):
        raise failures.unsupported_media_type((JSON, YAML))
    return name


def from_json(body: bytes) -> JSONValue:
    """
    JSON data of any shape.

    Raises:
        ValueError: it is not JSON, in the words of Go's decoder.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError(_go_error(body)) from None


def from_yaml(body: bytes) -> JSONValue:
    """
    YAML as JSON data; what looks like a time stays text.

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
    """The safe loader without YAML's times, which JSON does not have."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the base class has it so
        letter: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
        for letter, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


_GO_TYPE_META = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)

_GO_PHRASES = (
    ("Expecting property name", "looking for beginning of object key string"),
    ("Illegal trailing comma", "looking for beginning of object key string"),
    ("Expecting value", "looking for beginning of value"),
    ("Expecting ':'", "after object key"),
    ("Expecting ','", "after object key:value pair"),
    ("Extra data", "after top-level value"),
    ("Invalid control character", "in string literal"),
)
"""What Python's decoder says, and what Go's says of the same character."""


def _go_error(body: bytes) -> str:
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


_SUMMARY_BYTES = 30


def _unrecognized(why: str, body: bytes, wanted: str) -> Refused:
    text = (
        f"the object provided is unrecognized (must be of type {wanted}): "
        f"couldn't get version/kind; json parse error: {why} ({_summary(body)})"
    )
    return failures.bad_request(text)


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    start = body[:_SUMMARY_BYTES]
    text = start.decode(errors="replace") if body[:1] == b"{" else start.hex()
    return text if len(body) <= _SUMMARY_BYTES else f"{text} ..."
