"""
The objects that a StatefulSet makes: its revisions, pods and claims. Pure.

Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go and pkg/controller/history.
"""

from collections.abc import Iterable

from simulator.controllers.catalog import CLAIM, CONTROLLER_REVISION, STATEFUL_SET
from simulator.controllers.ownership import controller_reference
from simulator.controllers.statefulset_plan import REVISION_LABEL
from simulator.controllers.templates import pod_from, short_hash
from simulator.jsontypes import JSONObject

_POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
_POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"


def revision_data(stateful_set: JSONObject) -> JSONObject:
    """What a ControllerRevision keeps of a StatefulSet: a patch that restores its template."""
    return {"spec": {"template": {**stateful_set["spec"]["template"], "$patch": "replace"}}}


def new_revision(stateful_set: JSONObject, number: int, collisions: int) -> JSONObject:
    """The ControllerRevision of the present template."""
    data = revision_data(stateful_set)
    text = short_hash(data, collisions)
    labels = stateful_set["spec"]["selector"].get("matchLabels") or {}
    return {
        "apiVersion": CONTROLLER_REVISION.api_version,
        "kind": CONTROLLER_REVISION.kind,
        "metadata": {
            "name": f"{stateful_set['metadata']['name']}-{text}",
            "namespace": stateful_set["metadata"]["namespace"],
            "labels": {**labels, "controller.kubernetes.io/hash": text},
            "ownerReferences": [controller_reference(STATEFUL_SET, stateful_set)],
        },
        "data": data,
        "revision": number,
    }


def find_revision(revisions: Iterable[JSONObject], stateful_set: JSONObject) -> JSONObject | None:
    """The revision of the present template; of several the newest."""
    data = revision_data(stateful_set)
    equal = [revision for revision in revisions if revision.get("data") == data]
    return max(equal, key=lambda revision: int(revision["revision"]), default=None)


def new_pod(stateful_set: JSONObject, ordinal: int, revision: JSONObject) -> JSONObject:
    """The pod of an ordinal, made from the template that a revision keeps."""
    name = pod_name(stateful_set, ordinal)
    template = revision["data"]["spec"]["template"]
    pod = pod_from(template, STATEFUL_SET, stateful_set)
    metadata = {key: value for key, value in pod["metadata"].items() if key != "generateName"}
    labels = {
        **(metadata.get("labels") or {}),
        _POD_INDEX_LABEL: str(ordinal),
        REVISION_LABEL: revision["metadata"]["name"],
        _POD_NAME_LABEL: name,
    }
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    for claim in claim_templates(stateful_set):
        volume = claim["metadata"]["name"]
        source = {"claimName": claim_name(claim, name)}
        volumes[volume] = {"name": volume, "persistentVolumeClaim": source}
    service = stateful_set["spec"].get("serviceName")
    spec = {
        **pod["spec"],
        "hostname": name,
        **({"subdomain": service} if service else {}),
        **({"volumes": list(volumes.values())} if volumes else {}),
    }
    return {
        **pod,
        "metadata": {
            "name": name,
            "generateName": f"{stateful_set['metadata']['name']}-",
            **metadata,
            "labels": labels,
        },
        "spec": spec,
    }


def pod_name(stateful_set: JSONObject, ordinal: int) -> str:
    """`db-0`."""
    return f"{stateful_set['metadata']['name']}-{ordinal}"


def claim_templates(stateful_set: JSONObject) -> list[JSONObject]:
    """The claims that each pod gets."""
    templates: list[JSONObject] = stateful_set["spec"].get("volumeClaimTemplates") or []
    return templates


def claim_name(template: JSONObject, pod: str) -> str:
    """`data-db-0`."""
    return f"{template['metadata']['name']}-{pod}"


def new_claim(stateful_set: JSONObject, template: JSONObject, pod: str) -> JSONObject:
    """A pod's claim. The StatefulSet does not own it: it outlives both, so that data is kept."""
    metadata = template["metadata"]
    selected = stateful_set["spec"]["selector"].get("matchLabels") or {}
    return {
        "apiVersion": CLAIM.api_version,
        "kind": CLAIM.kind,
        "metadata": {
            "name": claim_name(template, pod),
            "namespace": stateful_set["metadata"]["namespace"],
            "labels": {**(metadata.get("labels") or {}), **selected},
            **({"annotations": metadata["annotations"]} if metadata.get("annotations") else {}),
        },
        "spec": template["spec"],
    }
