"""The kinds that controllers read and write, each a row of `kinds.resources`."""

from collections.abc import Iterable, Iterator

from simulator.jsontypes import JSONObject
from simulator.kinds.resources import BUILT_IN, Resource, by_kind


def _row(api_version: str, kind: str) -> Resource:
    row = by_kind(api_version, kind)
    assert row is not None, f"the API serves no {kind} in {api_version}"
    return row


CLAIM = _row("v1", "PersistentVolumeClaim")
CONFIG_MAP = _row("v1", "ConfigMap")
CONTROLLER_REVISION = _row("apps/v1", "ControllerRevision")
CUSTOM_RESOURCE_DEFINITION = _row("apiextensions.k8s.io/v1", "CustomResourceDefinition")
DEPLOYMENT = _row("apps/v1", "Deployment")
ENDPOINTS = _row("v1", "Endpoints")
ENDPOINT_SLICE = _row("discovery.k8s.io/v1", "EndpointSlice")
EVENT = _row("v1", "Event")
JOB = _row("batch/v1", "Job")
LEASE = _row("coordination.k8s.io/v1", "Lease")
NAMESPACE = _row("v1", "Namespace")
NODE = _row("v1", "Node")
POD = _row("v1", "Pod")
REPLICA_SET = _row("apps/v1", "ReplicaSet")
SERVICE = _row("v1", "Service")
SERVICE_ACCOUNT = _row("v1", "ServiceAccount")
STATEFUL_SET = _row("apps/v1", "StatefulSet")
STORAGE_CLASS = _row("storage.k8s.io/v1", "StorageClass")
VOLUME = _row("v1", "PersistentVolume")


def defined(definition: JSONObject) -> Iterator[Resource]:
    """The resources that a CustomResourceDefinition adds, one for the version it stores."""
    spec = definition["spec"]
    for version in spec["versions"]:
        if version.get("served") and version.get("storage"):
            yield Resource(
                group=spec["group"],
                version=version["name"],
                kind=spec["names"]["kind"],
                plural=spec["names"]["plural"],
                singular=spec["names"].get("singular", ""),
                namespaced=spec["scope"] == "Namespaced",
                custom=True,
            )


def everything(definitions: Iterable[JSONObject]) -> tuple[Resource, ...]:
    """All resources that are served: the built-in ones, then the defined ones by name."""
    by_name = sorted(definitions, key=lambda definition: definition["metadata"]["name"])
    return (*BUILT_IN, *(row for definition in by_name for row in defined(definition)))
