"""
The shapes that a client may ask objects to be cut to: whole, their metadata alone, or rows of a Table.

Source: apiserver endpoints/handlers/response.go.
"""

from collections.abc import Sequence

import attrs
import orjson

from simulator.api import messages, views
from simulator.api.negotiation import PROTOBUF, Form
from simulator.jsontypes import JSONObject
from simulator.storage.versions import Version
from simulator.tables.table import partial_metadata, table
from simulator.verbs.registry import Served
from simulator.verbs.watch import Seen

TABLE = "Table"
_PARTIAL = "PartialObjectMetadata"
_PARTIAL_LIST = "PartialObjectMetadataList"

SHAPES = (TABLE, _PARTIAL, _PARTIAL_LIST)


@attrs.frozen
class Shaping:
    """How one answer shows the objects of a resource."""

    form: Form
    served: Served
    now: float
    """Wall time, seconds since 1970: ages in a Table are as of then."""
    include: str
    """`includeObject`: what comes along in each row of a Table."""

    def one(self, version: Version) -> bytes:
        """A single object; a Status keeps its shape."""
        if self.form.shape != TABLE:
            version = self._seen(version)
        obj = version.object
        if self.form.media_type == PROTOBUF:
            return messages.one(obj, partial=self.form.shape == _PARTIAL)
        if not self.form.shape or obj["kind"] == "Status":
            return version.encoded
        if self.form.shape == TABLE:
            return orjson.dumps(self._table([version], _single(obj)))
        return orjson.dumps(partial_metadata(obj))

    def many(self, versions: Sequence[Version], metadata: JSONObject) -> bytes:
        """A list; `metadata` is the list's."""
        if self.form.shape != TABLE:
            versions = [self._seen(version) for version in versions]
        if self.form.media_type == PROTOBUF:
            objects = [version.object for version in versions]
            partial = self.form.shape in (_PARTIAL, _PARTIAL_LIST)
            return messages.many(self.served.resource, objects, metadata, partial=partial)
        if self.form.shape == TABLE:
            return orjson.dumps(self._table(versions, metadata))
        head = {
            "kind": self.served.resource.list_kind,
            "apiVersion": self.served.api_version,
            "metadata": metadata,
        }
        if self.form.shape:
            head |= {"kind": _PARTIAL_LIST, "apiVersion": "meta.k8s.io/v1"}
            items = [orjson.dumps(partial_metadata(version.object)) for version in versions]
        elif self.served.definition is not None:
            # Custom objects keep kind and version inside a list: there is no Go type to imply them.
            items = [version.encoded for version in versions]
        else:
            items = [version.item for version in versions]
        # One join: a long list is copied once.
        return b"".join((orjson.dumps(head)[:-1], b',"items":[', b",".join(items), b"]}"))

    def line(self, event: Seen, *, first: bool) -> bytes:
        """An event of a watch as one line or frame; only a watch's first Table has a head."""
        if self.form.media_type == PROTOBUF:
            return messages.event(event.type, self.one(event.version))
        if self.form.shape == TABLE and event.type != "ERROR":
            rows = [] if event.type == "BOOKMARK" else [event.version]
            shown = self._table(rows, _single(event.version.object), headed=first)
            encoded = orjson.dumps(shown)
        else:
            encoded = self.one(event.version)
        return b'{"type":"' + event.type.encode() + b'","object":' + encoded + b"}\n"

    def _seen(self, version: Version) -> Version:
        """A stored object as this resource shows it."""
        obj = views.shown(self.served, version.object)
        return version if obj is version.object else Version(version.key, obj, version.revision)

    def _table(
        self, versions: Sequence[Version], metadata: JSONObject, *, headed: bool = True
    ) -> JSONObject:
        return table(
            self.served.columns,
            (version.object for version in versions),
            metadata,
            now=self.now,
            include=self.include,
            headed=headed,
        )


def _single(obj: JSONObject) -> JSONObject:
    version = obj["metadata"].get("resourceVersion")
    return {"resourceVersion": version} if version else {}
