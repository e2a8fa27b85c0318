"""One committed state of one object, with its JSON made at most once."""

import orjson

from simulator.jsontypes import JSONObject


class Version:
    """
    A committed object. Never changed, shared by every reader.

    The JSON bytes are made at the first use and then shared by get, list and every watch.
    """

    __slots__ = ("_encoded", "key", "object", "revision")

    def __init__(self, key: str, obj: JSONObject, revision: int) -> None:
        self.key = key
        """`namespace/name`, or the name of a cluster-scoped object."""
        self.object = obj
        """Begins with `kind` and `apiVersion`, see `item`."""
        self.revision = revision
        self._encoded: bytes | None = None

    @property
    def encoded(self) -> bytes:
        """The object as compact JSON."""
        if self._encoded is None:
            self._encoded = orjson.dumps(self.object)
        return self._encoded

    @property
    def item(self) -> bytes:
        """The JSON of the object inside a typed list, where Kubernetes leaves kind and version out."""
        head = len(self.object["kind"]) + len(self.object["apiVersion"])
        return b"{" + self.encoded[head + len('{"kind":"","apiVersion":"",') :]

    @property
    def uid(self) -> str:
        """`metadata.uid`."""
        return str(self.object["metadata"]["uid"])
