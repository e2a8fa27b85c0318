"""
I3 No false close, and I4 Closure brake: what a daemon may close on the market, and how many at once.

A closing takes that the lease was seen unhealthy for the whole budget of one cause by the process that
noted it; time in which nobody could look does not count. A closing begins when it is noted.
"""

import math
from collections.abc import Iterator

import attrs

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import TICK, Chronicle, violation
from simulator.chaos.checks.reach import Interval, merged
from simulator.chaos.checks.vitals import BUDGETS, CRASH_LOOP
from simulator.chaos.outcome import Violation
from simulator.market.transactions import Transaction
from simulator.world import EPOCH

BUDGET_SECONDS = 86_400.0
STEADY_SECONDS = 600.0
"""After a crash loop only health that lasts so long is health."""
_SEEN_SECONDS = 30.0
"""What has lasted so long, with nothing in its way, the daemon has seen."""
_STALE_SECONDS = 90.0
"""A shorter time without sight is bridged: what was seen before and after it held meanwhile."""
_SLACK_SECONDS = 2.0
_SHOWS_SECONDS = 150.0
"""A closing that was sent shows within 120 s, or is given up soon after."""
BLIND = frozenset({"host-down", "host-silent", "cable-silent", "cable-cut", "daemon-paused"})
_BRAKE_LEAST, _BRAKE_SHARE, _BRAKE_SECONDS = 3, 0.05, 600.0


def false_closings(chronicle: Chronicle) -> Iterator[Violation]:
    """Closings of leases that had not been seen unhealthy for long enough, or not any more."""
    names = {facts.name: name for name, facts in chronicle.leases.items()}
    for sent in chronicle.evidence.world.transactions.sent:
        lease = names.get(sent.lease)
        if lease is None:
            yield violation("I3", f"closing of {sent.lease}, no lease of the plan", key="whose?")
            continue
        time = sent.time - EPOCH
        if why := _false(chronicle, lease, sent):
            yield violation("I3", f"closed: {why}", time=time, lease=lease, key=why.split(";")[0])


def _false(chronicle: Chronicle, lease: str, sent: Transaction) -> str:
    time = sent.time - EPOCH
    if _held_back(chronicle, lease, time):
        return "an operator held the lease back"
    now = chronicle.spell(lease, time)
    is_seen = chronicle.reach.is_calm(lease, time - _SEEN_SECONDS, time)
    if now is not None and now.healthy and is_seen and time - now.start > _SEEN_SECONDS:
        return f"it was healthy; since {now.start:.1f} s"
    noted = noted_at(chronicle, lease, time)
    if _renewed(chronicle, lease, time, heard=True) > noted or _recovered(
        chronicle, lease, noted, sent
    ):
        # What was noted is over; what came after it needs a budget of its own.
        noted = time
    seen = _unhealthy_seconds(chronicle, lease, noted)
    if any(
        seconds >= chronicle.setting(BUDGETS[cause], BUDGET_SECONDS) - _SLACK_SECONDS
        for cause, seconds in seen.items()
    ):
        return ""
    shown = ", ".join(f"{cause} {s:.0f} s" for cause, s in sorted(seen.items())) or "nothing"
    return f"no budget was used up; seen until {noted:.1f} s: {shown}"


def _held_back(chronicle: Chronicle, lease: str, time: float) -> bool:
    """True when the hold had been there for long enough to be seen."""
    since = None
    for commit in chronicle.of_lease[lease]:
        if commit.resource != kinds.NAMESPACES or chronicle.time(commit) > time:
            continue
        held = kinds.annotation(commit.object, kinds.HOLD) is not None
        since = (since if since is not None else chronicle.time(commit)) if held else None
    return (
        since is not None
        and time - since > _SEEN_SECONDS
        and chronicle.reach.is_calm(lease, since, time)
    )


def noted_at(chronicle: Chronicle, lease: str, time: float) -> float:
    """When the closing that was owed at a time had been put on record; that time when it was not."""
    since = None
    for commit in chronicle.of_lease[lease]:
        if commit.resource != kinds.RECORDS or chronicle.time(commit) > time + TICK:
            continue
        owed = kinds.annotation(commit.object, kinds.CLOSE_OWED) is not None
        since = (since if since is not None else chronicle.time(commit)) if owed else None
    return time if since is None else since


