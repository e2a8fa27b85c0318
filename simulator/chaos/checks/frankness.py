"""I13 Status answers: in time, and calling nothing healthy that is not, or that nobody can see to be."""

import math
from collections.abc import Iterator

from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.checks.closings import BLIND
from simulator.chaos.checks.reach import merged
from simulator.chaos.evidence import StatusLook
from simulator.chaos.outcome import Violation
from simulator.jsontypes import JSONObject

ANSWER_SECONDS = 2.0
"""For both together, beside what the network takes; kubelet waits one second for one."""
LATE_SECONDS = 180.0
"""After so long without sight everything is unknown: what is seen is believed for 90 s, and it is looked
at every 60."""
_FRESH_SECONDS = 90.0
_SEEN_SECONDS = 90.0
_STARTING_SECONDS = 5.0
_CUT_OFF = frozenset({"cable-silent", "cable-cut", "daemon-paused"})
"""Faults by which a process hears no question, or answers none."""


def lies(chronicle: Chronicle) -> Iterator[Violation]:
    """Looks that found no answer, a late one, or one that cannot be true."""
    for look in chronicle.evidence.looks:
        if not _is_standing_still(chronicle, look):
            yield from _answered(chronicle, look)
        if look.body is not None:
            yield from _stale(chronicle, look, look.body)
            yield from _untrue(chronicle, look, look.body)


def _is_standing_still(chronicle: Chronicle, look: StatusLook) -> bool:
    """True while nobody gets through to a process, or could not a moment ago, or it has hardly begun."""
    for fault in chronicle.evidence.faults:
        if fault.plan.what in _CUT_OFF and fault.began_at is not None:
            end = fault.ended_at if fault.ended_at is not None else math.inf
            begin = fault.began_at - ANSWER_SECONDS
            about = fault.plan.where.daemon in (0, look.daemon)
            if about and begin <= look.time + look.seconds and look.time <= end + _STARTING_SECONDS:
                return True
    life = next((one for one in chronicle.evidence.lives if one.number == look.daemon), None)
    return life is not None and look.time - life.started_at < _STARTING_SECONDS


def _answered(chronicle: Chronicle, look: StatusLook) -> Iterator[Violation]:
    world = chronicle.evidence.plan.world
    slow = sum(
        float(str(fault.plan.values.get("delay", 0.2)))
        + float(str(fault.plan.values.get("jitter", 0)))
        for fault in chronicle.evidence.faults
        if fault.plan.what == "latency" and fault.began_at is not None
    )
    bound = ANSWER_SECONDS + 10 * (world.latency_seconds + world.jitter_seconds + slow)
    wrong = ""
    if not look.status or not look.livez:
        wrong = "did not answer"
    elif look.status != 200 or look.livez != 200:
        wrong = f"answered {look.status} and {look.livez}"
    elif look.seconds > bound:
        wrong = "answered late"
    if wrong:
        yield violation(
            "I13",
            f"daemon {look.daemon}: /status and /livez {wrong}, after {look.seconds:.1f} s",
            time=look.time,
            key=wrong,
        )


def _stale(chronicle: Chronicle, look: StatusLook, body: JSONObject) -> Iterator[Violation]:
    """
    Nothing of the cluster was to be seen for long.

    One that stood still is left out: it may answer before its first look at anything.
    """
    fresh = chronicle.setting("deployment.fresh_seconds", _FRESH_SECONDS)
    patience = LATE_SECONDS + max(0.0, fresh - _FRESH_SECONDS)
    dark = merged(
        (fault.began_at, fault.ended_at if fault.ended_at is not None else math.inf)
        for fault in chronicle.evidence.faults
        if fault.began_at is not None
        and fault.fired
        and fault.plan.what in BLIND - {"daemon-paused"}
        and fault.plan.where.host in ("", "kubernetes")
        and fault.plan.where.daemon in (0, look.daemon)
    )
    since = next((begin for begin, end in dark if begin + patience <= look.time < end), None)
    if since is None:
        return
    healthy = [row["lease"] for row in body["leases"] if row["health"] == "healthy"]
    said = "it is ready" if body["ready"] else f"{len(healthy)} leases are healthy"
    if healthy or body["ready"]:
        yield violation(
            "I13",
            f"daemon {look.daemon} has seen nothing since {since:.0f} s and says that {said}",
            time=look.time,
            key="called healthy or ready unseen",
        )


def _untrue(chronicle: Chronicle, look: StatusLook, body: JSONObject) -> Iterator[Violation]:
    """Leases called healthy whose pods had not been for long, or that are lost."""
    rows = {row["lease"]: row for row in body["leases"]}
    for name, facts in chronicle.leases.items():
        row = rows.get(str(facts.name))
        if row is None or row["health"] != "healthy":
            continue
        if not chronicle.reach.is_calm(name, look.time - _SEEN_SECONDS, look.time):
            continue
        # It was answered some time after it was asked; only what stayed so meanwhile is a lie.
        proven = chronicle.proven.get(name)
        spell = chronicle.spell(name, look.time + look.seconds)
        # A lie that a new process could not see through is no loss: the lease goes on until it is closed.
        closed = facts.closed_at
        is_lost = proven is not None and closed is not None and proven >= closed
        if is_lost and proven is not None and proven + _SEEN_SECONDS < look.time:
            text, key = f"is lost since {proven:.1f} s", "lost lease called healthy"
        elif spell is not None and not spell.healthy and spell.start + _SEEN_SECONDS < look.time:
            text, key = f"is not, since {spell.start:.1f} s", "unready lease called healthy"
        else:
            continue
        yield violation(
            "I13",
            f"daemon {look.daemon} calls it healthy, and it {text}",
            time=look.time,
            lease=name,
            key=key,
        )
