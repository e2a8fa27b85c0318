"""Owner references: who controls an object, and the reference that says so. Pure."""

from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource


def controller_reference(owner: Resource, obj: JSONObject) -> JSONObject:
    """The reference of a dependent to the object that controls it (metav1.NewControllerRef)."""
    return {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: JSONObject) -> JSONObject | None:
    """The reference to the controlling owner, if there is one."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            result: JSONObject = reference
            return result
    return None


def is_controlled_by(obj: JSONObject, owner: JSONObject) -> bool:
    """Whether `owner`, by uid, controls `obj`."""
    reference = controller_of(obj)
    return reference is not None and reference["uid"] == owner["metadata"]["uid"]


def controller_key(obj: JSONObject, owner: Resource) -> tuple[str, str] | None:
    """Namespace and name of the controlling owner, if that is of the given kind."""
    reference = controller_of(obj)
    if reference is None or reference["kind"] != owner.kind:
        return None
    return obj["metadata"]["namespace"], reference["name"]


def is_deleting(obj: JSONObject) -> bool:
    """Whether the object is on its way out."""
    return "deletionTimestamp" in obj["metadata"]
