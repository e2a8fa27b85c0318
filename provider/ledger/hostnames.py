"""
Which lease holds which hostname, inside this process; a second book holds names of leased IPs.

Synchronous, so that a reservation is one step and no two managers can interleave. Nothing here
expires: a hostname is free again only when its holder has released it, which happens once its
Ingress was observed absent. Source: Akash, `cluster/hostname.go`; unlike there the holder is the
whole lease, sequence included, so that an old lease's teardown never frees its successor's names.

A transfer has two halves: `destine` says who gets the name next, whatever its holder does meanwhile,
and `transfer` makes it so once that is written down in the cluster. The old holder *departs*: until it
has released the name, the new one may not route it.

Who asked for a name that another lease of the same owner holds is *queued* for it: the name goes from
one to the next in the step of the release, so that no other owner comes between.
"""

from collections.abc import Callable, Iterable

import attrs

from provider.errors import ProviderError
from provider.lease.identity import LeaseID


class HostnameTaken(ProviderError):
    """Another owner holds a hostname; nothing was reserved."""

    def __init__(self, hostname: str, holder: LeaseID) -> None:
        # The other tenant's identity is none of the asking tenant's business.
        super().__init__(f"hostname {hostname} is in use by another owner")
        self.hostname = hostname
        self.holder = holder


class HostnameBlocked(ProviderError):
    """No tenant of this provider may have the hostname; nothing was reserved."""

    def __init__(self, hostname: str) -> None:
        super().__init__(f"hostname {hostname} is blocked by this provider")
        self.hostname = hostname


@attrs.frozen
class Reservation:
    """Outcome of a reservation."""

    withheld: frozenset[str]
    """Held by another lease of the same owner; to be asked for again once that one releases them."""


