"""
Remembers which objects were found to be as desired, so that only what changed is compared again.

A lease's objects are compared all together whenever one of them changes, which while pods come and go
is several times a second; a comparison of one object costs as much as rendering it.
"""

import hashlib

import attrs
import orjson

from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import ObjectKey, key_of
from provider.reconcile.differs import differs

_DIGEST_BYTES = 16


@attrs.frozen
class _Found:
    """What was compared; a server gives every state of an object a version of its own."""

    uid: str
    version: str
    desired: bytes
    """Digest: the object itself would be held for every lease."""


@attrs.define(eq=False)
class Likeness:
    """Of one lease."""

    _alike: dict[ObjectKey, _Found] = attrs.field(init=False, factory=dict)

    def differs(self, desired: JSONObject, live: FrozenJSON) -> tuple[str, ...]:
        """As `differs.differs`, which is asked only when either of the two is new."""
        key, metadata = key_of(desired), live["metadata"]
        text = orjson.dumps(desired)
        found = _Found(
            metadata.get("uid", ""),
            metadata.get("resourceVersion", ""),
            hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest(),
        )
        if found.version and self._alike.get(key) == found:
            return ()
        paths = differs(desired, live)
        if paths:
            self._alike.pop(key, None)
        else:
            self._alike[key] = found
        return paths
