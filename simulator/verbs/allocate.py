"""Cluster addresses and node ports of Services: taken with an object, given back with it."""

from simulator import failures
from simulator.admission.allocation import AllocationError, kept
from simulator.jsontypes import JSONObject
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served

_SERVICES = "services"


def keep_allocated(served: Served, new: JSONObject, old: JSONObject) -> JSONObject:
    """A changed Service with what it was given and the change does not speak of."""
    return kept(new, old) if served.storage == _SERVICES else new


def allocate(
    cluster: Cluster,
    served: Served,
    obj: JSONObject,
    old: JSONObject | None = None,
    *,
    dry_run: bool,
) -> JSONObject:
    """
    A new or changed Service with the address and ports that it needs; others as they are.

    Raises:
        Refused: 422, what it asks for is taken or out of range.
    """
    if served.storage != _SERVICES:
        return obj
    try:
        return cluster.allocator.allocated(obj, old, dry_run=dry_run)
    except AllocationError as error:
        name = obj["metadata"]["name"]
        raise failures.invalid(served.resource, name, error.causes) from error


def free(cluster: Cluster, served: Served, obj: JSONObject) -> None:
    """Take back what a Service held that goes."""
    if served.storage == _SERVICES:
        cluster.allocator.release(obj)
