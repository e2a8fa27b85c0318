"""A cluster as JSON, and back: objects with their uids and versions, and how far the revisions got."""

from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.verbs.cluster import Cluster
from simulator.verbs.definitions import definitions_of
from simulator.verbs.registry import DEFINITIONS


def dump(cluster: Cluster) -> JSONObject:
    """All that a cluster holds; shares its objects."""
    return {"revision": cluster.store.revision, "objects": cluster.store.contents()}


def load(cluster: Cluster, saved: FrozenJSON) -> None:
    """
    Fill a new cluster with what `dump` gave; it goes on where the other one stood.

    Clients that watch from an older revision are told that it is gone, and list again. Uids and
    names are drawn anew, from the seed and the revision, so that none comes twice.

    Raises:
        KeyError, TypeError, ValueError: `saved` is not what `dump` gives.
    """
    revision = int(saved["revision"])
    cluster.draw_from(f"{cluster.seed}/{revision}")
    cluster.store.restore(saved["objects"], revision)
    for version in cluster.store.items(DEFINITIONS):
        for definition in definitions_of(version.object):
            cluster.registry.define(definition)
    for version in cluster.store.items("services"):
        # What a Service names already is taken as it is.
        cluster.allocator.allocated(version.object)
