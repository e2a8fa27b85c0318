"""
I11 Isolation: what befalls one lease keeps no other waiting.

A deploy has its own bound, from the moment at which the tenant was told that it is taken; faults that
name another lease do not stretch it. The same holds of teardowns, in I1.
"""

from bisect import bisect_right
from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import TICK, Chronicle, violation
from simulator.chaos.outcome import Violation

DEPLOY_SECONDS = 120.0
"""As long as a teardown may take; four times what an update waits behind others at most."""
_NAMED = frozenset({"ingresses", "providerhosts", "providerleasedips"})
"""Plurals of what waits while another lease has the name."""


def delayed(chronicle: Chronicle) -> Iterator[Violation]:
    """Accepted generations that were not there in time."""
    for lease, facts in chronicle.leases.items():
        sent = [time for time, _ in facts.sent]
        for time, generation in facts.accepted:
            due = chronicle.reach.calm_for(lease, time, DEPLOY_SECONDS)
            if due > _ends(chronicle, lease, sent[bisect_right(sent, time) :]):
                continue
            if generation in chronicle.refused(lease) or _may_lack_room(
                chronicle, lease, time, due
            ):
                continue
            if not _came(chronicle, lease, generation, due):
                others = _troubled(chronicle, lease, time, due)
                yield violation(
                    "I11" if others else "liveness",
                    f"generation {generation} was taken at {time:.1f} s and is not there at {due:.1f} s"
                    + (f", while {others} had trouble" if others else ""),
                    time=due,
                    lease=lease,
                    key="deploy is late",
                )


def _ends(chronicle: Chronicle, lease: str, later: list[float]) -> float:
    """When this generation stopped to be wanted, or nobody looked any more."""
    ends = [*later[:1], chronicle.evidence.ended_at]
    ends += [mark.time for mark in chronicle.marks("hold", lease)[:1]]
    closed = chronicle.leases[lease].closed_at
    return min(ends if closed is None else [*ends, closed])


def _may_lack_room(chronicle: Chronicle, lease: str, start: float, end: float) -> bool:
    """
    True when /status showed that the cluster has no room for it, or nobody looked all that time.

    A daemon that waits for its turn does not know yet.
    """
    name = str(chronicle.leases[lease].name)
    around = 2 * chronicle.evidence.plan.look_seconds
    shown = [
        (look.time, bool(row["missing"]))
        for look in chronicle.evidence.looks
        if look.body is not None
        and start - around <= look.time <= end + around
        and chronicle.leads(look.daemon, look.time)
        for row in look.body["leases"]
        if row["lease"] == name
    ]
    return any(missing for _, missing in shown) or not any(start <= at <= end for at, _ in shown)


def _came(chronicle: Chronicle, lease: str, generation: int, due: float) -> bool:
    """True when all of it was there at some moment up to then; a newer generation will do."""
    facts = chronicle.leases[lease]
    wanted = {p for p in facts.wanted.get(generation, frozenset()) if p[0] not in _NAMED}
    there: set[tuple[str, str]] = set()
    old: set[str] = set()
    for commit in chronicle.of_lease[lease]:
        if chronicle.time(commit) > due + TICK:
            break
        pair = (kinds.plural_of(commit.resource), commit.name)
        (there.discard if commit.type == "DELETED" else there.add)(pair)
        if commit.resource in kinds.WORKLOADS:
            found = kinds.generation_of_workload(commit.object) or 0
            is_old = commit.type != "DELETED" and found < generation
            (old.add if is_old else old.discard)(commit.name)
        if not old and wanted <= there:
            return True
    return False


def _troubled(chronicle: Chronicle, lease: str, start: float, end: float) -> str:
    """Other leases that a fault was about in that time."""
    found = {
        other
        for other, rows in chronicle.reach.single.items()
        if other != lease and any(begin <= end and stop >= start for begin, stop in rows)
    }
    return ", ".join(sorted(found))
