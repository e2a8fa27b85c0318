"""
The verb create, and the part of apply that makes a new object.

Source: apiserver registry/rest/create.go (BeforeCreate) and registry/generic/registry/store.go.
"""

import attrs

from simulator import failures
from simulator.access import escalation
from simulator.admission.gates import without_gated
from simulator.jsontypes import JSONObject
from simulator.patches import structured
from simulator.ports import Refused
from simulator.storage.versions import Version
from simulator.verbs import admit, custom, quota
from simulator.verbs.allocate import allocate
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.checks import admissible_new, with_defaults
from simulator.verbs.cluster import Cluster
from simulator.verbs.lifecycle import admit_create
from simulator.verbs.metadata import ordered, without_system
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import DEFINITIONS, Served
from simulator.verbs.strategies import prepare_create

_GENERATED_NAME_TRIES = 8


def create(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    obj: JSONObject,
    options: WriteOptions,
) -> Outcome:
    """
    Make a new object.

    Raises:
        Refused: 400, 403, 404 (its namespace), 409 (it exists), 422; 500 if it has a version.
    """
    if obj["metadata"].get("resourceVersion") not in (None, "", "0"):
        raise failures.internal("resourceVersion should not be set on objects to be created")
    return insert(cluster, caller, served, namespace, obj, options)


def insert(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    obj: JSONObject,
    options: WriteOptions,
    *,
    applied: bool = False,
) -> Outcome:
    """
    Make a new object of what a create or (`applied`) an apply has sent.

    An applied object comes with its managedFields; for others they are made here.
    """
    obj = _named(cluster, served, namespace, obj)
    name = obj["metadata"].get("name", "")
    admit_create(cluster, served, namespace, name)
    if served.has("status") and "status" in obj:
        # What a new object says of its status is not believed, only decoded.
        obj = {key: value for key, value in obj.items() if key != "status"}
    obj = with_defaults(served, obj)
    escalation.check(cluster.authorizer, caller.identity, served.storage, obj)
    if not applied:
        obj = structured.update(
            None,
            obj,
            served.type,
            manager=options.manager,
            api_version=served.api_version,
            now=cluster.now(),
            ignored=served.resource.reset_fields(),
        )
    obj = admit.completed(cluster, served, without_gated(served.resource, obj))
    dry_run = options.dry_run
    write = admit.write_of(caller, served, "CREATE", obj, dry_run=dry_run)
    obj = prepare_create(served.storage, admit.mutated(cluster, served, obj, write))
    if served.generational:
        obj = obj | {"metadata": obj["metadata"] | {"generation": 1}}
    admissible_new(served, obj)
    admit.validated(cluster, served, attrs.evolve(write, object=obj))
    if (existing := cluster.get(served, namespace, name)) is not None:
        raise _exists(served, name, existing)
    obj = allocate(cluster, served, obj, dry_run=dry_run)
    return _stored(cluster, caller, served, obj, options)


def _named(cluster: Cluster, served: Served, namespace: str, obj: JSONObject) -> JSONObject:
    """The object with the metadata that the server gives to a new one."""
    metadata = without_system(obj["metadata"])
    if served.resource.namespaced:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    base = metadata.get("generateName", "")
    if base and not metadata.get("name"):
        metadata["name"] = _free_name(cluster, served, namespace, base)
    metadata |= {"uid": cluster.new_uid(), "creationTimestamp": cluster.now()}
    return obj | {"metadata": metadata}


def _free_name(cluster: Cluster, served: Served, namespace: str, base: str) -> str:
    """A generated name; taken ones are drawn again a few times, then the last one stands."""
    name = cluster.generated_name(base)
    for _ in range(_GENERATED_NAME_TRIES - 1):
        if cluster.get(served, namespace, name) is None:
            break
        name = cluster.generated_name(base)
    return name


def _exists(served: Served, name: str, existing: Version) -> Refused:
    if "deletionTimestamp" in existing.object["metadata"]:
        return failures.being_deleted(served.resource, name)
    return failures.already_exists(served.resource, name)


def _stored(
    cluster: Cluster, caller: Caller, served: Served, obj: JSONObject, options: WriteOptions
) -> Outcome:
    obj = ordered(obj)
    if options.dry_run:
        return Outcome.of(obj, 201)
    metadata = obj["metadata"]
    version = cluster.commit(caller, served, metadata.get("namespace", ""), metadata["name"], obj)
    if served.storage == DEFINITIONS:
        custom.establish(cluster, version)
    quota.account(cluster, served, obj)
    return Outcome(version, 201)
