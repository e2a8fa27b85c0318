"""
The verb apply: a PATCH that creates or updates, and records who owns which field.

Its fences, as measured on a real server: a resourceVersion is compared only with an object that
exists, so `"1"`, which no object has, means create-only; a uid demands that the object exists.
Source: apiserver endpoints/handlers/patch.go (applyPatcher).
"""

from simulator import failures
from simulator.access.attributes import Attributes, denied
from simulator.jsontypes import JSONObject
from simulator.patches import structured
from simulator.patches.errors import ApplyConflict, TypedPatchError
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.checks import same_name
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import insert
from simulator.verbs.outcome import Outcome
from simulator.verbs.patch import same_identity
from simulator.verbs.registry import Served
from simulator.verbs.update import update


def apply(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    applied: JSONObject,
    options: WriteOptions,
    *,
    subresource: str = "",
) -> Outcome:
    """
    Make the object hold what `applied` says, as one manager's intent.

    Raises:
        Refused: 400, 403, 404 (namespace, or the object of a subresource), 409, 422; 500 when
            `applied` has fields or repeated list keys that its type does not allow.
    """
    same_identity(served, {"metadata": {"name": name} | applied["metadata"]}, namespace, name)
    if applied["metadata"].get("managedFields"):
        raise failures.bad_request("metadata.managedFields must be nil")
    live = cluster.get(served, namespace, name)
    if live is None:
        if subresource:
            raise failures.not_found(served.resource, name)
        if uid := applied["metadata"].get("uid"):
            why = (
                f"uid mismatch: the provided object specified uid {uid}, "
                "and no existing object was found"
            )
            raise failures.conflict(served.resource, name, why)
        _authorize_create(cluster, caller, served, namespace, name)
    try:
        new = structured.apply(
            live.object if live else None,
            applied,
            served.type,
            manager=options.manager,
            api_version=served.api_version,
            now=cluster.now(),
            force=options.force,
            subresource=subresource,
            ignored=served.resource.reset_fields(subresource),
        )
    except ApplyConflict as error:
        raise failures.apply_conflict(error.message, error.conflicts) from error
    except TypedPatchError as error:
        raise failures.internal(error.message) from error
    if live is None:
        same_name(new["metadata"], name)
        return insert(cluster, caller, served, namespace, new, options, applied=True)
    return update(
        cluster, caller, served, live, new, options, subresource=subresource, applied=True
    )


def _authorize_create(
    cluster: Cluster, caller: Caller, served: Served, namespace: str, name: str
) -> None:
    """
    An apply that creates needs the right to create beside the one to patch.

    Raises:
        Refused: 403, in which the server gives no reason unless a role is missing.
    """
    resource = served.resource
    asked = Attributes(
        verb="create",
        group=resource.group,
        version=resource.version,
        resource=resource.plural,
        namespace=namespace,
        name=name,
    )
    decision = cluster.authorizer.decide(caller.identity, asked)
    if not decision.allowed:
        raise denied(asked, decision.reason)