def _unhealthy_seconds(chronicle: Chronicle, lease: str, until: float) -> dict[str, float]:
    """By cause: for how long it was to be seen, by a process that noted it then."""
    alive = [
        life.started_at
        for life in chronicle.evidence.lives
        if life.started_at <= until and (life.ended_at is None or life.ended_at >= until)
    ]
    start = max(min(alive, default=0.0), _renewed(chronicle, lease, until))
    blind, health = _blind(chronicle), chronicle.health(lease)
    seconds: dict[str, float] = {}
    for number, spell in enumerate(health):
        end = min(health[number + 1].start if number + 1 < len(health) else math.inf, until)
        begin = max(spell.start, start)
        if end <= begin:
            continue
        if spell.healthy and chronicle.reach.is_calm(lease, begin, end):
            if end - begin >= STEADY_SECONDS:
                seconds = {}
            elif end - begin >= _SEEN_SECONDS:
                seconds = {c: s for c, s in seconds.items() if c == CRASH_LOOP}
        dark = sum(max(0.0, min(end, stop) - max(begin, at)) for at, stop in blind)
        for cause in spell.causes:
            seconds[cause] = seconds.get(cause, 0.0) + end - begin - dark
    return seconds


def _recovered(chronicle: Chronicle, lease: str, noted: float, sent: Transaction) -> bool:
    """True when it was seen healthy for long enough between the note and the closing."""
    time = sent.time - EPOCH
    earlier = [
        other.time - EPOCH
        for other in chronicle.evidence.world.transactions.sent
        if other.lease == sent.lease and other.number < sent.number
    ]
    # While a closing may still show, only the market ends it.
    since = max(noted, max(earlier, default=-math.inf) + _SHOWS_SECONDS)
    health = chronicle.health(lease)
    crashed = any(CRASH_LOOP in spell.causes for spell in health)
    for number, spell in enumerate(health):
        end = min(health[number + 1].start if number + 1 < len(health) else math.inf, time)
        begin = max(spell.start, since)
        needed = STEADY_SECONDS + _SEEN_SECONDS if crashed else _SEEN_SECONDS
        if spell.healthy and end - begin >= needed and chronicle.reach.is_calm(lease, begin, end):
            return True
    return False


def _renewed(chronicle: Chronicle, lease: str, until: float, *, heard: bool = False) -> float:
    """
    When the record last went on to a newer generation, which begins with full budgets.

    With `heard` only what the daemon surely knew before `until`: its tenant had been told so, or long ago.
    A closing may pass the answer to the record's write on the wire. What is of one instant has no order.
    """
    told = {generation: at for at, generation in reversed(chronicle.leases[lease].accepted)}
    highest, renewed = 0, 0.0
    for at, generation in chronicle.records[lease]:
        known = min(told.get(generation, math.inf), at + _SEEN_SECONDS) if heard else at
        if generation > highest and known + TICK <= until:
            highest, renewed = generation, at
    return renewed


def _blind(chronicle: Chronicle) -> tuple[Interval, ...]:
    """When nobody could look at the cluster, for too long to bridge it."""
    found = [
        (fault.began_at, fault.ended_at if fault.ended_at is not None else math.inf)
        for fault in chronicle.evidence.faults
        if fault.began_at is not None
        and fault.fired
        and fault.plan.what in BLIND
        and fault.plan.where.host in ("", "kubernetes")
    ]
    return tuple((at, end) for at, end in merged(found) if end - at > _STALE_SECONDS)


# ── I4 ──────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class _Closure:
    began: float
    sent: float
    lease: str


def hasty_closings(chronicle: Chronicle) -> Iterator[Violation]:
    """More leases closed within a window than the brake lets through, if no operator let them."""
    names = {facts.name: name for name, facts in chronicle.leases.items()}
    window = chronicle.setting("cluster.brake_window_seconds", _BRAKE_SECONDS)
    least = int(chronicle.setting("cluster.brake_min", _BRAKE_LEAST))
    share = chronicle.setting("cluster.brake_share", _BRAKE_SHARE)
    most = max(least, math.floor(len(chronicle.leases) * share))
    first: dict[str, _Closure] = {}
    for sent in chronicle.evidence.world.transactions.sent:
        lease, time = names.get(sent.lease, str(sent.lease)), sent.time - EPOCH
        if lease not in first:
            began = noted_at(chronicle, lease, time) if lease in chronicle.leases else time
            first[lease] = _Closure(began, time, lease)
    released = [mark.time for mark in chronicle.marks("release")]
    closures = sorted(first.values(), key=lambda closure: closure.began)
    for number, closure in enumerate(closures[most:]):
        before = closures[number]
        let = any(before.began <= time <= closure.sent + TICK for time in released)
        if closure.began - before.began < window and not let:
            yield violation(
                "I4",
                f"{most + 1} closings began within {closure.began - before.began:.0f} s; "
                f"{most} is the most in {window:.0f} s",
                time=closure.sent,
                lease=closure.lease,
                key="too many closings at once",
            )
            return
