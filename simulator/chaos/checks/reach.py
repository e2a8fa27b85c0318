"""
When something kept the daemon from seeing or doing what it owes: the intervals that no check counts.

Told by what was done to the world, never by what the daemon noticed. A fault of a state (a host that is
down, a node that lags) hinders while it lasts; one of requests at the moments at which it fired; one that
names a lease hinders that lease only, and this is what I11 rests on.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import attrs

from simulator.chaos.evidence import Evidence, Fired, Life
from simulator.journal import CommitEntry
from simulator.world import EPOCH

Interval = tuple[float, float]

NOBODY: Mapping[int, str] = MappingProxyType({})

_FOLLOWED = 100
"""So many moments of a fault are known; of one that fired more often, all its time counts."""
_BY_REQUEST = frozenset(
    {
        *("refused", "forbidden", "quota-exceeded", "webhook-refused", "webhook-failing", "reset"),
        *("answer-lost", "done-silent", "hang", "torn", "delay", "answer-late", "applied-late"),
        "stale-list",
    }
)
"""Faults that befall requests one by one; so do those of watches."""
_SIGHT_SECONDS = 100.0
"""So long a watch may be silent before the daemon looks for itself, and some."""
_PAUSES = {"pause": "resume"}


@attrs.define(eq=False)
class Reach:
    """Intervals of hindrance, for all leases and for single ones."""

    general: tuple[Interval, ...] = ()
    """Sorted and apart from each other."""
    single: dict[str, list[Interval]] = attrs.field(factory=dict)
    """By lease, those of faults that are about it alone."""
    troubles: tuple[Interval, ...] = ()
    """Of `general`, those of faults: that no daemon runs, is none."""
    absences: tuple[Interval, ...] = ()
    """Sorted; when no daemon had the right to write."""
    _merged: dict[str, tuple[Interval, ...]] = attrs.field(init=False, factory=dict)

    @classmethod
    def read(
        cls,
        evidence: Evidence,
        leadership: Iterable[CommitEntry] = (),
        clients: Mapping[int, str] = NOBODY,
    ) -> "Reach":
        """
        Collect them from faults, marks and the lives of the daemons.

        Args:
            evidence: of the run.
            leadership: changes of the daemons' own Lease.
            clients: by number of a request, the process that sent it: `daemon-1`.
        """
        general = [*_pauses(evidence)]
        single: dict[str, list[Interval]] = {}
        for fault in evidence.faults:
            target = general
            if fault.plan.where.lease:
                target = single.setdefault(fault.plan.where.lease, [])
            target.extend(_hindrances(fault))
        absences = list(_absences(evidence, list(leadership), clients))
        return cls(merged([*general, *absences]), single, merged(general), tuple(absences))

    def of(self, lease: str) -> tuple[Interval, ...]:
        """All hindrances of a lease, "" for those of all; sorted and apart from each other."""
        if lease not in self.single:
            return self.general
        if lease not in self._merged:
            self._merged[lease] = merged([*self.general, *self.single[lease]])
        return self._merged[lease]

    def is_calm(self, lease: str, start: float, end: float) -> bool:
        """True when nothing hindered the lease from `start` to `end`."""
        rows = self.of(lease)
        before = bisect_right(rows, (end, math.inf)) - 1
        return before < 0 or rows[before][1] < start

    def is_untroubled(self, lease: str, start: float, end: float) -> bool:
        """True when no fault touched the lease from `start` to `end`, whether a daemon ran or not."""
        rows = (*self.troubles, *self.single.get(lease, ()))
        return all(stop < start or begin > end for begin, stop in rows)

    def ruled_since(self, time: float, seconds: float) -> float:
        """From when on daemons have ruled for so many seconds before `time`, absences not counted."""
        begin = time - seconds
        for start, end in reversed(self.absences):
            if end <= begin:
                break
            if start < time:
                begin -= min(end, time) - start
        return begin

    def calm_for(self, lease: str, since: float, seconds: float) -> float:
        """The first moment, from `since` on, at which nothing has hindered the lease for so long."""
        begin = since
        for start, end in self.of(lease)[bisect_left(self._ends(lease), since) :]:
            if start - begin >= seconds:
                break
            begin = max(begin, end)
        return begin + seconds

    def _ends(self, lease: str) -> list[float]:
        return [end for _, end in self.of(lease)]

    def free_seconds(self, lease: str, start: float, end: float) -> float:
        """How much of an interval nothing hindered."""
        hindered = sum(
            max(0.0, min(end, stop) - max(start, begin)) for begin, stop in self.of(lease)
        )
        return end - start - hindered


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Sorted, those that touch made one."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _hindrances(fault: Fired) -> Iterator[Interval]:
    what = fault.plan.what
    if fault.began_at is None or not fault.fired or what.startswith("close-"):
        return
    is_watch = what.startswith("watch-")
    if (is_watch or what in _BY_REQUEST) and len(fault.times) < _FOLLOWED:
        lasts = _SIGHT_SECONDS if is_watch else 0.0
        lasts += _number(fault.plan.values.get("delay")) + _number(fault.plan.values.get("seconds"))
        for time in fault.times:
            yield time, time + lasts
    else:
        end = fault.ended_at if fault.ended_at is not None else math.inf
        yield fault.began_at, end + _SIGHT_SECONDS if is_watch else end


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _pauses(evidence: Evidence) -> Iterator[Interval]:
    for what, ends in _PAUSES.items():
        for mark in evidence.marks:
            if mark.what == what:
                yield (
                    mark.time,
                    next(
                        (m.time for m in evidence.marks if m.what == ends and m.time >= mark.time),
                        math.inf,
                    ),
                )


# ── nobody at work ──────────────────────────────────────────────────────────────────────────────


def _absences(
    evidence: Evidence, leadership: list[CommitEntry], clients: Mapping[int, str]
) -> Iterator[Interval]:
    """From 0 on, all times at which no process of the daemon held the right to write."""
    begin = 0.0
    ruled = [(start, end) for start, end, _ in reigns(evidence.lives, leadership, clients)]
    for start, end in merged(ruled):
        if start > begin:
            yield begin, start
        begin = end
    if evidence.lives and begin < math.inf:
        yield begin, math.inf


def reigns(
    lives: list[Life], leadership: list[CommitEntry], clients: Mapping[int, str]
) -> Iterator[tuple[float, float, str]]:
    """From when to when which process had the right to write; by their lives where no Lease tells."""
    if not leadership:
        for each in lives:
            yield each.started_at, _end(each), f"daemon-{each.number}"
        return
    numbered: dict[str, Life] = {f"daemon-{one.number}": one for one in lives}
    changes = list(_holders(leadership))
    for number, (time, holder, request) in enumerate(changes):
        life = numbered.get(clients.get(request, ""))
        if not holder or life is None:
            continue
        until = changes[number + 1][0] if number + 1 < len(changes) else math.inf
        end = min(until, _end(life))
        if end > time:
            yield time, end, f"daemon-{life.number}"


def _end(life: Life) -> float:
    """When it stopped working: from the order to leave on it only settles."""
    ends = [end for end in (life.asked_at, life.ended_at) if end is not None]
    return min(ends, default=math.inf)


def _holders(leadership: list[CommitEntry]) -> Iterator[tuple[float, str, int]]:
    """From when on who held it, "" for nobody, and by which request."""
    before = None
    for commit in leadership:
        gone = commit.type == "DELETED"
        holder = "" if gone else (commit.object.get("spec") or {}).get("holderIdentity") or ""
        if holder != before:
            yield commit.time - EPOCH, holder, commit.request
        before = holder
