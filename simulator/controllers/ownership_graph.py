"""
Which objects own which, over all kinds; who depends on an object, and where its owners are.

Reads the shared caches; nothing here awaits.
"""

from collections.abc import Iterator

import attrs

from simulator.controllers.informer import Informer, key_of
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@attrs.frozen
class Identity:
    """One object, so that one of the same name is not taken for it."""

    kind: Resource
    namespace: str
    name: str
    uid: str

    @classmethod
    def of(cls, kind: Resource, obj: JSONObject) -> "Identity":
        """The identity of an object of a kind."""
        namespace, name = key_of(obj)
        return cls(kind, namespace, name, obj["metadata"]["uid"])


@attrs.define(eq=False)
class OwnershipGraph:
    """The caches of all kinds that may own or be owned."""

    _informers: dict[Resource, Informer] = attrs.field(init=False, factory=dict)
    _by_kind: dict[tuple[str, str], Resource] = attrs.field(init=False, factory=dict)

    def add(self, kind: Resource, informer: Informer) -> None:
        """Take a kind in."""
        self._informers[kind] = informer
        self._by_kind[kind.api_version, kind.kind] = kind

    def remove(self, kind: Resource) -> None:
        """Forget a kind that is no longer served."""
        self._informers.pop(kind, None)
        self._by_kind.pop((kind.api_version, kind.kind), None)

    def dependents(self, uid: str) -> Iterator[tuple[Identity, JSONObject]]:
        """The objects that name this uid among their owners."""
        for kind, informer in self._informers.items():
            for obj in informer.owned_by(uid):
                yield Identity.of(kind, obj), obj

    def owner(self, reference: JSONObject, namespace: str) -> Identity | None:
        """Where the owner that a reference of an object in `namespace` names would be, if anywhere."""
        kind = self._by_kind.get((reference["apiVersion"], reference["kind"]))
        if kind is None:
            return None
        where = namespace if kind.namespaced else ""
        return Identity(kind, where, reference["name"], reference["uid"])

    def cached(self, identity: Identity) -> JSONObject | None:
        """The object of this identity, if the caches know it."""
        informer = self._informers.get(identity.kind)
        obj = informer.get((identity.namespace, identity.name)) if informer else None
        if obj is None or obj["metadata"]["uid"] != identity.uid:
            return None
        return obj


def references(obj: JSONObject) -> list[JSONObject]:
    """An object's owner references."""
    found: list[JSONObject] = obj["metadata"].get("ownerReferences") or []
    return found


def waits_for_dependents(obj: JSONObject) -> bool:
    """Whether the object is being deleted in the foreground."""
    metadata = obj["metadata"]
    return "deletionTimestamp" in metadata and FOREGROUND in (metadata.get("finalizers") or ())


def lets_dependents_go(obj: JSONObject) -> bool:
    """Whether the object is being deleted and leaves its dependents behind."""
    metadata = obj["metadata"]
    return "deletionTimestamp" in metadata and ORPHAN in (metadata.get("finalizers") or ())
