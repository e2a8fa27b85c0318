"""Judges of what daemons sent: to the market, and to the API server."""

from collections.abc import Iterator, Mapping

from simulator.chaos.asserts.moments import UnknownMomentError, moment, window
from simulator.chaos.checks.chronicle import Chronicle
from simulator.world import EPOCH

_READS = ("GET", "HEAD", "OPTIONS")


def number(found: int, asked: Mapping[str, object]) -> Iterator[str]:
    """Compare a count with `at_most` and `at_least`."""
    most, least = asked.get("at_most"), asked.get("at_least")
    if isinstance(most, int) and found > most:
        yield f"there were {found}"
    if isinstance(least, int) and found < least:
        yield f"there were {found}"


def closings(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Transactions that close a lease, whatever became of them."""
    evidence = chronicle.evidence
    since, until = window(chronicle, asked.get("from"), asked.get("until"))
    name = evidence.leases[str(asked["lease"])].name if "lease" in asked else None
    times = [
        sent.time - EPOCH
        for sent in evidence.world.transactions.sent
        if name in (None, sent.lease) and since <= sent.time - EPOCH <= until
    ]
    for text in number(len(times), asked):
        yield f"{text}{f', the first at {times[0]:.1f}' if times else ''}"


def requests(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Requests to the API server, by the times of their answers."""
    since, until = window(chronicle, asked.get("from"), asked.get("until"))
    verb = asked.get("verb", "any")
    if verb in ("any", "read") and not {"kind", "lease"} & asked.keys():
        found = [
            f"{entry.method} {entry.target}"
            for entry in chronicle.requests.values()
            if since <= entry.time - EPOCH <= until and (verb == "any" or entry.method in _READS)
        ]
    else:
        # Of reads it is not written down which lease they are about.
        found = [
            str(write)
            for write in chronicle.writes
            if since <= write.time <= until
            and (verb != "delete" or write.entry.method == "DELETE")
            and asked.get("kind", write.plural) == write.plural
            and asked.get("lease", write.lease) == write.lease
        ]
    for text in number(len(found), asked):
        yield f"{text}{f', the first {found[0]}' if found else ''}"


def at_once(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Requests that were inside the API server, its faults included, at one time."""
    yield from number(chronicle.evidence.world.rules.most_at_once, asked)


def first_delete(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """How long after a moment a teardown began, by the time of its first answer."""
    since = moment(chronicle, asked["from"])
    found = [
        write.time
        for write in chronicle.writes
        if write.lease == asked["lease"] and write.entry.method == "DELETE" and write.time >= since
    ]
    if not found:
        raise UnknownMomentError(f"nothing of {asked['lease']} was deleted after {since:.1f}")
    if found[0] - since > float(str(asked["within"])):
        yield f"it came after {found[0] - since:.2f} s"
