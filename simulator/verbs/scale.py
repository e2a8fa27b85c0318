"""
The subresource scale: the replicas of a workload, whatever its kind.

Source: pkg/registry/apps/deployment/storage/storage.go (ScaleREST).
"""

import attrs

from simulator import failures
from simulator.admission import strict
from simulator.failures import Cause
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.canonical import MismatchError, canonical
from simulator.kinds.schemas import type_of
from simulator.kinds.types import Struct
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.outcome import Outcome
from simulator.verbs.patch import PatchType, patched
from simulator.verbs.registry import Served
from simulator.verbs.update import update

_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


@attrs.frozen
class _ScaleKind:
    group: str = "autoscaling"
    kind: str = "Scale"
    plural: str = "scales"


def _type() -> Struct:
    return type_of("autoscaling/v1", "Scale")


def get_scale(cluster: Cluster, served: Served, namespace: str, name: str) -> Outcome:
    """
    The scale of a workload.

    Raises:
        Refused: 404.
    """
    return Outcome.of(_scale(get(cluster, served, namespace, name).object))


def _scale(obj: JSONObject) -> JSONObject:
    metadata = obj["metadata"]
    labels = obj["spec"]["selector"].get("matchLabels") or {}
    status: JSONObject = {"replicas": (obj.get("status") or {}).get("replicas", 0)}
    if labels:
        status["selector"] = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
    replicas = obj["spec"].get("replicas", 0)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in _SHOWN if key in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def replace_scale(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    scale: JSONObject,
    options: WriteOptions,
) -> Outcome:
    """
    Set the replicas of a workload to those of `scale`.

    Raises:
        Refused: 400, it is no Scale; 404, 409, 422.
    """
    live = get(cluster, served, namespace, name)
    try:
        scale = canonical(scale, _type()).object
    except MismatchError as error:
        raise failures.bad_request(strict.undecodable("Scale", "v1", str(error))) from error
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        text = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise failures.invalid(
            _ScaleKind(), name, [Cause("FieldValueInvalid", text, "spec.replicas")]
        )
    metadata = live.object["metadata"]
    if version := (scale.get("metadata") or {}).get("resourceVersion"):
        metadata = metadata | {"resourceVersion": version}
    new = live.object | {
        "metadata": metadata,
        "spec": live.object["spec"] | {"replicas": replicas},
    }
    outcome = update(cluster, caller, served, live, new, options, subresource="scale")
    return Outcome.of(_scale(outcome.object))


def patch_scale(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    change: JSONValue,
    options: WriteOptions,
    *,
    form: PatchType,
) -> Outcome:
    """
    Patch the scale of a workload.

    Raises:
        Refused: 400, 404, 409, 422.
    """
    scale = _scale(get(cluster, served, namespace, name).object)
    new = patched(_type(), scale, change, form)
    return replace_scale(cluster, caller, served, namespace, name, new, options)
