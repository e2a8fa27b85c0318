"""
What names a lease claims: the hostnames of its routes, and the names of its leased IPs.

One book each, see `ledger/hostnames.py`. A name of another owner's lease refuses the manifest; one of
another lease of the same owner is withheld until that one has released it.
"""

from collections.abc import Callable, Iterator

import attrs
import trio

from provider.kubernetes.kinds import INGRESS, PROVIDER_HOST, PROVIDER_LEASED_IP, Kind, ObjectKey
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.ledger.hostnames import HostnameLedger
from provider.reconcile.execute import Writer
from provider.workload.addresses import leased_ips
from provider.workload.ingress import routes
from provider.workload.options import RenderOptions

CLAIMING = (PROVIDER_HOST, PROVIDER_LEASED_IP)
"""Kinds in the records namespace that carry a lease's labels and names that other leases may want."""


@attrs.frozen
class _Book:
    ledger: HostnameLedger
    wanted: frozenset[str]
    carriers: tuple[tuple[Kind, str], ...]
    """Kinds whose objects are named like what is held, and the namespace they are in."""


@attrs.frozen
class Claims:
    """One lease's; each method is one step without a checkpoint."""

    lease: LeaseID
    hostnames: HostnameLedger
    addresses: HostnameLedger
    options: RenderOptions
    store: Store
    writer: Writer

    def wanted(self, group: Group) -> frozenset[str]:
        """Every hostname that a group wants a route for, the generated ones included."""
        return frozenset(route.hostname for route in routes(self.lease, group, self.options))

    def wanted_addresses(self, group: Group) -> frozenset[str]:
        """Name of every leased IP that a group wants."""
        return frozenset(ip.name for ip in leased_ips(self.lease, group, self.options))

    def reserve(self, group: Group) -> None:
        """
        Take what is free of both, all or nothing as far as other owners are concerned.

        Raises:
            HostnameTaken, HostnameBlocked: nothing was reserved.
        """
        asked = {
            host.lower()
            for service in group.services
            for expose in service.expose or ()
            for host in expose.hosts or ()
        }
        wanted = self.wanted(group)
        self.addresses.check(self.lease.owner, self.wanted_addresses(group))
        self.hostnames.reserve(self.lease, wanted, generated=wanted - asked)
        self.addresses.reserve(self.lease, self.wanted_addresses(group))

    def withheld(self, group: Group) -> frozenset[str]:
        """Hostnames of a group that this lease does not hold: they get no route."""
        return self.wanted(group) - self.hostnames.held_by(self.lease)

    def withheld_addresses(self, group: Group) -> frozenset[str]:
        """Names of leased IPs of a group that another lease of the owner holds."""
        return self.wanted_addresses(group) - self.addresses.held_by(self.lease)

    def unroutable(self, group: Group) -> frozenset[str]:
        """Hostnames of this lease that an earlier holder may still route."""
        held = self.wanted(group) & self.hostnames.held_by(self.lease)
        return frozenset(filter(self.hostnames.is_departing, held))

    def shown(self, group: Group) -> tuple[str, ...]:
        """Everything that is wanted and waits for another lease of the owner, sorted."""
        waiting = self.withheld(group) | self.unroutable(group) | self.withheld_addresses(group)
        return tuple(sorted(waiting))

    def leaving(self) -> frozenset[str]:
        """Hostnames of this lease that another one is about to take over."""
        held = self.hostnames.held_by(self.lease)
        return frozenset(n for n in held if self.hostnames.is_destined_elsewhere(self.lease, n))

    def wake_on_release(self, group: Group, wake: Callable[[], None]) -> None:
        """Call `wake` once for each name that is waited for, or about to be taken from us."""
        awaited = self.withheld(group) | self.unroutable(group) | self.leaving()
        for hostname in sorted(awaited):
            self.hostnames.wake_on_release(hostname, wake)
        for name in sorted(self.withheld_addresses(group)):
            self.addresses.wake_on_release(name, wake)

    def may_have_more(self, group: Group) -> bool:
        """True when a name that is withheld has been given back by its holder."""
        return any(map(self.hostnames.is_free, self.withheld(group))) or any(
            map(self.addresses.is_free, self.withheld_addresses(group))
        )

    def may_claim(self, key: ObjectKey) -> bool:
        """False once the name of a ProviderHost or ProviderLeasedIP is another lease's."""
        book = self.hostnames if key.kind == PROVIDER_HOST else self.addresses
        return key.name in book.held_by(self.lease)

    def carried(self) -> frozenset[str]:
        """Hostnames of this lease's ProviderHosts and names of its ProviderLeasedIPs."""
        return frozenset(
            stored.key.name
            for kind in CLAIMING
            for stored in self.store.select(kind, self.lease.namespace)
        )

    def release_unwanted(self, group: Group | None) -> float | None:
        """
        Give back the names that nothing of this lease carries any more, nor can any more.

        A create of ours without an answer may still bring an object of that name to life.

        Args:
            group: what the cluster is held to; its names stay.

        Returns:
            Trio time at which to look again for the sake of a lost create; None for none.
        """
        landing = [moment for book in self._books(group) for moment in self._release(book)]
        return min(landing, default=None)

    def _books(self, group: Group | None) -> Iterator[_Book]:
        records = self.options.records_namespace
        yield _Book(
            self.hostnames,
            self.wanted(group) if group is not None else frozenset(),
            ((INGRESS, self.lease.namespace), (PROVIDER_HOST, records)),
        )
        yield _Book(
            self.addresses,
            self.wanted_addresses(group) if group is not None else frozenset(),
            ((PROVIDER_LEASED_IP, records),),
        )

    def _release(self, book: _Book) -> Iterator[float]:
        """Release what can be; when to look again for each name that a lost create still holds."""
        for name in book.ledger.queued_by(self.lease) - book.wanted:
            book.ledger.leave_queue(self.lease, name)
        spare = book.ledger.held_by(self.lease) - book.wanted
        leaving = book.ledger.departing_from(self.lease)
        if not spare | leaving:
            return
        carried = {
            stored.key.name
            for kind, _ in book.carriers
            for stored in self.store.select(kind, self.lease.namespace)
        }
        for name in sorted((spare | leaving) - carried):
            lands_until = max(
                self.writer.lands_until(ObjectKey(kind, namespace, name))
                for kind, namespace in book.carriers
            )
            if lands_until > trio.current_time():
                yield lands_until
            else:
                book.ledger.release(self.lease, name)
