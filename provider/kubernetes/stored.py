"""What the store keeps of an object: compact bytes and the few fields that are looked at often."""

from collections.abc import Mapping

import attrs
import orjson

from provider.errors import ProviderError
from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import Kind, ObjectKey


class MalformedError(ProviderError):
    """What the API server sent as an object lacks what every object has."""


@attrs.frozen
class Stored:
    """One object as last seen. Never the decoded dict: that takes five times the memory."""

    key: ObjectKey
    uid: str
    resource_version: str
    generation: int
    """0 for kinds that have none."""
    deleting: bool
    labels: Mapping[str, str]
    raw: bytes = attrs.field(repr=False)
    """The object as JSON."""

    def decode(self) -> JSONObject:
        """The whole object, decoded anew at each call."""
        obj: JSONObject = orjson.loads(self.raw)
        return obj


def make_stored(kind: Kind, obj: JSONObject) -> Stored:
    """
    Take from an object what the store keeps.

    Raises:
        MalformedError: no name, no uid, or a resourceVersion that is no number.
    """
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    version = metadata.get("resourceVersion")
    if not (metadata.get("name") and metadata.get("uid") and str(version).isdecimal()):
        raise MalformedError(f"this is no {kind.kind} as an API server sends it")
    namespace = metadata.get("namespace", "") if kind.namespaced else ""
    return Stored(
        key=ObjectKey(kind, namespace, metadata["name"]),
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        generation=metadata.get("generation", 0),
        deleting="deletionTimestamp" in metadata,
        labels=metadata.get("labels") or {},
        raw=orjson.dumps(obj),
    )
