"""The volume of a claim, and what both say once they are bound. Pure."""

from simulator.controllers import claim_facts
from simulator.controllers.catalog import CLAIM, VOLUME
from simulator.jsontypes import JSONObject

_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_BOUND = "pv.kubernetes.io/bind-completed"
_BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"


def new_volume(claim: JSONObject, storage_class: JSONObject) -> JSONObject:
    """The volume that a provisioner makes for a claim: `pvc-<the claim's uid>`."""
    metadata, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{metadata['uid']}"
    return {
        "apiVersion": VOLUME.api_version,
        "kind": VOLUME.kind,
        "metadata": {
            "name": name,
            "annotations": {_PROVISIONED_BY: storage_class["provisioner"]},
        },
        "spec": {
            "capacity": {"storage": claim_facts.size(claim)},
            "csi": {"driver": storage_class["provisioner"], "volumeHandle": name},
            "accessModes": spec["accessModes"],
            "claimRef": {
                "kind": CLAIM.kind,
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "apiVersion": CLAIM.api_version,
                "resourceVersion": metadata["resourceVersion"],
            },
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": storage_class["metadata"]["name"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
        },
    }


def bound_claim(claim: JSONObject, volume: JSONObject) -> JSONObject:
    """The claim with its volume's name."""
    annotations = {
        **(claim["metadata"].get("annotations") or {}),
        _BOUND: "yes",
        _BOUND_BY_CONTROLLER: "yes",
    }
    return {
        **claim,
        "metadata": {**claim["metadata"], "annotations": annotations},
        "spec": {**claim["spec"], "volumeName": volume["metadata"]["name"]},
    }


def bound_status(claim: JSONObject) -> JSONObject:
    """The status of a claim that has its volume."""
    return {
        "phase": "Bound",
        "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": claim_facts.size(claim)},
    }
