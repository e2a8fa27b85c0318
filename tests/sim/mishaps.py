"""What may happen at one request of a start: the sweep over it steps through these."""

from simulator.faults import refusals
from simulator.faults.effects import (
    ApplyLate,
    KeepSilent,
    LoseAnswer,
    Refuse,
    Reset,
    Tear,
)

KINDS = {
    "500": Refuse(refusals.server_error),
    "409": Refuse(refusals.conflict),
    "429": Refuse(refusals.too_many, retry_after_seconds=2),
    "reset before": Reset(),
    "reset after": LoseAnswer(),
    "never answered": KeepSilent(),
    "torn answer": Tear(after_bytes=40),
    "applied late": ApplyLate(seconds=20, silent=True),
}
"""By name: a refusal, no answer, or one that comes too late; each once."""


AT_ONCE = 2
"""So many of them in one run; the seed shifts them: with LEASEKEEPER_SEED from 0 to 3 each request
meets each kind."""


def effects_at(n, seed, at_once=AT_ONCE):
    """Those whose turn it is at the n-th request."""
    row = list(KINDS.values())
    return [row[((n + seed) * at_once + i) % len(row)] for i in range(at_once)]
