"""
I5 Obligation conservation: what is owed is on record before it is begun, and stays there until it is done.

Anybody can tell it who sees cluster and chain and never saw a daemon: a closed lease of which something is
left is owed a teardown; a held one the generation on its record; a closing that may be under way is
noted before it is sent.
"""

from collections.abc import Iterator, Mapping

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import TICK, Chronicle, violation
from simulator.chaos.checks.standing import holdings, is_held
from simulator.chaos.evidence import LeaseFacts
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry
from simulator.world import EPOCH, World

TEARDOWN = 0
"""What is owed to a lease that is lost."""


def owed(world: World, leases: Mapping[str, LeaseFacts]) -> dict[str, int]:
    """
    What has to be done now, by lease of the plan.

    Returns:
        `TEARDOWN` for a lease that the chain says is over while something of it is left, else the
        generation on its record; nothing for a lease without one, whose tenant was not told that
        the manifest is taken.
    """
    found: dict[str, int] = {}
    for name, holding in holdings(world, leases).items():
        held = is_held(world, leases[name])
        if held is None or not holding.objects:
            continue
        if not held:
            found[name] = TEARDOWN
        elif (record := holding.record) is not None:
            found[name] = kinds.generation_of_record(record) or 0
    return {name: debt for name, debt in found.items() if debt or not is_held(world, leases[name])}


def lost(chronicle: Chronicle) -> Iterator[Violation]:
    """Deeds whose intent was not on record, and obligations that vanished undone."""
    for lease in chronicle.leases:
        commits = chronicle.of_lease[lease]
        yield from _begun_unrecorded(chronicle, lease, commits)
        yield from _unmarked(chronicle, lease, commits)
        yield from _promised(chronicle, lease)
    yield from _unnoted_closings(chronicle)
    yield from _never_done(chronicle)


def _begun_unrecorded(
    chronicle: Chronicle, lease: str, commits: list[CommitEntry]
) -> Iterator[Violation]:
    """A deploy that a crash would leave without a trace of what was wanted."""
    recorded, ever, was_taken = 0, 0, False
    proven = chronicle.proven.get(lease)
    for commit in commits:
        if proven is not None and chronicle.time(commit) >= proven:
            return
        if commit.resource == kinds.RECORDS:
            gone = commit.type == "DELETED"
            # Somebody who takes the record away, or edits it, takes the promise with it.
            was_taken = was_taken or not chronicle.is_daemons(commit)
            recorded = 0 if gone else kinds.generation_of_record(commit.object) or 0
            ever = max(ever, recorded)
            continue
        if was_taken or not chronicle.is_daemons(commit) or commit.type == "DELETED":
            continue
        plural = kinds.plural_of(commit.resource)
        if not ever and commit.type == "ADDED":
            yield violation(
                "I5",
                f"{plural} {commit.name} was made before the record that says what is wanted",
                time=chronicle.time(commit),
                lease=lease,
                key="begun before it was on record",
            )
            return
        if commit.resource not in kinds.WORKLOADS:
            continue
        generation = kinds.generation_of_workload(commit.object) or 0
        if generation > ever:
            yield violation(
                "I5",
                f"{plural} {commit.name} is of generation {generation} while the record holds {recorded}",
                time=chronicle.time(commit),
                lease=lease,
                key="begun before it was on record",
            )
            return


def _unmarked(chronicle: Chronicle, lease: str, commits: list[CommitEntry]) -> Iterator[Violation]:
    """A teardown's record carries the mark to its end, so that a restart goes on without the chain."""
    marked = False
    for commit in commits:
        if commit.resource != kinds.RECORDS:
            continue
        time = chronicle.time(commit)
        was_marked, marked = marked, kinds.annotation(commit.object, kinds.CLOSING) is not None
        if not chronicle.is_daemons(commit):
            continue
        if commit.type == "DELETED":
            proven = chronicle.proven.get(lease)
            if proven is not None and proven <= time and not marked:
                yield violation(
                    "I5",
                    "the record of a lost lease was deleted without ever being marked as closing",
                    time=time,
                    lease=lease,
                    key="teardown not on record",
                )
            marked = False
        elif was_marked and not marked:
            yield violation(
                "I5",
                "the mark that the lease is closing vanished from its record",
                time=time,
                lease=lease,
                key="closing mark vanished",
            )


def _promised(chronicle: Chronicle, lease: str) -> Iterator[Violation]:
    """A tenant is told 200 when its generation is on record, not sooner."""
    closed = chronicle.leases[lease].closed_at
    for time, generation in chronicle.leases[lease].accepted:
        if closed is not None and closed <= time:
            continue
        ever = max((g for at, g in chronicle.records[lease] if at <= time + TICK), default=0)
        if ever < generation:
            yield violation(
                "I5",
                f"the tenant was told that generation {generation} is taken; its record holds {ever}",
                time=time,
                lease=lease,
                key="accepted and not on record",
            )


def _unnoted_closings(chronicle: Chronicle) -> Iterator[Violation]:
    names = {facts.name: name for name, facts in chronicle.leases.items()}
    for sent in chronicle.evidence.world.transactions.sent:
        lease = names.get(sent.lease)
        if lease is None:
            continue
        record = next(
            (
                commit
                for commit in reversed(chronicle.of_lease[lease])
                if commit.resource == kinds.RECORDS and commit.time <= sent.time
            ),
            None,
        )
        if record is not None and not chronicle.is_daemons(record) and record.type == "DELETED":
            continue
        if record is None or kinds.annotation(record.object, kinds.CLOSE_OWED) is None:
            yield violation(
                "I5",
                "a closing was sent that its record does not tell of: after a crash nobody knows",
                time=sent.time - EPOCH,
                lease=lease,
                key="closing not on record",
            )


def _never_done(chronicle: Chronicle) -> Iterator[Violation]:
    """What was owed when a process ended, and is not done in the end."""
    evidence = chronicle.evidence
    if evidence.quiet_at is None:
        return
    there = holdings(evidence.world, chronicle.leases)
    for life in evidence.lives:
        for lease, debt in life.debts.items():
            facts, holding = chronicle.leases[lease], there[lease]
            held = is_held(evidence.world, facts)
            refused = chronicle.refused(lease)
            if not held and holding.objects:
                resource, name = next(iter(holding.objects))
                text = f"a teardown; {kinds.plural_of(resource)} {name} is still there"
            elif held and debt and debt not in refused and not _reached(holding.record, debt):
                text = f"generation {debt}; its record holds no such thing any more"
            else:
                continue
            yield violation(
                "I5",
                f"when daemon {life.number} ended ({life.end or 'still running'}) it owed {text}",
                time=evidence.ended_at,
                lease=lease,
                key="owed at an end and never done",
            )


def _reached(record: Mapping[str, object] | None, debt: int) -> bool:
    return record is not None and (kinds.generation_of_record(dict(record)) or 0) >= debt
