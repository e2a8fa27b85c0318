"""
I10 Bounded shutdown: told to leave, a daemon is gone in time and begins nothing that destroys.

That the next one continues what was owed is I5's, at the same ends.
"""

from collections.abc import Iterator

from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.evidence import Life
from simulator.chaos.outcome import Violation
from simulator.world import EPOCH

LEAVE_SECONDS = 16.0
"""Its own bound is 15."""
_WIRE_SECONDS = 0.5
"""A request that was sent before the signal is answered within that, where nothing is slow."""
_CALM_SECONDS = 30.0


def lingering(chronicle: Chronicle) -> Iterator[Violation]:
    """Processes that stay too long, or begin deletes and closings after the signal."""
    for life in chronicle.evidence.lives:
        if life.end != "sigterm" or life.asked_at is None:
            continue
        end = life.ended_at if life.ended_at is not None else chronicle.evidence.ended_at
        if end - life.asked_at > LEAVE_SECONDS and not _was_paused(chronicle, life, end):
            yield violation(
                "I10",
                f"daemon {life.number} was told to leave and took {end - life.asked_at:.1f} s",
                time=end,
                key="leaves too late",
            )
        yield from _begun(chronicle, life, end)


def _was_paused(chronicle: Chronicle, life: Life, end: float) -> bool:
    return any(
        fault.plan.what == "daemon-paused"
        and fault.began_at is not None
        and fault.began_at < end
        and (fault.ended_at is None or fault.ended_at > (life.asked_at or 0.0))
        for fault in chronicle.evidence.faults
    )


def _begun(chronicle: Chronicle, life: Life, end: float) -> Iterator[Violation]:
    asked = life.asked_at or 0.0
    latency = chronicle.evidence.plan.world.latency_seconds
    allowed = asked + _WIRE_SECONDS + 2 * latency
    if not chronicle.reach.is_untroubled("", asked - _CALM_SECONDS, end):
        return
    client = f"daemon-{life.number}"
    for write in chronicle.writes:
        if not allowed < write.time <= end or write.entry.client not in ("", client):
            continue
        if write.entry.method == "DELETE" and not write.is_trial:
            yield violation(
                "I10",
                f"{write} {write.time - asked:.1f} s after the signal to leave",
                time=write.time,
                lease=write.lease,
                key=f"{write.plural} deleted while leaving",
            )
    for sent in chronicle.evidence.world.transactions.sent:
        if allowed < sent.time - EPOCH <= end:
            time = sent.time - EPOCH
            text = f"a closing was sent {time - asked:.1f} s after the signal to leave"
            yield violation("I10", text, time=time, key="closing while leaving")
