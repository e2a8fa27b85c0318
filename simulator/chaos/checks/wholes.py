"""When a generation of a lease stood whole in the cluster, from its commits."""

from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.reach import Reach
from simulator.chaos.evidence import LeaseFacts
from simulator.journal import CommitEntry
from simulator.world import EPOCH

SETTLE_SECONDS = 30.0
"""So long it stands so, with nothing in the daemon's way: then the daemon has taken it for whole, too."""


def wholes(
    facts: LeaseFacts,
    commits: list[CommitEntry],
    reach: Reach,
    ended_at: float,
    *,
    settle_seconds: float = SETTLE_SECONDS,
) -> Iterator[tuple[float, int]]:
    """
    From when on which generation had stood whole: on record, every object there, all workloads of it.

    Args:
        facts: of the lease.
        commits: the lease's, in order.
        reach: what hindered the daemon.
        ended_at: the end of the run.
        settle_seconds: for how long it has to stand so, with nothing in the daemon's way.
    """
    there: set[tuple[str, str]] = set()
    carried: dict[tuple[str, str], int | None] = {}
    recorded, since, stands = 0, 0.0, 0
    for commit in commits:
        time = commit.time - EPOCH
        if stands and time - since >= settle_seconds:
            if reach.is_calm(facts.plan.name, since, since + settle_seconds):
                yield since + settle_seconds, stands
            since = time
        if commit.resource in (kinds.PODS, kinds.NAMESPACES):
            continue
        pair = (kinds.plural_of(commit.resource), commit.name)
        gone = commit.type == "DELETED"
        (there.discard if gone else there.add)(pair)
        if commit.resource == kinds.RECORDS:
            recorded = 0 if gone else kinds.generation_of_record(commit.object) or 0
        elif commit.resource in kinds.WORKLOADS:
            carried[pair] = None if gone else kinds.generation_of_workload(commit.object)
        now = recorded if _is_whole(facts, recorded, there, carried) else 0
        if now != stands:
            stands, since = now, time
    if stands and ended_at - since >= settle_seconds:
        yield since + settle_seconds, stands


def _is_whole(
    facts: LeaseFacts,
    generation: int,
    there: set[tuple[str, str]],
    carried: dict[tuple[str, str], int | None],
) -> bool:
    wanted = facts.wanted.get(generation)
    if not wanted or not wanted <= there:
        return False
    return all(found in (None, generation) for found in carried.values())
