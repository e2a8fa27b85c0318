"""
What admission does to a new PersistentVolumeClaim: the plugin DefaultStorageClass.

Source: plugin/pkg/admission/storage/storageclass/setdefault.
"""

from simulator.jsontypes import JSONObject
from simulator.kinds.storage_classes import class_of, default_class
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served

_CLASSES = "storage.k8s.io/storageclasses"


def with_default_class(cluster: Cluster, served: Served, obj: JSONObject) -> JSONObject:
    """A new claim with the default class if it names none and there is one; others as they are."""
    if served.storage != "persistentvolumeclaims" or class_of(obj) is not None:
        return obj
    found = default_class(version.object for version in cluster.store.items(_CLASSES))
    if found is None:
        return obj
    return obj | {"spec": obj["spec"] | {"storageClassName": found["metadata"]["name"]}}