@attrs.define(eq=False)
class HostnameLedger:
    """
    The book.

    Invariants:
        A hostname, lowercase, has at most one holder.
    """

    blocked: tuple[str, ...] = ()
    """`.example.com` blocks that domain and everything below it, `example.com` itself alone."""
    _holders: dict[str, LeaseID] = attrs.field(factory=dict, init=False)
    _held: dict[LeaseID, set[str]] = attrs.field(factory=dict, init=False)
    """The same the other way round."""
    _destined: dict[str, LeaseID] = attrs.field(factory=dict, init=False)
    """Who gets a name next, while a transfer to it is being written down."""
    _departing: dict[str, dict[LeaseID, None]] = attrs.field(factory=dict, init=False)
    """Who held a name before its holder and may still route it."""
    _queued: dict[str, dict[LeaseID, None]] = attrs.field(factory=dict, init=False)
    """Who of the holder's owner is to hold a name after it; in the order of asking."""
    _waiting: dict[str, dict[Callable[[], None], None]] = attrs.field(factory=dict, init=False)
    """Who is told when a name becomes free, or its old holder has left; in the order of asking."""

    def seed(self, hostname: str, lease: LeaseID) -> bool:
        """At start: book what the cluster shows. False when an earlier entry holds the name."""
        name = hostname.lower()
        if self._holders.setdefault(name, lease) != lease:
            return False
        self._held.setdefault(lease, set()).add(name)
        self.leave_queue(lease, name)
        return True

    def seed_queued(self, hostname: str, lease: LeaseID) -> None:
        """At start: a record asks for the name; while another lease of its owner holds it, it queues."""
        name = hostname.lower()
        if not self.seed(name, lease) and self._holders[name].owner == lease.owner:
            self._queue(lease, name)

    def seed_route(self, hostname: str, lease: LeaseID) -> None:
        """At start: a route of the lease is there; when another one holds the name, it departs."""
        if not self.seed(hostname, lease):
            self._departing.setdefault(hostname.lower(), {})[lease] = None

    def check(
        self, owner: str, hostnames: Iterable[str], *, generated: frozenset[str] = frozenset()
    ) -> None:
        """
        Whether an owner may have all of the names, as far as others are concerned.

        Args:
            owner: the tenant.
            hostnames: what it asks for.
            generated: those that the provider made up itself; they cannot be blocked.

        Raises:
            HostnameTaken: another owner holds one.
            HostnameBlocked: nobody may have one; whoever holds it already may keep it.
        """
        for hostname in sorted({name.lower() for name in hostnames}):
            holder = self._holders.get(hostname)
            if holder is not None and holder.owner != owner:
                raise HostnameTaken(hostname, holder)
            if holder is None and hostname not in generated and self.is_blocked(hostname):
                raise HostnameBlocked(hostname)

    def is_blocked(self, hostname: str) -> bool:
        """True when the operator keeps the name from tenants."""
        name = hostname.lower()
        return any(
            name == pattern.lower().removeprefix(".")
            or (pattern.startswith(".") and name.endswith(pattern.lower()))
            for pattern in self.blocked
        )

    def reserve(
        self,
        lease: LeaseID,
        hostnames: Iterable[str],
        *,
        generated: frozenset[str] = frozenset(),
    ) -> Reservation:
        """
        Take every free name of `hostnames`, all or nothing; names held already stay held.

        For what another lease of the owner holds this one is queued, until it leaves the queue. What
        the lease holds beyond `hostnames` stays too, until it is released by name.

        Raises:
            HostnameTaken, HostnameBlocked: as `check`; nothing was changed.
        """
        asked = sorted({hostname.lower() for hostname in hostnames})
        self.check(lease.owner, asked, generated=generated)
        withheld = frozenset(h for h in asked if not self.seed(h, lease))
        for hostname in withheld:
            self._queue(lease, hostname)
        return Reservation(withheld)

    def release(self, lease: LeaseID, hostname: str) -> None:
        """
        Give one name back: it goes to its heir, or to who is first in the queue for it.

        A lease that neither holds nor leaves it only leaves the queue.
        """
        name = hostname.lower()
        self.leave_queue(lease, name)
        leaving = self._departing.get(name, {})
        if lease in leaving:
            del leaving[lease]
            if not leaving:
                del self._departing[name]
                self._wake(name)
        if self._holders.get(name) == lease:
            del self._holders[name]
            self._held[lease].discard(name)
            heir = self._destined.get(name) or next(iter(self._queued.get(name, ())), None)
            if heir is not None:
                self.seed(name, heir)
            self._wake(name)

    def _queue(self, lease: LeaseID, name: str) -> None:
        self._queued.setdefault(name, {})[lease] = None

    def leave_queue(self, lease: LeaseID, hostname: str) -> None:
        """Ask for a name no longer; nothing happens when the lease is not queued for it."""
        name = hostname.lower()
        queue = self._queued.get(name, {})
        queue.pop(lease, None)
        if not queue:
            self._queued.pop(name, None)

    def release_all(self, lease: LeaseID) -> None:
        """Give every name of a lease back."""
        self.cancel_destined(lease)
        for hostname in self.queued_by(lease):
            self.leave_queue(lease, hostname)
        for hostname in sorted(self._held.get(lease, set()) | self.departing_from(lease)):
            self.release(lease, hostname)
        self._held.pop(lease, None)

    def _wake(self, name: str) -> None:
        for wake in self._waiting.pop(name, {}):
            wake()

    # ── transfer ────────────────────────────────────────────────────────────────────────────────

    def destine(self, hostname: str, heir: LeaseID) -> LeaseID | None:
        """
        Let a lease be the next to hold a name; its holder, if any, is returned and keeps it for now.

        Raises:
            HostnameTaken: another owner holds it, or is to get it.
            HostnameBlocked: nobody may have it.
        """
        name = hostname.lower()
        if self.is_blocked(name):
            raise HostnameBlocked(name)
        self.check(heir.owner, [name])
        other = self._destined.setdefault(name, heir)
        if other.owner != heir.owner:
            raise HostnameTaken(name, other)
        self._destined[name] = heir
        return self._holders.get(name)

    def transfer(self, hostname: str, heir: LeaseID) -> None:
        """It is written down in the cluster: `heir` holds the name, its holder departs."""
        name = hostname.lower()
        self._destined.pop(name, None)
        holder = self._holders.get(name)
        if holder is not None and holder != heir:
            del self._holders[name]
            self._held[holder].discard(name)
            self._departing.setdefault(name, {})[holder] = None
        self._departing.get(name, {}).pop(heir, None)
        if not self._departing.get(name, True):
            del self._departing[name]
        self.seed(name, heir)
        self._wake(name)

    def cancel_destined(self, heir: LeaseID) -> None:
        """Nothing more goes to a lease; what was not yet written down stays with its holders."""
        for name in [name for name, other in self._destined.items() if other == heir]:
            del self._destined[name]
            self._wake(name)

    def is_destined_elsewhere(self, lease: LeaseID, hostname: str) -> bool:
        """True while a transfer of the name to another lease is being written down."""
        return self._destined.get(hostname.lower(), lease) != lease

    def is_departing(self, hostname: str) -> bool:
        """True while somebody who held the name before may still route it."""
        return hostname.lower() in self._departing

    def departing_from(self, lease: LeaseID) -> frozenset[str]:
        """Names that a lease no longer holds but has yet to release."""
        return frozenset(name for name, leaving in self._departing.items() if lease in leaving)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def wake_on_release(self, hostname: str, wake: Callable[[], None]) -> None:
        """Call `wake` once, when the name is given back; it must be quick and raise nothing."""
        self._waiting.setdefault(hostname.lower(), {})[wake] = None

    def is_free(self, hostname: str) -> bool:
        """True when nobody holds the name."""
        return hostname.lower() not in self._holders

    def holder(self, hostname: str) -> LeaseID | None:
        """Who holds a name."""
        return self._holders.get(hostname.lower())

    def held_by(self, lease: LeaseID) -> frozenset[str]:
        """Names that a lease holds."""
        return frozenset(self._held.get(lease, ()))

    def queued_by(self, lease: LeaseID) -> frozenset[str]:
        """Names that a lease is to hold after others of its owner."""
        return frozenset(name for name, queue in self._queued.items() if lease in queue)
