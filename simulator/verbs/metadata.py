"""The parts of `metadata` that the server writes: what a client sends there is not believed."""

from simulator.jsontypes import JSONObject

_SYSTEM = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "selfLink",
)


def without_system(metadata: JSONObject) -> JSONObject:
    """Metadata as a client may set it on a new object."""
    return {key: value for key, value in metadata.items() if key not in _SYSTEM}


def carried(live: JSONObject, sent: JSONObject) -> JSONObject:
    """
    Metadata of an update: what the server writes as it is in `live`, the rest as sent.

    The uid is taken as sent, if one was sent: that it differs is validation's to refuse.
    """
    kept = {key: live[key] for key in ("name", "namespace", *_SYSTEM) if key in live}
    if uid := sent.get("uid"):
        kept["uid"] = uid
    return without_system(sent) | kept


def ordered(obj: JSONObject) -> JSONObject:
    """The object with kind, version and metadata first; a new dict, as is its metadata."""
    head = {"kind": obj["kind"], "apiVersion": obj["apiVersion"], "metadata": dict(obj["metadata"])}
    return head | {key: value for key, value in obj.items() if key not in head}
