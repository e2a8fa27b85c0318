"""The verb update (PUT) of an object or a subresource; it never creates."""

from simulator import failures
from simulator.failures import Cause
from simulator.jsontypes import JSONObject
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import Served
from simulator.verbs.update import update


def replace(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    obj: JSONObject,
    options: WriteOptions,
    *,
    subresource: str = "",
) -> Outcome:
    """
    Put `obj` in the place of an object; without a resourceVersion whatever that holds.

    Raises:
        Refused: 404, 409, 422; custom resources demand a resourceVersion.
    """
    live = get(cluster, served, namespace, name)
    metadata = obj["metadata"]
    uid = metadata.get("uid") or live.uid
    if uid != live.uid:
        # The uid of a PUT is a precondition of the storage layer, whose text shines through.
        key = "/".join(filter(None, ["/registry", served.storage, namespace, name]))
        why = (
            f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, "
            f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, "
            f"UID in object meta: {live.uid}"
        )
        raise failures.conflict(served.resource, name, why)
    if served.definition is not None and not metadata.get("resourceVersion"):
        text = "Invalid value: 0: must be specified for an update"
        cause = Cause("FieldValueInvalid", text, "metadata.resourceVersion")
        raise failures.invalid(served.resource, name, [cause])
    return update(cluster, caller, served, live, obj, options, subresource=subresource)
