"""
I14 Generation monotone: no workload and no record goes back, but from a generation that was refused.

Read from the environment that every service of a plan has its generation in.
"""

from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry

_CARRIERS = frozenset({*kinds.WORKLOADS, kinds.RECORDS})


def resurrections(chronicle: Chronicle) -> Iterator[Violation]:
    """Steps back, and leases that end up in more than one generation."""
    for lease, commits in chronicle.of_lease.items():
        last: dict[tuple[str, str], int] = {}
        """Of what is gone too: it must not come back older than it went."""
        there: dict[str, int] = {}
        for commit in commits:
            if commit.resource not in _CARRIERS:
                continue
            if commit.type == "DELETED":
                there.pop(commit.name, None)
                continue
            generation = _generation(commit)
            if generation is None:
                continue
            key = (commit.resource, commit.name)
            before = last.get(key, 0)
            last[key] = generation
            if commit.resource != kinds.RECORDS:
                there[commit.name] = generation
            if generation < before and chronicle.is_daemons(commit):
                yield from _step_back(chronicle, lease, commit, before, generation)
        yield from _mixed(chronicle, lease, there)


def _generation(commit: CommitEntry) -> int | None:
    if commit.resource == kinds.RECORDS:
        return kinds.generation_of_record(commit.object)
    return kinds.generation_of_workload(commit.object)


def _step_back(
    chronicle: Chronicle, lease: str, commit: CommitEntry, before: int, after: int
) -> Iterator[Violation]:
    time = chronicle.time(commit)
    refused = chronicle.refused(lease)
    # What stood whole was accepted, whatever is said of it later.
    whole = [g for at, g in chronicle.wholes[lease] if at <= time]
    if after >= max(whole, default=0) and any(
        after < g and g in refused for at, g in chronicle.records[lease] if at <= time
    ):
        # What was refused is undone, and with it what it had overtaken half-way.
        return
    plural = kinds.plural_of(commit.resource)
    yield violation(
        "I14",
        f"{plural} {commit.name} went back from generation {before} to {after}",
        time=time,
        lease=lease,
        key=f"{plural} goes back",
    )


def _mixed(chronicle: Chronicle, lease: str, there: dict[str, int]) -> Iterator[Violation]:
    """At rest all workloads stem from the generation on record."""
    evidence = chronicle.evidence
    facts = chronicle.leases[lease]
    if evidence.quiet_at is None or facts.closed_at is not None:
        return
    if len(set(there.values())) > 1:
        yield violation(
            "I14",
            "at rest its workloads are of several generations: "
            + ", ".join(f"{name} of {g}" for name, g in sorted(there.items())),
            time=evidence.quiet_at,
            lease=lease,
            key="several generations at rest",
        )
