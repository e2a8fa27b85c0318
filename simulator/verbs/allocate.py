"""Cluster addresses and node ports of Services: taken with an object, given back with it."""

from simulator.jsontypes import JSONObject
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served

SERVICES = "services"


def allocate_new(cluster: Cluster, served: Served, obj: JSONObject, *, dry_run: bool) -> JSONObject:
    return obj


def allocate_changed(
    cluster: Cluster, served: Served, new: JSONObject, old: JSONObject, *, dry_run: bool
) -> JSONObject:
    return new


def free(cluster: Cluster, served: Served, obj: JSONObject) -> None:
    pass
