"""
Which form of an answer a client accepts, and which form its body has.

Source: apiserver endpoints/handlers/negotiation; RFC 9110, 12.5.1 (weights are not used by clients
of the API: the first acceptable type wins, as in the real server).
"""

from functools import lru_cache

import attrs

from simulator import failures

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"

BODY_TYPES = (JSON, YAML, PROTOBUF)
"""What bodies may be."""

_OFFERED = (*BODY_TYPES, f"{JSON};stream=watch", f"{PROTOBUF};stream=watch")


@attrs.frozen
class Form:
    """The form of an answer."""

    media_type: str = JSON
    shape: str = ""
    """`as` of the Accept header: `PartialObjectMetadata`, `APIGroupDiscoveryList`, or plain."""
    version: str = ""
    """`v` of the Accept header: the version of the shape."""


_ANY = ("*/*", "application/*", JSON)


@lru_cache(maxsize=256)
def negotiate(accept: str, shapes: tuple[str, ...] = (), *, protobuf: bool = False) -> Form:
    """
    The first form in an Accept header that can be served.

    Args:
        accept: the header; empty accepts anything.
        shapes: values of `as` that this answer can take.
        protobuf: whether it can be protobuf, too; a Table never is.

    Raises:
        Refused: 406.
    """
    if not accept:
        return Form()
    for part in accept.split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        values = dict(piece.partition("=")[::2] for piece in parameters)
        shape = values.get("as", "")
        if shape and shape not in shapes:
            continue
        if media_type in _ANY:
            return Form(JSON, shape, values.get("v", ""))
        if media_type == YAML:
            return Form(YAML, shape, values.get("v", ""))
        if media_type == PROTOBUF and protobuf and shape != "Table":
            return Form(PROTOBUF, shape, values.get("v", ""))
    raise failures.not_acceptable(_OFFERED)


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters, in lower case; JSON if none is given."""
    return content_type.partition(";")[0].strip().lower() or JSON
