"""
Nodes and pods as the capacity book sees them: what there is, what is asked for, and of which kind.

Amounts are whole numbers by resource name: `cpu` in thousandths of a core, `memory` and
`ephemeral-storage` in bytes, GPUs and `pods` in pieces. Pure.

Source: Akash provider, `operator/inventory`, for the labels of nodes; k8s.io/component-helpers,
`resource.PodRequests`, for what a pod asks for.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

import attrs

from provider.jsontypes import FrozenJSON
from provider.lease.quantity import QuantityError, parse
from provider.workload import labels
from provider.workload.graphics import RESOURCES

Amounts = dict[str, int]
"""By resource name; what is missing is 0."""

CPU = "cpu"
MEMORY = "memory"
EPHEMERAL = "ephemeral-storage"
PODS = "pods"
COUNTED = frozenset({CPU, MEMORY, EPHEMERAL, PODS, *RESOURCES.values()})

_SANE_MAX = 2**62
"""More of anything is the mistake of a device plugin: -1 read as unsigned, for instance."""

_GPU_LABEL = re.compile(
    r"akash\.network/capabilities\.gpu\.vendor\.(?P<vendor>[^.]+)\.model\.(?P<model>.+?)"
    r"(\.ram\.(?P<ram>[^.]+))?(\.interface\.(?P<interface>[^.]+))?"
)
_CLASS_LABEL = f"{labels.STORAGE_CAPABILITY}.class."


@attrs.frozen
class Card:
    """One kind of GPU on one node; counts come from labels and are by description."""

    vendor: str
    model: str
    count: int
    rams: Mapping[str, int]
    """How many have so much memory, by the label's own spelling (`80Gi`)."""
    interfaces: Mapping[str, int]
    """How many have this interface, by the label's own spelling."""


@attrs.frozen
class Node:
    """One node, as of its newest observation."""

    name: str
    allocatable: Amounts
    closed: str = ""
    """Why it takes nothing new; "" when it does."""
    classes: frozenset[str] = frozenset()
    """Storage classes that it offers."""
    cards: tuple[Card, ...] = ()


@attrs.frozen
class PodUse:
    """What one pod takes of one node."""

    node: str
    amounts: Amounts
    namespace: str = ""
    """Of a pod with our label; "" for everybody else's."""
    service: str = ""


