"""
What a user means by an object: whose it is, what it asks for, and whether it is in order.

Two runs that end with the same objects were struck at different moments: names that were drawn,
addresses that were handed out, and traces of what was there before, are left out. Pure.
"""

from collections.abc import Mapping
from typing import Final

from simulator.chaos.checks import kinds
from simulator.jsontypes import FrozenJSON, JSONObject

_NOT_ASKED_FOR: Final = frozenset(
    {
        # What controllers keep of templates that ran before; what runs now is told by its pods.
        "controllerrevisions",
        "replicasets",
        # What follows from pods, with the addresses that those were given.
        "endpoints",
        "endpointslices",
        # What was said on the way.
        "events",
        # Of the cluster, or of whoever writes at present.
        "nodes",
        "leases",
    }
)

_DRAWN: Final = frozenset(
    {"clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "volumeName"}
)
"""Fields at any depth: handed out by the API server or a provisioner."""

_LABELS: Final = frozenset(
    {
        # Hashes of templates.
        "pod-template-hash",
        "controller-revision-hash",
        # Opaque: with which manifest a Service was written last, though it asks for the same since.
        "akash.network/manifest.resource.version",
    }
)

_ANNOTATIONS: Final = frozenset(
    {
        # How many templates there were before this one.
        "deployment.kubernetes.io/revision",
        # The group before the one on record: which of them got so far is a matter of the moment.
        "leasekeeper.akash.network/accepted",
    }
)

_TIMED: Final = frozenset({kinds.CLOSING, kinds.CLOSE_OWED})
"""Annotations that say since when; that they are there is what counts."""


def essence(resource: str, obj: FrozenJSON) -> JSONObject | None:
    """
    What is meant by an object.

    Args:
        resource: `group/version/plural`.
        obj: as the API server shows it.

    Returns:
        JSON that is the same for two objects that mean the same; None for one that nobody asked for.
    """
    plural = kinds.plural_of(resource)
    if plural in _NOT_ASKED_FOR:
        return None
    if plural == "pods":
        return _pod(obj)
    if plural == "persistentvolumes":
        return _volume(obj)
    metadata = obj["metadata"]
    found = {
        **_place(obj),
        "name": metadata["name"],
        "content": _undrawn(
            {
                key: value
                for key, value in obj.items()
                if key not in ("apiVersion", "kind", "metadata", "status")
            }
        ),
    }
    if resource in kinds.WORKLOADS:
        found["ready"] = kinds.is_ready(obj)
    return found


def _place(obj: FrozenJSON) -> JSONObject:
    """Where it belongs, what is noted on it, and whether it is on its way out."""
    metadata = obj["metadata"]
    labels: Mapping[str, str] = metadata.get("labels") or {}
    notes: Mapping[str, str] = metadata.get("annotations") or {}
    return {
        "namespace": metadata.get("namespace"),
        "labels": {key: value for key, value in labels.items() if key not in _LABELS},
        "annotations": {
            key: "" if key in _TIMED else value
            for key, value in notes.items()
            if key not in _ANNOTATIONS
        },
        "leaving": kinds.is_leaving(obj),
        "phase": (obj.get("status") or {}).get("phase"),
    }


def _pod(obj: FrozenJSON) -> JSONObject:
    """A pod by what it runs: its name, its node and its address are drawn."""
    containers = obj["spec"].get("containers") or ()
    return {
        **_place(obj),
        "containers": [{"name": one["name"], "image": one.get("image")} for one in containers],
        "generation": kinds.generation_of_pod(obj["spec"]),
        "ready": kinds.ready_pod(obj),
    }


def _volume(obj: FrozenJSON) -> JSONObject:
    """A volume by whose it is: its names are made of its claim's uid."""
    spec = obj["spec"]
    claim = spec.get("claimRef") or {}
    return {
        **_place(obj),
        "claim": [claim.get("namespace"), claim.get("name")],
        "capacity": spec.get("capacity"),
        "class": spec.get("storageClassName"),
        "policy": spec.get("persistentVolumeReclaimPolicy"),
    }


def _undrawn(value: object) -> object:
    if isinstance(value, dict):
        return {key: _undrawn(item) for key, item in value.items() if key not in _DRAWN}
    if isinstance(value, list):
        return [_undrawn(item) for item in value]
    return value
