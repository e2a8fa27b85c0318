"""
Answers in protobuf: objects, lists and events of a watch as messages in their envelopes.

Source: apimachinery pkg/runtime/serializer/protobuf, pkg/runtime/serializer/streaming (frames of a
watch: four bytes of length before each).
"""

from collections.abc import Iterable

from simulator.jsontypes import JSONObject
from simulator.kinds import protobuf
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import definition_name

_META = "meta.k8s.io/v1"


def one(obj: JSONObject, *, partial: bool = False) -> bytes:
    """An object, or its metadata alone."""
    if obj["kind"] == "Status":
        return protobuf.sealed("v1", "Status", protobuf.encode("meta.v1.Status", obj))
    if partial:
        raw = protobuf.encode("meta.v1.PartialObjectMetadata", obj)
        return protobuf.sealed(_META, "PartialObjectMetadata", raw)
    api_version, kind = obj["apiVersion"], obj["kind"]
    return protobuf.sealed(
        api_version, kind, protobuf.encode(definition_name(api_version, kind), obj)
    )


def many(
    resource: Resource, objects: Iterable[JSONObject], metadata: JSONObject, *, partial: bool
) -> bytes:
    """A list of a built-in kind; `metadata` is the list's."""
    if partial:
        name, api_version, kind = (
            "meta.v1.PartialObjectMetadata",
            _META,
            "PartialObjectMetadataList",
        )
    else:
        name = definition_name(resource.api_version, resource.kind)
        api_version, kind = resource.api_version, resource.list_kind
    head = protobuf.nested(1, protobuf.encode("meta.v1.ListMeta", metadata))
    items = (protobuf.nested(2, protobuf.encode(name, obj)) for obj in objects)
    return protobuf.sealed(api_version, kind, b"".join((head, *items)))


def event(about: str, sealed: bytes) -> bytes:
    """An event of a watch as a frame; `sealed` is its object."""
    named = protobuf.nested(1, about.encode())
    frame = named + protobuf.nested(2, protobuf.nested(1, sealed))
    return len(frame).to_bytes(4, "big") + frame