def read_node(obj: FrozenJSON) -> Node:
    """A Node object as the book needs it; what cannot be believed closes the node."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    found = metadata.get("labels") or {}
    allocatable: Amounts = {}
    odd = ""
    for resource, quantity in sorted((status.get("allocatable") or {}).items()):
        if resource not in COUNTED:
            continue
        amount = _amount(resource, quantity, math.floor)
        if amount is None or not 0 <= amount < _SANE_MAX:
            odd = odd or f"reports {quantity} of {resource}"
            amount = 0
        allocatable[resource] = amount
    return Node(
        name=metadata["name"],
        allocatable=allocatable,
        closed=_closed(obj, found) or odd,
        classes=frozenset(
            key.removeprefix(_CLASS_LABEL)
            for key, value in found.items()
            if key.startswith(_CLASS_LABEL) and _count(value)
        ),
        cards=_cards(found),
    )


def read_pod(obj: FrozenJSON) -> PodUse | None:
    """What a pod takes of its node; None without a node and once it has ended."""
    spec = obj.get("spec") or {}
    node = spec.get("nodeName", "")
    if not node or (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return None
    metadata = obj["metadata"]
    found = metadata.get("labels") or {}
    ours = found.get(labels.MANAGED) == "true"
    return PodUse(
        node=node,
        amounts=requested(spec),
        namespace=metadata["namespace"] if ours else "",
        service=found.get(labels.SERVICE, "") if ours else "",
    )


def requested(spec: FrozenJSON) -> Amounts:
    """
    What the scheduler counts for a pod: its containers together, or its largest init container.

    An init container that restarts always (a sidecar) runs beside all that come after it.
    """
    running: Amounts = {}
    for container in spec.get("containers") or ():
        add(running, _requests(container))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        wanted = _requests(container)
        if container.get("restartPolicy") == "Always":
            add(sidecars, wanted)
            starting = dict(sidecars)
        else:
            starting = dict(sidecars)
            add(starting, wanted)
        _raise_to(peak, starting)
    add(running, sidecars)
    _raise_to(running, peak)
    running.update(_requests(spec))
    add(running, _read_amounts(spec.get("overhead") or {}))
    running[PODS] = 1
    return running


def add(into: Amounts, more: Mapping[str, int], times: int = 1) -> None:
    """Add `more`, so many times, in place; -1 takes it out again, and what becomes 0 goes."""
    for resource, amount in more.items():
        total = into.get(resource, 0) + amount * times
        if total:
            into[resource] = total
        else:
            into.pop(resource, None)


def _raise_to(into: Amounts, least: Amounts) -> None:
    for resource, amount in least.items():
        into[resource] = max(into.get(resource, 0), amount)


def _requests(holder: FrozenJSON) -> Amounts:
    return _read_amounts((holder.get("resources") or {}).get("requests") or {})


def _read_amounts(quantities: Mapping[str, str]) -> Amounts:
    read: Amounts = {}
    for resource, quantity in quantities.items():
        if resource in COUNTED:
            read[resource] = max(_amount(resource, quantity, math.ceil) or 0, 0)
    return read


def _amount(resource: str, quantity: object, rounded: Callable[[Fraction], int]) -> int | None:
    try:
        exact = parse(quantity if isinstance(quantity, int | float) else str(quantity))
    except QuantityError:
        return None
    return int(rounded(exact * 1000 if resource == CPU else exact))


def _closed(obj: FrozenJSON, found: Mapping[str, str]) -> str:
    spec = obj.get("spec") or {}
    if found.get(labels.MANAGED) != "true":
        return f"is not labelled {labels.MANAGED}=true"
    if spec.get("unschedulable"):
        return "is cordoned"
    for taint in spec.get("taints") or ():
        if taint.get("effect") in ("NoSchedule", "NoExecute"):
            return f"is tainted {taint.get('key')}"
    conditions = (obj.get("status") or {}).get("conditions") or ()
    if not any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions):
        return "is not ready"
    if "deletionTimestamp" in obj["metadata"]:
        return "is being removed"
    return ""


def _cards(found: Mapping[str, str]) -> tuple[Card, ...]:
    counts: dict[tuple[str, str], int] = {}
    rams: dict[tuple[str, str], dict[str, int]] = {}
    interfaces: dict[tuple[str, str], dict[str, int]] = {}
    for key in sorted(found):
        match, count = _GPU_LABEL.fullmatch(key), _count(found[key])
        if match is None or not count:
            continue
        kind = match["vendor"], match["model"]
        if match["ram"]:
            rams.setdefault(kind, {})[match["ram"]] = count
        if match["interface"]:
            interfaces.setdefault(kind, {})[match["interface"]] = count
        if not match["ram"] and not match["interface"]:
            counts[kind] = count
    return tuple(
        Card(*kind, counts[kind], rams.get(kind, {}), interfaces.get(kind, {}))
        for kind in sorted(counts)
    )


def _count(text: object) -> int:
    """A label's number; 0 for what is none, as `Gt "0"` takes it."""
    value = str(text)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def listed(amounts: Mapping[str, int], resources: Iterable[str] | None = None) -> str:
    """Amounts for a human: `cpu 1500m, memory 512Mi`."""
    names = sorted(amounts) if resources is None else resources
    return ", ".join(f"{name} {shown(name, amounts.get(name, 0))}" for name in names)


def shown(resource: str, amount: int) -> str:
    """One amount for a human."""
    if resource == CPU:
        return f"{amount}m"
    if resource in (MEMORY, EPHEMERAL):
        return f"{amount / 2**20:.0f}Mi" if abs(amount) >= 2**20 else str(amount)
    return str(amount)
