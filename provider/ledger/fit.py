"""
First fit: which node takes which replica, and with which GPU.

Services go from the last to the first, each one's replicas node by node, as the Go provider has it.
Unlike there, all kinds of GPU that a service accepts are tried in turn before it is said not to fit:
its replicas must all be scheduled by the same parameters. Pure.

Source: Akash provider, `cluster/kube/operators/clients/inventory/inventory.go`, `Adjust`.
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from provider.lease.scheduling import ANY_MODEL, GPUParams, SchedulerParams
from provider.ledger.nodes import PODS, Amounts, Card, Node, add, listed, shown
from provider.workload.graphics import RESOURCES

_NODES_NAMED = 3
"""So many nodes are named in a refusal; the status shows them all."""


@attrs.frozen
class Demand:
    """What one service asks for."""

    service: str
    replicas: int
    amounts: Mapping[str, int]
    """Of one replica, as reserved, without GPUs."""
    classes: tuple[str, ...] = ()
    """Storage classes that its node must offer."""
    gpus: int = 0
    wishes: tuple[GPUParams, ...] = ()
    """What is accepted as GPU; any of them."""

    def within(self, other: "Demand") -> bool:
        """True when a replica asks for no more than one of `other`, and for the same kind."""
        same = (self.classes, self.gpus, self.wishes) == (other.classes, other.gpus, other.wishes)
        return same and all(
            amount <= other.amounts.get(resource, 0) for resource, amount in self.amounts.items()
        )

    def taken(self, params: SchedulerParams) -> Amounts:
        """What a replica takes of its node, pod and GPUs included."""
        amounts = dict(self.amounts)
        add(amounts, {PODS: 1})
        if self.gpus and (vendor := self._vendor(params)):
            # A record written elsewhere may name a vendor that no device plugin here counts.
            add(amounts, {RESOURCES.get(vendor, vendor): self.gpus})
        return amounts

    def _vendor(self, params: SchedulerParams) -> str:
        """Whose GPUs a replica takes; one that was never placed is rendered by its own attributes."""
        if params.gpu is not None:
            return params.gpu.vendor
        return self.wishes[0].vendor if self.wishes else ""


@attrs.frozen
class Room:
    """One node that takes new replicas, and what is free on it."""

    node: Node
    free: Amounts


@attrs.frozen
class Fit:
    """Where all replicas of one service go."""

    nodes: tuple[str, ...]
    """One a replica."""
    params: SchedulerParams


def fit(
    demand: Demand,
    rooms: Sequence[Room],
    *,
    preferred: Sequence[str] = (),
    only: SchedulerParams | None = None,
) -> Fit | str:
    """
    Find a node for each replica; nothing is changed.

    Args:
        demand: what is asked for.
        rooms: in the order in which they are tried.
        preferred: names of nodes that are tried before the others.
        only: parameters that other replicas of the service have already; `None`: any that serve.

    Returns:
        Where everything fits, or what is missing, for a human.
    """
    if demand.replicas <= 0:
        return Fit((), only or SchedulerParams())
    first = [room for name in dict.fromkeys(preferred) for room in rooms if room.node.name == name]
    ordered = [*first, *(room for room in rooms if room not in first)]
    able = [room for room in ordered if set(demand.classes) <= room.node.classes]
    most = 0
    tried = False
    for params in _choices(demand, able) if only is None else (only,):
        tried = True
        nodes = _fill(demand, params, able)
        if len(nodes) == demand.replicas:
            return Fit(nodes, params)
        most = max(most, len(nodes))
    return _missing(demand, rooms, able, most if tried else None)


def wants(demand: Demand, params: SchedulerParams) -> bool:
    """True when parameters chosen earlier still serve what is asked for."""
    if not demand.gpus or params.gpu is None:
        return not demand.gpus and params.gpu is None
    gpu = params.gpu
    return any(
        wish.vendor == gpu.vendor
        and wish.model in (ANY_MODEL, gpu.model)
        and (not wish.memory_size or _same(wish.memory_size, gpu.memory_size))
        and (not wish.interface or _same_interface(wish.interface, gpu.interface))
        for wish in demand.wishes
    )


def _choices(demand: Demand, rooms: Sequence[Room]) -> Iterator[SchedulerParams]:
    """Parameters that may serve, in the order of the nodes, each once."""
    if not demand.gpus:
        yield SchedulerParams()
        return
    seen: dict[SchedulerParams, None] = {}
    for room in rooms:
        for params in _choices_on(demand, room.node):
            if params not in seen:
                seen[params] = None
                yield params


def _choices_on(demand: Demand, node: Node) -> Iterator[SchedulerParams]:
    for wish in demand.wishes:
        for card in node.cards:
            gpu = _match(wish, card, demand.gpus)
            if gpu is not None:
                runtime = "nvidia" if gpu.vendor == "nvidia" else ""
                yield SchedulerParams(runtime_class=runtime, gpu=gpu)


def _match(wish: GPUParams, card: Card, units: int) -> GPUParams | None:
    """The card as the pod's affinity names it: by the labels' own spelling."""
    if wish.vendor != card.vendor.lower() or card.count < units:
        return None
    if wish.model != ANY_MODEL and wish.model.lower() != card.model.lower():
        return None
    ram = next((r for r, n in card.rams.items() if _same(wish.memory_size, r) and n >= units), None)
    interface = next(
        (
            i
            for i, n in card.interfaces.items()
            if _same_interface(wish.interface, i) and n >= units
        ),
        None,
    )
    if (wish.memory_size and ram is None) or (wish.interface and interface is None):
        return None
    return GPUParams(
        wish.vendor,
        card.model,
        memory_size=ram or "" if wish.memory_size else "",
        interface=interface or "" if wish.interface else "",
    )


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _same_interface(one: str, other: str) -> bool:
    """`sxm4` and `sxm5` are both `sxm`."""
    short = ["sxm" if name.lower().startswith("sxm") else name.lower() for name in (one, other)]
    return short[0] == short[1]


def _fill(demand: Demand, params: SchedulerParams, rooms: Sequence[Room]) -> tuple[str, ...]:
    each = demand.taken(params)
    nodes: list[str] = []
    for room in rooms:
        if params.gpu is not None and params not in _choices_on(demand, room.node):
            continue
        free = dict(room.free)
        while len(nodes) < demand.replicas and covers(free, each):
            add(free, each, -1)
            nodes.append(room.node.name)
    return tuple(nodes)


def covers(free: Mapping[str, int], wanted: Mapping[str, int]) -> bool:
    """True when nothing wanted is more than what is free."""
    return all(free.get(resource, 0) >= amount for resource, amount in wanted.items())


def _missing(
    demand: Demand, rooms: Sequence[Room], able: Sequence[Room], placed: int | None
) -> str:
    who = f"service {demand.service}"
    if not rooms:
        return f"{who}: no node takes new replicas"
    if not able:
        return f"{who}: no node offers storage class {', '.join(demand.classes)}"
    if placed is None:
        kinds = " or ".join(_named(wish) for wish in demand.wishes) or "of a known kind"
        return f"{who}: no node has {demand.gpus} GPU {kinds}"
    replicas = f" for replica {placed + 1} of {demand.replicas}" if demand.replicas > 1 else ""
    short = []
    wanted = dict(demand.amounts)
    if demand.gpus:
        vendor = demand.wishes[0].vendor if demand.wishes else ""
        wanted[RESOURCES.get(vendor, vendor)] = demand.gpus
    for resource in sorted(wanted):
        largest = max(room.free.get(resource, 0) for room in able)
        if wanted[resource] > largest:
            want = shown(resource, wanted[resource])
            short.append(
                f"{resource}: wants {want}, largest free on one node {shown(resource, largest)}"
            )
    if short:
        return f"{who}: no room{replicas}; {'; '.join(short)}"
    return f"{who}: no node has all of it free at once{replicas}: {listed(wanted)}"


def _named(wish: GPUParams) -> str:
    parts = (wish.vendor, wish.model, wish.memory_size, wish.interface)
    return "/".join(part for part in parts if part)
