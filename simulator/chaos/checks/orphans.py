"""
I1 No orphan: a closed lease leaves nothing, and its record goes last.

Counted from the moment at which the chain closed it, or from the last hindrance after that.
"""

from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry

TEARDOWN_SECONDS = 120.0
"""T_teardown, from the moment at which everything can be reached again."""
POD_GRACE_SECONDS = 30.0
POLL_SECONDS = 6.0
"""Between two questions to the market; included in the bound when the plan does not say more."""
BRAKE_LEAST, BRAKE_SHARE, BRAKE_SECONDS = 3, 0.05, 600.0


def orphans(chronicle: Chronicle) -> Iterator[Violation]:
    """Objects of lost leases that outlive the bound, and records that go too early."""
    poll = chronicle.setting("cluster.poll_seconds", POLL_SECONDS)
    bound = TEARDOWN_SECONDS + POD_GRACE_SECONDS + max(0.0, poll - POLL_SECONDS)
    for lease, facts in chronicle.leases.items():
        commits = chronicle.of_lease[lease]
        yield from _records_too_early(chronicle, lease, commits)
        if facts.closed_at is None:
            continue
        held_up = _brake_until(chronicle, lease)
        due = chronicle.reach.calm_for(lease, max(facts.closed_at, held_up), bound)
        if due > chronicle.evidence.ended_at:
            continue
        left = _present(chronicle, commits, due)
        if left:
            kind = kinds.plural_of(left[0][0])
            names = ", ".join(f"{kinds.plural_of(r)} {name}" for r, name in left[:4])
            yield violation(
                "I1",
                f"closed at {facts.closed_at:.1f} s, reachable, and at {due:.1f} s still there: "
                f"{names}{' …' if len(left) > 4 else ''} ({len(left)} in all)",
                time=due,
                lease=lease,
                key=f"{kind} outlives the lease",
            )


def _present(
    chronicle: Chronicle, commits: list[CommitEntry], time: float
) -> list[tuple[str, str]]:
    """What was there at a time: (resource, name)."""
    there: dict[tuple[str, str], None] = {}
    for commit in commits:
        if chronicle.time(commit) > time:
            break
        if commit.type == "DELETED":
            there.pop((commit.resource, commit.name), None)
        else:
            there[commit.resource, commit.name] = None
    return list(there)


def _records_too_early(
    chronicle: Chronicle, lease: str, commits: list[CommitEntry]
) -> Iterator[Violation]:
    """The record is what a restarted daemon finds its way back by, so it goes after all else."""
    proven = chronicle.proven.get(lease)
    if proven is None:
        return
    there: dict[tuple[str, str], None] = {}
    for commit in commits:
        kept = commit.resource == kinds.NAMESPACES or commit.resource in kinds.CLAIMS
        if kept and commit.type == "DELETED":
            there.pop((commit.resource, commit.name), None)
        elif kept and chronicle.time(commit) < proven:
            # What lands after that was on the wire; whoever looked before could not see it.
            there[commit.resource, commit.name] = None
        elif (
            commit.resource == kinds.RECORDS
            and commit.type == "DELETED"
            and there
            and chronicle.is_daemons(commit)
            and chronicle.time(commit) >= proven
        ):
            resource, name = next(iter(there))
            plural = kinds.plural_of(resource)
            yield violation(
                "I1",
                f"the record was deleted while {plural} {name} was still there",
                time=chronicle.time(commit),
                lease=lease,
                key=f"record gone before {plural}",
            )


def _brake_until(chronicle: Chronicle, lease: str) -> float:
    """
    Until when the brake may have held a loss up: too many at once want a second endpoint's word.

    With one endpoint they wait for the operator.
    """
    if chronicle.evidence.plan.world.market_nodes > 1:
        return 0.0
    least = int(chronicle.setting("cluster.brake_min", BRAKE_LEAST))
    share = chronicle.setting("cluster.brake_share", BRAKE_SHARE)
    window = chronicle.setting("cluster.brake_window_seconds", BRAKE_SECONDS)
    closed = sorted(f.closed_at for f in chronicle.leases.values() if f.closed_at is not None)
    mine = chronicle.leases[lease].closed_at or 0.0
    most = max(least, int(len(chronicle.leases) * share))
    if sum(abs(at - mine) <= window for at in closed) <= most:
        return 0.0
    released = [mark.time for mark in chronicle.marks("release") if mark.time >= mine]
    return max(released, default=float("inf"))
