"""
I12 At-most-once money: of each closing one effect, and no write twice that may have been done once.

A transaction whose outcome is unknown may still show: nothing is sent before it had its time, and nothing
at all once the daemon was told that the lease is closed.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.outcome import Violation
from simulator.market.transactions import Transaction
from simulator.world import EPOCH

PATIENCE_SECONDS = 100.0
"""A transaction shows within that, or not at all; the daemon's own patience is 120 s."""
_NEWS_SECONDS = 1.0
_WIRE_SECONDS = 12.0
"""A request of the daemon has 10 s; longer on its way is only what a fault kept there."""
_LATE = frozenset({"applied-late", "delay", "latency"})


def repeated(chronicle: Chronicle) -> Iterator[Violation]:
    """Closings and writes that were, or could have been, done twice."""
    yield from _closings(chronicle)
    yield from _writes(chronicle)
    yield from _strangers(chronicle)


def _closings(chronicle: Chronicle) -> Iterator[Violation]:
    names = {facts.name: name for name, facts in chronicle.leases.items()}
    by_lease: dict[str, list[Transaction]] = defaultdict(list)
    for sent in chronicle.evidence.world.transactions.sent:
        by_lease[names.get(sent.lease, str(sent.lease))].append(sent)
    for lease, transactions in by_lease.items():
        executed = [sent for sent in transactions if sent.height is not None]
        if len(executed) > 1:
            yield violation(
                "I12",
                f"{len(executed)} closings were executed",
                time=executed[1].time - EPOCH,
                lease=lease,
                key="closed twice",
            )
        for before, sent in pairwise(transactions):
            time = sent.time - EPOCH
            # Turned away for certain is no effect; everything else may still come.
            if not before.failure and sent.time - before.time < PATIENCE_SECONDS:
                yield violation(
                    "I12",
                    f"a closing was sent {sent.time - before.time:.1f} s after one that may still show",
                    time=time,
                    lease=lease,
                    key="two closings under way",
                )
        proven = chronicle.proven.get(lease)
        for sent in transactions:
            time = sent.time - EPOCH
            if proven is not None and time > proven + _NEWS_SECONDS:
                yield violation(
                    "I12",
                    f"a closing was sent although the lease was known to be closed at {proven:.1f} s",
                    time=time,
                    lease=lease,
                    key="closing of a closed lease",
                )


def _writes(chronicle: Chronicle) -> Iterator[Violation]:
    """The same bytes to the same place with an effect each, though nobody had undone the first."""
    effects: dict[int, int] = {}
    deleted: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, commit in enumerate(chronicle.commits):
        if commit.type == "DELETED":
            deleted[commit.resource.rpartition("/")[2], commit.name].append(number)
        if commit.request in chronicle.requests:
            effects[commit.request] = number
    first: dict[tuple[str, bytes], int] = {}
    for write in chronicle.writes:
        effect = effects.get(write.entry.number)
        is_whole = write.entry.method in ("POST", "PUT") or b'"kind"' in write.entry.body
        if effect is None or write.entry.method == "DELETE" or not is_whole:
            continue
        key = (write.entry.target, write.entry.body)
        before = first.get(key)
        first[key] = effect
        gone = deleted.get((write.plural, write.name), ())
        if before is None or any(before < at < effect for at in gone):
            continue
        yield violation(
            "I12",
            f"{write} was done twice, byte for byte",
            time=write.time,
            lease=write.lease,
            key=f"{write.plural} written twice",
        )


def _strangers(chronicle: Chronicle) -> Iterator[Violation]:
    """A second daemon waits: what is written is the holder's of the daemons' own Lease."""
    reigns = chronicle.reigns
    if not reigns:
        return
    for write in chronicle.writes:
        client = write.entry.client
        if not client or not write.lease or write.is_trial or not write.is_done:
            continue
        others = [who for start, end, who in reigns if start < write.time < end and who != client]
        if others and not _was_sent_before(chronicle, write.time, client):
            yield violation(
                "I12",
                f"{write} came from {client} while {others[0]} was the one that writes",
                time=write.time,
                lease=write.lease,
                key="written by the second daemon",
            )


def _was_sent_before(chronicle: Chronicle, time: float, client: str) -> bool:
    """True where the process had the right so lately that this may have been on its way."""
    ends = [end for start, end, who in chronicle.reigns if who == client and start <= time]
    if not ends:
        return False
    late = any(
        fault.plan.what in _LATE
        and any(ends[-1] - _WIRE_SECONDS <= at <= time for at in fault.times)
        for fault in chronicle.evidence.faults
    )
    return late or time - ends[-1] < _WIRE_SECONDS
