"""
Which lease holds which hostname, inside this process.

Synchronous, so that a reservation is one step and no two managers can interleave. Nothing here
expires: a hostname is free again only when its holder has released it, which happens once its
Ingress was observed absent. Source: Akash, `cluster/hostname.go`; unlike there the holder is the
whole lease, sequence included, so that an old lease's teardown never frees its successor's names.
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

    _holders: dict[str, LeaseID] = attrs.field(factory=dict, init=False)
    _held: dict[LeaseID, set[str]] = attrs.field(factory=dict, init=False)
    """The same the other way round."""
    _waiting: dict[str, dict[Callable[[], None], None]] = attrs.field(factory=dict, init=False)
    """Who is told when a name becomes free; in the order of asking."""

    def seed(self, hostname: str, lease: LeaseID) -> bool:
        """At start: book what the cluster shows. False when an earlier entry holds the name."""
        name = hostname.lower()
        if self._holders.setdefault(name, lease) != lease:
            return False
        self._held.setdefault(lease, set()).add(name)
        return True

    def reserve(self, lease: LeaseID, hostnames: Iterable[str]) -> Reservation:
        """
        Take every free name of `hostnames`, all or nothing; names held already stay held.

        What the lease holds beyond `hostnames` stays too, until it is released by name.

        Raises:
            HostnameTaken: another owner holds one; nothing was changed.
        """
        asked = sorted({hostname.lower() for hostname in hostnames})
        for hostname in asked:
            holder = self._holders.get(hostname)
            if holder is not None and holder.owner != lease.owner:
                raise HostnameTaken(hostname, holder)
        return Reservation(frozenset(h for h in asked if not self.seed(h, lease)))

    def release(self, lease: LeaseID, hostname: str) -> None:
        """Give one name back; nothing happens when the lease does not hold it."""
        name = hostname.lower()
        if self._holders.get(name) == lease:
            del self._holders[name]
            self._held[lease].discard(name)
            for wake in self._waiting.pop(name, {}):
                wake()

    def release_all(self, lease: LeaseID) -> None:
        """Give every name of a lease back."""
        for hostname in sorted(self._held.get(lease, ())):
            self.release(lease, hostname)
        self._held.pop(lease, None)

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
