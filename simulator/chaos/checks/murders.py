"""
I2 No murder: nothing of a lease is deleted before its loss was proven to the daemon.

Its Namespace, record and claims never; another object only when the generation on record does not want
it, to undo one that was refused, as far as none that stood whole wants it, or when an operator moved its
hostname away.
"""

from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import TICK, Chronicle, violation
from simulator.chaos.checks.wholes import wholes
from simulator.chaos.checks.writes import Write
from simulator.chaos.evidence import LeaseFacts
from simulator.chaos.outcome import Violation

_OWN = frozenset({"leases", "events"})
"""What a daemon may delete beside tenants' objects."""
_CLAIM_OF_HOST = "providerhosts"
_ROUTE = "ingresses"
_NOTICED_SECONDS = 1.0
"""A generation of which all was there for so long, with nothing in the way, was accepted whole."""


def murders(chronicle: Chronicle) -> Iterator[Violation]:
    """Deletes of a daemon that nothing entitled it to."""
    for write in chronicle.writes:
        if write.entry.method != "DELETE" or not write.is_done or write.is_trial:
            continue
        why = _wrong(chronicle, write)
        if why:
            yield violation(
                "I2",
                f"{write}: {why}",
                time=write.time,
                lease=_lease(chronicle, write),
                key=f"{write.plural}: {why.partition(';')[0]}",
            )


def _lease(chronicle: Chronicle, write: Write) -> str:
    """Whose object it was; of a claim, its holder's."""
    if write.lease or write.plural not in (_CLAIM_OF_HOST, "providerleasedips"):
        return write.lease
    number = write.entry.number
    for name, commits in chronicle.of_lease.items():
        if any(c.request == number and c.name == write.name for c in commits):
            return name
    return ""


def _wrong(chronicle: Chronicle, write: Write) -> str:
    """Why a delete was a murder; "" when it was none."""
    if write.plural in _OWN:
        return ""
    lease = _lease(chronicle, write)
    if not lease:
        is_claim = write.plural in (_CLAIM_OF_HOST, "providerleasedips")
        return "" if is_claim else "belongs to no lease"
    proven = chronicle.proven.get(lease)
    if proven is not None and write.time >= proven:
        return ""
    if not write.name:
        return "a whole collection of a held lease"
    if write.plural in kinds.TENANT_DATA:
        return f"the lease is not proven lost{_when(proven)}"
    if write.plural in kinds.NEVER_DELETED:
        return "its controller's to delete"
    facts = chronicle.leases[lease]
    if write.plural in (_ROUTE, _CLAIM_OF_HOST) and moved_away(
        chronicle, write.name, lease, write.time
    ):
        return ""
    if not _is_wanted(chronicle, facts, write):
        return ""
    return f"the generation on record wants it{_when(proven)}"


def _when(proven: float | None) -> str:
    return "" if proven is None else f"; it was at {proven:.1f} s"


def moved_away(chronicle: Chronicle, host: str, lease: str, time: float) -> bool:
    """True when by then an operator had asked for a hostname to go from this lease to another."""
    return any(
        mark.time <= time + TICK and mark.lease != lease and host in mark.detail.split()
        for mark in chronicle.marks("transfer")
    )


def _is_wanted(chronicle: Chronicle, facts: LeaseFacts, write: Write) -> bool:
    lease = facts.plan.name
    wanted = facts.wanted.get(chronicle.recorded(lease, write.time))
    if wanted is None:
        return False
    plural = write.plural
    if plural not in kinds.by_plural(facts.wanted):
        if plural != _CLAIM_OF_HOST:
            return False
        plural = _ROUTE
    return (plural, write.name) in wanted and not _undoes(chronicle, facts, write, plural)


def _undoes(chronicle: Chronicle, facts: LeaseFacts, write: Write, plural: str) -> bool:
    """True where what was refused goes, with what it had overtaken half-way, down to what stood whole."""
    lease = facts.plan.name
    if chronicle.recorded(lease, write.time) not in chronicle.refused(lease):
        return False
    commits, end = chronicle.of_lease[lease], chronicle.evidence.ended_at
    stood = wholes(facts, commits, chronicle.reach, end, settle_seconds=_NOTICED_SECONDS)
    whole = {generation for at, generation in stood if at <= write.time}
    return not any((plural, write.name) in facts.wanted.get(g, frozenset()) for g in whole)
