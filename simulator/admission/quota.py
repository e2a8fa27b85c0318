"""
ResourceQuotas: what an object uses of what is limited, and whether there is room for it; pure.

Amounts are exact numbers by the names that quotas use: `pods`, `requests.cpu`, `count/secrets`.

Source: apiserver pkg/admission/plugin/resourcequota/controller.go, pkg/quota/v1/evaluator/core.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.kinds.quantities import canonical, parse
from simulator.kinds.storage_classes import class_of

Amounts = dict[str, Fraction]

_ONE = Fraction(1)
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_EXPLICIT = frozenset(
    {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
)
"""Where a quota has one of these, every container must say how much it wants."""
_FINISHED = ("Succeeded", "Failed")
_CLASS = ".storageclass.storage.k8s.io/"

_COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
)
"""Resources that a quota can also count under their plain name."""


def hard(quota: FrozenJSON) -> Amounts:
    """The limits of a quota."""
    return {name: parse(value) for name, value in (quota["spec"].get("hard") or {}).items()}


def usage(storage: str, obj: FrozenJSON) -> Amounts:
    """
    What one object uses.

    Args:
        storage: `group/plural` of its resource, the plural alone in the core group.
        obj: with its defaults.
    """
    group, _, plural = storage.rpartition("/")
    used: Amounts = {f"count/{plural}.{group}" if group else f"count/{plural}": _ONE}
    if storage in _COUNTED:
        used[storage] = _ONE
    extra = _USAGE.get(storage)
    return used | extra(obj) if extra else used


def _pod(obj: FrozenJSON) -> Amounts:
    if obj.get("status", {}).get("phase") in _FINISHED:
        return {}
    used: Amounts = {"pods": _ONE}
    for side in ("requests", "limits"):
        for name, amount in _together(obj["spec"], side).items():
            used[f"{side}.{name}"] = amount
            if side == "requests" and name in _COMPUTE:
                used[name] = amount
    return used


def _together(spec: FrozenJSON, side: str) -> Amounts:
    """What a pod's containers want together, or a larger init container, and the pod beside them."""
    result: Amounts = {}
    for container in spec["containers"]:
        for name, amount in _amounts(container, side).items():
            result[name] = result.get(name, Fraction()) + amount
    for container in spec.get("initContainers") or ():
        for name, amount in _amounts(container, side).items():
            result[name] = max(result.get(name, Fraction()), amount)
    for name, value in (spec.get("overhead") or {}).items():
        result[name] = result.get(name, Fraction()) + parse(value)
    return result


def _amounts(container: FrozenJSON, side: str) -> Amounts:
    given = (container.get("resources") or {}).get(side) or {}
    return {name: parse(value) for name, value in given.items()}


def _claim(obj: FrozenJSON) -> Amounts:
    requests = (obj["spec"].get("resources") or {}).get("requests") or {}
    size = parse(requests.get("storage", "0"))
    used = {"requests.storage": size}
    if name := class_of(dict(obj)):
        used[f"{name}{_CLASS}requests.storage"] = size
        used[f"{name}{_CLASS}persistentvolumeclaims"] = _ONE
    return used


def _service(obj: FrozenJSON) -> Amounts:
    spec = obj["spec"]
    used: Amounts = {}
    if spec["type"] in ("NodePort", "LoadBalancer"):
        balanced = spec["type"] == "LoadBalancer"
        ports = len(spec.get("ports") or ())
        if not balanced or spec.get("allocateLoadBalancerNodePorts", True):
            used["services.nodeports"] = Fraction(ports)
        if balanced:
            used["services.loadbalancers"] = _ONE
    return used


_USAGE: Mapping[str, Callable[[FrozenJSON], Amounts]] = {
    "pods": _pod,
    "persistentvolumeclaims": _claim,
    "services": _service,
}


