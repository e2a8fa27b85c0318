"""
Which lease takes what of which node, inside this process.

    free on a node = allocatable − what bookings commit − what pods request that no booking counts

A lease is counted once, by its own rendered commitment; its pods tell on which nodes it is, and count
only where they have more than is booked, as while a pod that an update replaced does not end. Synchronous, so that a reservation is one step and no two managers can interleave.
Nothing here expires: what a lease holds is free again when it is released, which happens once its
Namespace was observed absent. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import attrs

from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.lease.scheduling import SchedulerParams
from provider.ledger.arrangement import Arrangement, Spread, arrange, settle
from provider.ledger.demand import demands
from provider.ledger.nodes import Amounts, Node, PodUse, add
from provider.workload.options import RenderOptions


@attrs.frozen
class Placement:
    """Everything of a lease has its place."""

    nodes: Spread
    scheduling: Mapping[str, SchedulerParams]
    """By service, for those that placement adds something to; what rendering wants."""


@attrs.frozen
class NoRoom:
    """Nothing was reserved, and what was reserved before stays."""

    missing: str
    """For a human: which service, which resource, how much is wanted and how much is free."""


@attrs.frozen
class NodeCapacity:
    """One node as the status shows it."""

    name: str
    allocatable: Mapping[str, int]
    foreign: Mapping[str, int]
    """Requests of pods that belong to no booked lease."""
    committed: Mapping[str, int]
    available: Mapping[str, int]
    """Negative where more is taken than there is."""
    overfull: bool
    closed: str
    """Why it takes nothing new; "" when it does."""


@attrs.frozen
class Capacity:
    """The book as the status shows it."""

    nodes: tuple[NodeCapacity, ...]
    leases: int
    unplaced: tuple[LeaseID, ...]
    """Leases with a replica for which no node is known."""


@attrs.frozen
class _Booking:
    group: Group
    arrangement: Arrangement

    @property
    def placement(self) -> Placement:
        arrangement = self.arrangement
        return Placement(arrangement.nodes, arrangement.scheduling)


@attrs.define
class _Pods:
    """The pods of one tenant namespace."""

    used: dict[str, Amounts] = attrs.field(factory=dict)
    """By node: their requests."""
    nodes: dict[str, list[str]] = attrs.field(factory=dict)
    """By service: where they are."""


@attrs.define(eq=False)
class CapacityLedger:
    """
    The book.

    Invariants:
        A new reservation never takes what is not free. Releasing gives back what was taken, exactly.
    """

    options: RenderOptions
    counted: Callable[[str, str], None] = lambda _, __: None
    """Told of each request for room and of each release: action and result, as upstream's metric."""
    _nodes: dict[str, Node] = attrs.field(factory=dict, init=False)
    """Sorted by name: the order in which they are tried."""
    _foreign: dict[str, Amounts] = attrs.field(factory=dict, init=False)
    """By node: requests of pods that no booking counts, and of those beyond their lease's booking."""
    _tenants: dict[str, _Pods] = attrs.field(factory=dict, init=False)
    """By tenant namespace: its pods, in `_foreign` while no lease is booked for it, and else as far as
    they have more than is booked: what an update replaces may take long to end."""
    _bookings: dict[LeaseID, _Booking] = attrs.field(factory=dict, init=False)
    _committed: dict[str, Amounts] = attrs.field(factory=dict, init=False)
    """By node: sum of the bookings."""
    _seen: bool = attrs.field(default=False, init=False)
    """True from the first look at the nodes on."""
    _waiting: dict[Callable[[], None], None] = attrs.field(factory=dict, init=False)

    # ── leases ──────────────────────────────────────────────────────────────────────────────────

    def reserve(self, lease: LeaseID, group: Group) -> Placement | NoRoom:
        """
        Take what a group needs, all or nothing.

        The group that is booked already answers with its own placement. Another group of a booked
        lease is booked in its stead in one step, each service staying on its nodes if it can; where
        that does not fit, the old booking stays.
        """
        old = self._bookings.get(lease)
        if old is not None and old.group == group:
            return old.placement
        wanted = demands(group, self.options)
        if old is not None and old.arrangement.demands == wanted:
            self._bookings[lease] = attrs.evolve(old, group=group)
            return old.placement
        if not self._seen:
            return NoRoom("the nodes were not seen yet")
        self._unbook(lease)
        arranged = arrange(
            wanted,
            self._nodes,
            self._free_for(lease),
            old.arrangement if old else None,
        )
        if isinstance(arranged, str):
            self.counted("reserve", "insufficient-capacity")
            if old is not None:
                self._book(lease, old)
            return NoRoom(arranged)
        booking = _Booking(group, arranged)
        self._book(lease, booking)
        if old is not None:
            self._wake()
        else:
            self.counted("reserve", "create")
        return booking.placement

    def adopt(
        self,
        lease: LeaseID,
        group: Group,
        scheduling: Mapping[str, SchedulerParams] | None = None,
    ) -> Placement:
        """
        Book what runs already, or is to run again after a refused update, whether it fits or not.

        Args:
            lease: booked once, however often it is adopted.
            group: what runs.
            scheduling: what its record says of its services; kept as it is.
        """
        old = self._bookings.get(lease)
        if old is not None and old.group == group:
            return old.placement
        self._unbook(lease)
        before = old.arrangement if old else Arrangement((), {}, {})
        known = before.scheduling if scheduling is None else scheduling
        wanted = demands(group, self.options)
        names = {demand.service for demand in wanted}
        kept = {service: params for service, params in known.items() if service in names}
        booking = self._settled(lease, group, Arrangement(wanted, before.nodes, kept))
        self._book(lease, booking)
        return booking.placement

    def release(self, lease: LeaseID) -> None:
        """Give everything of a lease back; nothing happens when it holds nothing."""
        found = self._unbook(lease)
        self.counted("unreserve", "destroyed" if found else "not-found")
        if found:
            self._wake()

    def holds(self, lease: LeaseID) -> bool:
        """True when something is booked for the lease."""
        return lease in self._bookings

    def wake_on_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, when what did not fit may fit now; it must be quick and raise nothing."""
        self._waiting[wake] = None

    # ── the cluster ─────────────────────────────────────────────────────────────────────────────

    def update(self, nodes: Iterable[Node], pods: Iterable[PodUse]) -> None:
        """Believe a new look at the cluster: all nodes, and every pod that has one."""
        before = self._nodes, self._foreign
        self._seen = True
        self._nodes = {node.name: node for node in sorted(nodes, key=lambda node: node.name)}
        self._foreign, self._tenants = {}, {}
        for pod in pods:
            if pod.namespace:
                self._tenants.setdefault(pod.namespace, _Pods())
                tenant = self._tenants[pod.namespace]
                tenant.nodes.setdefault(pod.service, []).append(pod.node)
                add(tenant.used.setdefault(pod.node, {}), pod.amounts)
            else:
                add(self._foreign.setdefault(pod.node, {}), pod.amounts)
        bookings = {lease.namespace: booking for lease, booking in self._bookings.items()}
        for namespace, tenant in self._tenants.items():
            self._count(
                tenant.used if namespace not in bookings else _beyond(tenant, bookings[namespace]),
                1,
            )
        moved = [
            lease for lease, booking in self._bookings.items() if not self._stands(lease, booking)
        ]
        for lease in moved:
            booking = self._bookings[lease]
            self._unbook(lease)
            self._book(lease, self._settled(lease, booking.group, booking.arrangement))
        if moved or before != (self._nodes, self._foreign):
            self._wake()

    def report(self) -> Capacity:
        """Everything that the book knows, for the status."""
        return Capacity(
            nodes=tuple(self._reported(node) for node in self._nodes.values()),
            leases=len(self._bookings),
            unplaced=tuple(
                lease
                for lease in sorted(self._bookings)
                if any(n not in self._nodes for n, _ in self._bookings[lease].arrangement.taken())
            ),
        )

    def _reported(self, node: Node) -> NodeCapacity:
        free = self._free(node)
        return NodeCapacity(
            node.name,
            dict(node.allocatable),
            dict(self._foreign.get(node.name, {})),
            dict(self._committed.get(node.name, {})),
            free,
            overfull=any(amount < 0 for amount in free.values()),
            closed=node.closed,
        )

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def _book(self, lease: LeaseID, booking: _Booking) -> None:
        self._bookings[lease] = booking
        for node, amounts in booking.arrangement.taken():
            add(self._committed.setdefault(node, {}), amounts)
        if (tenant := self._tenants.get(lease.namespace)) is not None:
            self._count(tenant.used, -1)
            self._count(_beyond(tenant, booking), 1)

    def _unbook(self, lease: LeaseID) -> bool:
        booking = self._bookings.pop(lease, None)
        if booking is None:
            return False
        for node, amounts in booking.arrangement.taken():
            add(self._committed[node], amounts, -1)
        if (tenant := self._tenants.get(lease.namespace)) is not None:
            self._count(_beyond(tenant, booking), -1)
            self._count(tenant.used, 1)
        return True

    def _count(self, used: Mapping[str, Amounts], times: int) -> None:
        for node, amounts in used.items():
            add(self._foreign.setdefault(node, {}), amounts, times)

    def _free(self, node: Node) -> Amounts:
        free = dict(node.allocatable)
        add(free, self._foreign.get(node.name, {}), -1)
        add(free, self._committed.get(node.name, {}), -1)
        return free

    def _free_for(self, lease: LeaseID) -> dict[str, Amounts]:
        """By node: what is free if the pods of this lease, which is not booked now, are not counted."""
        free = {node.name: self._free(node) for node in self._nodes.values()}
        tenant = self._tenants.get(lease.namespace)
        for name, amounts in tenant.used.items() if tenant else ():
            if name in free:
                add(free[name], amounts)
        return free

    def _stands(self, lease: LeaseID, booking: _Booking) -> bool:
        """True when every replica is booked where a pod of it is, or where one may still come."""
        tenant = self._tenants.get(lease.namespace)
        return booking.arrangement.stands(tenant.nodes if tenant else {}, self._nodes)

    def _settled(self, lease: LeaseID, group: Group, arrangement: Arrangement) -> _Booking:
        tenant = self._tenants.get(lease.namespace)
        observed = tenant.nodes if tenant else {}
        return _Booking(
            group, settle(arrangement, observed, self._nodes, partial(self._free_for, lease))
        )

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for wake in waiting:
            wake()


def _beyond(tenant: _Pods, booking: _Booking) -> dict[str, Amounts]:
    """By node: what the pods of a lease request there beyond what is booked for it."""
    booked: dict[str, Amounts] = {}
    for node, amounts in booking.arrangement.taken():
        add(booked.setdefault(node, {}), amounts)
    found: dict[str, Amounts] = {}
    for node, used in tenant.used.items():
        has = booked.get(node, {})
        more = {name: n - has.get(name, 0) for name, n in used.items() if n > has.get(name, 0)}
        if more:
            found[node] = more
    return found
