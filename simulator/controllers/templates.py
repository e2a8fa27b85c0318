"""Pod templates: their hash, their equality, and the pods made from them. Pure."""

import orjson

from simulator.controllers.ownership import controller_reference
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.resources import Resource

HASH_LABEL = "pod-template-hash"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Without vowels, and without what looks alike (apimachinery util/rand)."""


def short_hash(value: JSONValue, collisions: int = 0) -> str:
    """
    A hash for names, at most ten letters and digits: FNV-1a of the canonical JSON.

    The real one hashes Go's printed structs, so equal templates get other hashes there. `collisions`
    makes another hash of the same value.
    """
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if collisions:
        data += collisions.to_bytes(4, "little")
    result = 0x811C9DC5
    for byte in data:
        result = ((result ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(result))


def without_hash(template: JSONObject) -> JSONObject:
    """A template as its author wrote it, without the hash label."""
    metadata = template.get("metadata") or {}
    labels = {
        key: value for key, value in (metadata.get("labels") or {}).items() if key != HASH_LABEL
    }
    return {**template, "metadata": {**metadata, "labels": labels}}


def same_template(one: JSONObject, other: JSONObject) -> bool:
    """Whether two templates make the same pods, the hash label aside."""
    return without_hash(one) == without_hash(other)


def pod_from(template: JSONObject, owner: Resource, obj: JSONObject) -> JSONObject:
    """
    A pod of a template, controlled by `obj`, with a name to be generated from `obj`'s.

    Source: controller.GetPodFromTemplate.
    """
    given = template.get("metadata") or {}
    metadata: JSONObject = {"generateName": f"{obj['metadata']['name']}-"}
    for field in ("labels", "annotations", "finalizers"):
        if given.get(field):
            metadata[field] = given[field]
    metadata["ownerReferences"] = [controller_reference(owner, obj)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