def covers(quota: FrozenJSON, storage: str, obj: FrozenJSON) -> bool:
    """Whether a quota's scopes take an object in; scopes speak of pods alone."""
    scopes = quota["spec"].get("scopes") or ()
    if not scopes:
        return True
    if storage != "pods":
        return False
    spec = obj["spec"]
    best_effort = not any(
        (container.get("resources") or {}).get(side)
        for container in [*spec["containers"], *(spec.get("initContainers") or ())]
        for side in ("requests", "limits")
    )
    terminating = spec.get("activeDeadlineSeconds") is not None
    holds = {
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
        "Terminating": terminating,
        "NotTerminating": not terminating,
    }
    return all(holds.get(scope, False) for scope in scopes)


def used(quota: FrozenJSON, objects: Iterable[tuple[str, FrozenJSON]]) -> JSONObject:
    """The `status.used` of a quota: every limited resource, over (storage, object) pairs."""
    total = dict.fromkeys(hard(quota), Fraction())
    for storage, obj in objects:
        _add(total, quota, storage, obj, 1)
    return _shown(total)


def changed(
    quota: FrozenJSON, storage: str, new: FrozenJSON | None, old: FrozenJSON | None
) -> JSONObject:
    """The `status.used` of a quota whose status was up to date before `old` became `new`."""
    total = {name: parse(value) for name, value in quota["status"]["used"].items()}
    if old is not None:
        _add(total, quota, storage, old, -1)
    if new is not None:
        _add(total, quota, storage, new, 1)
    return _shown(total)


def _add(total: Amounts, quota: FrozenJSON, storage: str, obj: FrozenJSON, sign: int) -> None:
    if covers(quota, storage, obj):
        for name, amount in usage(storage, obj).items():
            if name in total:
                total[name] += sign * amount


def _shown(amounts: Amounts) -> JSONObject:
    return {name: written(name, amounts[name]) for name in sorted(amounts)}


def refusal(quota: FrozenJSON, storage: str, new: FrozenJSON, old: FrozenJSON | None = None) -> str:
    """Why a quota, with its status up to date, has no room for a new or changed object; "" if it has."""
    if not covers(quota, storage, new):
        return ""
    limits, name = hard(quota), quota["metadata"]["name"]
    if old is None and (unsaid := _unsaid(storage, new, limits)):
        return f"failed quota: {name}: must specify {unsaid}"
    before = usage(storage, old) if old is not None else {}
    wanted = {
        key: amount - before.get(key, Fraction())
        for key, amount in usage(storage, new).items()
        if key in limits
    }
    taken = {key: parse(value) for key, value in (quota["status"].get("used") or {}).items()}
    exceeded = sorted(
        key
        for key, amount in wanted.items()
        if amount > 0 and taken.get(key, Fraction()) + amount > limits[key]
    )
    if not exceeded:
        return ""
    shown = [
        ",".join(f"{key}={written(key, amounts.get(key, Fraction()))}" for key in exceeded)
        for amounts in (wanted, taken, limits)
    ]
    return f"exceeded quota: {name}, requested: {shown[0]}, used: {shown[1]}, limited: {shown[2]}"


def _unsaid(storage: str, obj: FrozenJSON, limits: Amounts) -> str:
    """`limits.cpu for: a,b; requests.cpu for: a`: what containers leave open and may not."""
    if storage != "pods":
        return ""
    missing = []
    for name in sorted(_EXPLICIT & limits.keys()):
        side, _, resource = name.rpartition(".")
        containers = [*obj["spec"]["containers"], *(obj["spec"].get("initContainers") or ())]
        silent = sorted(
            container["name"]
            for container in containers
            if resource not in _amounts(container, side or "requests")
        )
        if silent:
            missing.append(f"{name} for: {','.join(silent)}")
    return "; ".join(missing)


def written(name: str, amount: Fraction) -> str:
    """An amount as the server writes it: bytes by powers of 1024 where that comes out even."""
    kibi = amount / 1024
    if (
        amount
        and kibi.denominator == 1
        and ("memory" in name or "storage" in name.split(_CLASS)[-1])
    ):
        return canonical(f"{kibi}Ki")
    return canonical(f"{int(amount * 1000)}m")
