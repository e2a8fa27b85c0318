"""
The verb delete: an object goes at once, or is marked and waits for finalizers, grace or content.

Source: apiserver registry/rest/delete.go (BeforeDelete) and registry/generic/registry/store.go.
"""

import attrs

from simulator import failures
from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.storage.versions import Version
from simulator.timestamps import timestamp
from simulator.verbs import admit
from simulator.verbs.caller import Caller, DeleteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.lifecycle import admit_delete
from simulator.verbs.metadata import ordered
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import NAMESPACES, Served
from simulator.verbs.remove import remove
from simulator.verbs.update import is_released

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"

_FINISHED = ("Succeeded", "Failed")


def delete(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    options: DeleteOptions,
) -> Outcome:
    """
    Ask for an object to go.

    The answer is a Status when it has gone (of some kinds the object), else the object that waits.

    Raises:
        Refused: 403 (a namespace the cluster lives from), 404, 409 (preconditions).
    """
    live = get(cluster, served, namespace, name)
    admit_delete(served, name)
    write = admit.write_of(caller, served, "DELETE", None, live.object, dry_run=options.dry_run)
    admit.validated(cluster, served, write)
    _check_preconditions(served, live, options)
    marked = _marked(cluster, served, live, options)
    gone = is_released(served, marked)
    if options.dry_run:
        return _answer(served, Version("", marked, 0), gone=gone)
    # What goes at once is never seen marked, save a pod: it has a grace, if one of no seconds.
    if live.object != marked and (not gone or served.storage == "pods"):
        live = cluster.commit(caller, served, namespace, name, ordered(marked))
    if gone:
        live = remove(cluster, caller, served, live)
    return _answer(served, live, gone=gone)


def _check_preconditions(served: Served, live: Version, options: DeleteOptions) -> None:
    metadata = live.object["metadata"]
    if options.uid and options.uid != metadata["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record "
            f"({metadata['uid']}). The object might have been deleted and then recreated"
        )
        raise _precondition(served, metadata["name"], why)
    version = metadata["resourceVersion"]
    if options.resource_version and options.resource_version != version:
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match "
            f"the ResourceVersion in record ({version}). The object might have been modified"
        )
        raise _precondition(served, metadata["name"], why)


def _precondition(served: Served, name: str, why: str) -> Refused:
    return failures.conflict(served.resource, name, why, kind=served.resource.kind)


def _marked(cluster: Cluster, served: Served, live: Version, options: DeleteOptions) -> JSONObject:
    """The object with its deletion written down; nothing is stored yet."""
    obj = live.object
    if served.storage == NAMESPACES:
        return _marked_namespace(cluster, obj)
    finalizers = _finalizers(obj["metadata"], options.propagation)
    grace = _grace(served, obj, options)
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata:
        metadata = metadata | _mark(cluster, metadata, grace.seconds)
    elif grace.shortened:
        metadata = metadata | _deadline(cluster, grace.seconds)
    metadata = {key: value for key, value in metadata.items() if key != "finalizers"}
    if finalizers:
        metadata["finalizers"] = finalizers
    return obj | {"metadata": metadata}


@attrs.frozen
class _Grace:
    seconds: int
    shortened: bool = False


def _grace(served: Served, obj: JSONObject, options: DeleteOptions) -> _Grace:
    """The seconds an object has left: only pods have any; a later DELETE may but shorten them."""
    if served.storage != "pods":
        return _Grace(0)
    asked = options.grace_seconds
    running = obj["metadata"].get("deletionGracePeriodSeconds")
    if running is not None:
        if asked is not None and max(asked, 0) < running:
            return _Grace(max(asked, 0), shortened=True)
        return _Grace(running)
    if not obj["spec"].get("nodeName") or obj["status"].get("phase") in _FINISHED:
        return _Grace(0)
    own = obj["spec"].get("terminationGracePeriodSeconds", 30)
    return _Grace(max(own if asked is None else asked, 0))


def _mark(cluster: Cluster, metadata: JSONObject, grace: int) -> JSONObject:
    marks = _deadline(cluster, grace)
    if "generation" in metadata:
        marks["generation"] = metadata["generation"] + 1
    return marks


def _deadline(cluster: Cluster, grace: int) -> JSONObject:
    return {
        "deletionTimestamp": timestamp(cluster.clock.now() + grace),
        "deletionGracePeriodSeconds": grace,
    }


def _finalizers(metadata: JSONObject, propagation: str) -> list[str]:
    """The finalizers, with those of the garbage collector as the policy asks."""
    given = metadata.get("finalizers") or []
    kept = [item for item in given if item not in (ORPHAN, FOREGROUND)]
    match propagation:
        case "Orphan":
            return [*kept, ORPHAN]
        case "Foreground":
            return [*kept, FOREGROUND]
        case "Background":
            return kept
        case _:
            return list(given)


def _marked_namespace(cluster: Cluster, obj: JSONObject) -> JSONObject:
    """A namespace is Terminating until its content has gone and its finalizers with it."""
    if "deletionTimestamp" in obj["metadata"]:
        return obj
    metadata = obj["metadata"] | {"deletionTimestamp": cluster.now()}
    return obj | {"metadata": metadata, "status": obj["status"] | {"phase": "Terminating"}}


def _answer(served: Served, version: Version, *, gone: bool) -> Outcome:
    if not gone or served.returned:
        return Outcome(version)
    metadata = version.object["metadata"]
    return Outcome.of(failures.success(served.resource, metadata["name"], metadata["uid"]))
