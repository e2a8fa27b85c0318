"""
Whom a controller's selector makes its own: orphans that match are adopted, what matches no more is let go.

Source: kubernetes pkg/controller/controller_ref_manager.go (BaseControllerRefManager.ClaimObject).
"""

from collections.abc import Iterable, Iterator

import attrs

from simulator.controllers import selectors
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import (
    controller_of,
    controller_reference,
    is_controlled_by,
    is_deleting,
)
from simulator.controllers.selectors import labels_of
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.ports import Client, Refused


@attrs.frozen
class Claim:
    """One change of owners."""

    obj: JSONObject
    adopt: bool
    """False to let it go."""


def claims(owner: JSONObject, candidates: Iterable[JSONObject]) -> Iterator[Claim]:
    """What an owner, by its selector, makes of the objects of its namespace. Pure."""
    if is_deleting(owner):
        return
    for obj in candidates:
        matches = _matches(owner, obj)
        if is_controlled_by(obj, owner):
            if not matches:
                yield Claim(obj, adopt=False)
        elif matches and controller_of(obj) is None and not is_deleting(obj):
            yield Claim(obj, adopt=True)


def suitors(owners: Informer, orphan: JSONObject) -> Iterator[JSONObject]:
    """The owners that would adopt an object without a controller."""
    if controller_of(orphan) is None and not is_deleting(orphan):
        for owner in owners.in_namespace(orphan["metadata"]["namespace"]):
            if _matches(owner, orphan):
                yield owner


def _matches(owner: JSONObject, obj: JSONObject) -> bool:
    """Whether an object is one that its owner would make; a StatefulSet's have names of their own."""
    is_numbered = "serviceName" in owner["spec"]
    parent = obj["metadata"]["name"].rpartition("-")[0]
    if is_numbered and parent != owner["metadata"]["name"]:
        return False
    return selectors.matches(labels_of(obj), owner["spec"].get("selector"))


async def settle_claims(
    client: Client, kind: Resource, owner: JSONObject, of: Resource, cache: Informer
) -> None:
    """
    Adopt and let go what has to be.

    Args:
        client: of the controller.
        kind: of the owner.
        owner: as cached.
        of: the kind of what is owned.
        cache: of that kind; it is told.

    Raises:
        Refused: one of the writes.
    """
    for claim in list(claims(owner, cache.in_namespace(owner["metadata"]["namespace"]))):
        metadata = claim.obj["metadata"]
        others = [
            reference
            for reference in metadata.get("ownerReferences") or ()
            if reference["uid"] != owner["metadata"]["uid"]
        ]
        mine = [controller_reference(kind, owner)] if claim.adopt else []
        patch = {"metadata": {"uid": metadata["uid"], "ownerReferences": [*others, *mine] or None}}
        try:
            cache.accept(await client.patch(of.name, *key_of(claim.obj), patch))
        except Refused as refusal:
            if refusal.code != 404:
                raise
