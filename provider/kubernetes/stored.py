"""What the store keeps of an object: compact bytes and the few fields that are looked at often."""

from collections import OrderedDict
from collections.abc import Mapping

import attrs
import orjson

from provider.errors import ProviderError
from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import Kind, ObjectKey

MEMO_OBJECTS = 512
"""Decoded objects kept: those of some fifty leases at work, about 10 MB. Decoding is the largest single
cost of a deploy, which looks at each of its objects a dozen times; idle leases are not looked at."""


class MalformedError(ProviderError):
    """What the API server sent as an object lacks what every object has."""


class Memo:
    """The objects that were decoded last, by their bytes."""

    def __init__(self, objects: int = MEMO_OBJECTS) -> None:
        self._objects = objects
        self._decoded: OrderedDict[bytes, JSONObject] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._decoded)

    def decode(self, raw: bytes) -> JSONObject:
        """The object of some bytes; shared with everybody who asked before, so nobody changes it."""
        known = self._decoded.get(raw)
        if known is not None:
            self._decoded.move_to_end(raw)
            return known
        obj: JSONObject = orjson.loads(raw)
        self._decoded[raw] = obj
        if len(self._decoded) > self._objects:
            self._decoded.popitem(last=False)
        return obj


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
    _memo: Memo = attrs.field(repr=False, eq=False)

    def decode(self) -> JSONObject:
        """The whole object; shared, so it is only read."""
        return self._memo.decode(self.raw)


def make_stored(kind: Kind, obj: JSONObject, memo: Memo) -> Stored:
    """
    Take from an object what the store keeps.

    Args:
        kind: of the object.
        obj: as the API server sent it.
        memo: keeps what is decoded again.

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
        memo=memo,
    )
