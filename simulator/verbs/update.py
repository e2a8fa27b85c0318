"""
The common end of replace, patch and apply: a new state for an object that exists.

Source: apiserver registry/generic/registry/store.go (Update) and registry/rest/update.go.
"""

import attrs

from simulator import failures
from simulator.access import escalation
from simulator.admission.gates import without_gated
from simulator.jsontypes import JSONObject
from simulator.patches import structured
from simulator.storage.versions import Version
from simulator.verbs import admit, custom, quota
from simulator.verbs.allocate import allocate, keep_allocated
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.checks import admissible_change, with_defaults
from simulator.verbs.cluster import Cluster
from simulator.verbs.metadata import carried, ordered
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import DEFINITIONS, NAMESPACES, Served
from simulator.verbs.remove import remove
from simulator.verbs.strategies import carry


def update(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    live: Version,
    new: JSONObject,
    options: WriteOptions,
    *,
    subresource: str = "",
    applied: bool = False,
) -> Outcome:
    """
    Give `live` the state `new`, or the part of it that the subresource may change.

    A state equal to the stored one is answered and not stored. An object that is on its way out and
    has lost its last finalizer goes.

    Args:
        cluster: where.
        caller: for the journal.
        served: the resource.
        live: the state that `new` was made from.
        new: the whole object; what it says of server-written metadata is not believed, save that
            its uid must be the live one and its resourceVersion, if any, the newest.
        options: manager, dry run.
        subresource: `status`, `scale`, `finalize`, or empty for the object itself.
        applied: whether `new` has its managedFields from a server-side apply.

    Raises:
        Refused: 409 or 422.
    """
    old = live.object
    name = old["metadata"]["name"]
    given = new["metadata"].get("resourceVersion")
    if given not in (None, "", "0", old["metadata"]["resourceVersion"]):
        raise failures.stale(served.resource, name)
    metadata = carried(old["metadata"], new["metadata"])
    new = with_defaults(served, new | {"metadata": metadata}, old)
    new = _permitted(served, old, new, subresource)
    escalation.check(cluster.authorizer, caller.identity, served.storage, new, old)
    if not applied:
        scaled = subresource == "scale"
        new = structured.update(
            old,
            new,
            served.type,
            manager=options.manager,
            api_version=served.api_version,
            # The real server dates every entry but those that come through a Scale.
            now="" if scaled else cluster.now(),
            subresource=subresource,
            ignored={} if scaled else served.resource.reset_fields(subresource),
        )
    new = keep_allocated(served, without_gated(served.resource, new, old), old)
    write = admit.write_of(
        caller, served, "UPDATE", new, old, subresource=subresource, dry_run=options.dry_run
    )
    new = admit.mutated(cluster, served, new, write)
    admissible_change(served, new, old, subresource=subresource)
    admit.validated(cluster, served, attrs.evolve(write, object=new))
    released = is_released(served, new)
    new = allocate(cluster, served, new, old, dry_run=options.dry_run or released)
    if served.generational and _spec_differs(old, new):
        generation = old["metadata"].get("generation", 0) + 1
        new = new | {"metadata": new["metadata"] | {"generation": generation}}
    if structured.settled(old, new) is old:
        return Outcome(live)
    new = ordered(new)
    if options.dry_run:
        return Outcome.of(new)
    if released:
        remove(cluster, caller, served, live)
        # The answer is what was asked for, under the version that it was asked of.
        return Outcome.of(new)
    version = cluster.commit(caller, served, new["metadata"].get("namespace", ""), name, new)
    if served.storage == DEFINITIONS:
        custom.establish(cluster, version)
    quota.account(cluster, served, new, old)
    return Outcome(version)


def is_released(served: Served, obj: JSONObject) -> bool:
    """Whether an object is on its way out and nothing holds it: no finalizer, no grace."""
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    if served.storage == NAMESPACES and obj["spec"].get("finalizers"):
        return False
    return not metadata.get("deletionGracePeriodSeconds")


def _permitted(served: Served, old: JSONObject, new: JSONObject, subresource: str) -> JSONObject:
    """The part of a write that its endpoint lets through; the rest stays as it is."""
    match subresource:
        case "status":
            return _status_only(served, old, new)
        case "finalize":
            return old | {"spec": new.get("spec") or {}, "metadata": new["metadata"]}
        case _ if served.storage == NAMESPACES:
            return carry(old, carry(old, new, "spec"), "status")
        case _ if served.has("status"):
            return carry(old, new, "status")
        case _:
            return new


def _status_only(served: Served, old: JSONObject, new: JSONObject) -> JSONObject:
    """
    The new status on the old object.

    Built-in strategies let annotations through as well, which the Deployment controller needs;
    custom resources keep their metadata.
    """
    metadata = new["metadata"]
    kept = {key: value for key, value in old["metadata"].items() if key != "managedFields"}
    if "managedFields" in metadata:
        kept["managedFields"] = metadata["managedFields"]
    if served.definition is None:
        kept.pop("annotations", None)
        if metadata.get("annotations"):
            kept["annotations"] = metadata["annotations"]
    return carry(new, old, "status") | {"metadata": kept}


def _spec_differs(old: JSONObject, new: JSONObject) -> bool:
    """Whether anything but metadata and status differs."""
    for key in old.keys() | new.keys():
        if key not in ("metadata", "status") and old.get(key) != new.get(key):
            return True
    return False
