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
    return Outcome.of(_scale(served, get(cluster, served, namespace, name).object))


@attrs.frozen
class _Paths:
    """Where a kind keeps what a Scale tells; a custom kind says so in its definition."""

    replicas: str = "spec.replicas"
    current: str = "status.replicas"
    selector: str = ""
    """Of a text in a custom kind; empty for the selector of built-in kinds."""


def _paths(served: Served) -> _Paths:
    scale = served.definition.scale if served.definition else None
    if scale is None:
        return _Paths()
    return _Paths(
        scale["specReplicasPath"].removeprefix("."),
        scale["statusReplicasPath"].removeprefix("."),
        scale.get("labelSelectorPath", "").removeprefix("."),
    )


def _at(obj: JSONValue, path: str) -> JSONValue:
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def _with(obj: JSONObject, path: str, value: JSONValue) -> JSONObject:
    name, _, rest = path.partition(".")
    if not rest:
        return obj | {name: value}
    inner = obj.get(name)
    return obj | {name: _with(inner if isinstance(inner, dict) else {}, rest, value)}


def _scale(served: Served, obj: JSONObject) -> JSONObject:
    metadata, paths = obj["metadata"], _paths(served)
    status: JSONObject = {"replicas": _at(obj, paths.current) or 0}
    if selector := _selector(served, obj, paths):
        status["selector"] = selector
    replicas = _at(obj, paths.replicas) or 0
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in _SHOWN if key in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector(served: Served, obj: JSONObject, paths: _Paths) -> str:
    if served.definition is not None:
        return str(_at(obj, paths.selector) or "") if paths.selector else ""
    selector = obj["spec"].get("selector") or {}
    # A ReplicationController's is the labels themselves.
    plain = obj["kind"] == "ReplicationController"
    labels = selector if plain else selector.get("matchLabels") or {}
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels))


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
    new = _with(live.object | {"metadata": metadata}, _paths(served).replicas, replicas)
    outcome = update(cluster, caller, served, live, new, options, subresource="scale")
    return Outcome.of(_scale(served, outcome.object))


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
    scale = _scale(served, get(cluster, served, namespace, name).object)
    new = patched(_type(), scale, change, form)
    return replace_scale(cluster, caller, served, namespace, name, new, options)
