"""What the registry and admission add to a pod: tolerations, class of service, phase."""

from collections.abc import Iterator

from simulator.jsontypes import JSONObject

_TOLERATION_SECONDS = 300
"""How long a pod stays on a node that stopped answering (DefaultTolerationSeconds)."""
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def prepare_pod(obj: JSONObject) -> JSONObject:
    """A new pod, after defaults, as it goes into the store."""
    spec = dict(obj["spec"])
    spec["tolerations"] = [*(spec.get("tolerations") or []), *_missing_tolerations(spec)]
    return obj | {"spec": spec, "status": {"phase": "Pending", "qosClass": service_class(spec)}}


def _missing_tolerations(spec: JSONObject) -> Iterator[JSONObject]:
    given = spec.get("tolerations") or []
    for key in _TOLERATED:
        if not any(_covers(toleration, key) for toleration in given):
            yield {
                "effect": "NoExecute",
                "key": key,
                "operator": "Exists",
                "tolerationSeconds": _TOLERATION_SECONDS,
            }


def _covers(toleration: JSONObject, key: str) -> bool:
    same_key = toleration.get("key") == key or not toleration.get("key")
    return same_key and toleration.get("effect", "NoExecute") == "NoExecute"


def service_class(spec: JSONObject) -> str:
    """`status.qosClass` by the containers' requests and limits of cpu and memory."""
    containers = [*(spec["containers"] or []), *(spec.get("initContainers") or [])]
    resources = [container.get("resources") or {} for container in containers]
    given = [_counted(item.get(side)) for item in resources for side in ("requests", "limits")]
    if not any(given):
        return "BestEffort"
    limits = [_counted(item.get("limits")) for item in resources]
    requests = [
        _counted(item.get("requests")) or limit
        for item, limit in zip(resources, limits, strict=True)
    ]
    full = all(len(limit) == len(_COUNTED) for limit in limits)
    return "Guaranteed" if full and requests == limits else "Burstable"


_COUNTED = ("cpu", "memory")


def _counted(quantities: JSONObject | None) -> dict[str, str]:
    return {name: value for name, value in (quantities or {}).items() if name in _COUNTED}
