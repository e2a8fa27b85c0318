"""I8 Idle is silent: where nothing changed, nothing is written and nothing is sent, nor asked in circles."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import TICK, Chronicle, violation
from simulator.chaos.checks.writes import Write
from simulator.chaos.outcome import Violation
from simulator.world import EPOCH

ACCEPTED_SECONDS = 60.0
"""A manifest that was sent long ago and is taken only now is tried so long before that is told."""

UNCHANGED_SECONDS = 240.0
"""So long nothing may have happened to a lease before a write for it is one for nothing; the time at
which no daemon ruled does not count."""
BUSY_A_MINUTE = 120
"""Requests of one process at rest, the market's aside; a quiet one sends a handful."""
_RENDERED = frozenset(
    {
        *("namespaces", "networkpolicies", "secrets", "serviceaccounts", "roles", "rolebindings"),
        *("deployments", "statefulsets", "services", "manifests"),
    }
)
_CONTROLLERS_OWN = frozenset({"pods", "replicasets", "endpoints", "endpointslices", "events"})


def noise(chronicle: Chronicle) -> Iterator[Violation]:
    """Writes and transactions at rest; writes for leases to which nothing had happened."""
    evidence = chronicle.evidence
    if evidence.quiet_at is not None:
        yield from _at_rest(chronicle, evidence.quiet_at, _leaving(chronicle))
    yield from _for_nothing(chronicle)


def _leaving(chronicle: Chronicle) -> float:
    """When the idle time was over: the first daemon was told to leave, or the run ended."""
    evidence = chronicle.evidence
    asked = [
        life.asked_at
        for life in evidence.lives
        if life.asked_at is not None and life.asked_at > (evidence.quiet_at or 0.0)
    ]
    return min([*asked, evidence.ended_at])


def _at_rest(chronicle: Chronicle, begin: float, end: float) -> Iterator[Violation]:
    for write in chronicle.writes:
        if begin + TICK < write.time < end - TICK:
            trial = ", a trial" if write.is_trial else ""
            yield violation(
                "I8",
                f"at rest: {write}{trial}, answered {write.entry.status}",
                time=write.time,
                lease=write.lease,
                key=f"{write.plural} written at rest",
            )
    for sent in chronicle.evidence.world.transactions.sent:
        if begin + TICK < sent.time - EPOCH < end - TICK:
            time = sent.time - EPOCH
            yield violation("I8", "at rest a closing was sent", time=time, key="closing at rest")
    asked = Counter(
        entry.client
        for entry in chronicle.requests.values()
        if begin < entry.time - EPOCH < end and "watch=" not in entry.target
    )
    for client, number in asked.items():
        if number > BUSY_A_MINUTE * max((end - begin) / 60.0, 1.0):
            text = f"{client or 'the daemon'} sent {number} requests in {end - begin:.0f} s of rest"
            yield violation("I8", text, time=end, key="busy at rest")


def _for_nothing(chronicle: Chronicle) -> Iterator[Violation]:
    """Applied objects of leases that were whole, wanted by nobody otherwise, and touched by no one."""
    happened = {name: _happened(chronicle, name) for name in chronicle.leases}
    for write in chronicle.writes:
        if not write.lease or not _is_apply(write) or not write.is_done:
            continue
        moments = happened[write.lease]
        since = chronicle.reach.ruled_since(write.time, UNCHANGED_SECONDS)
        before = bisect_left(moments, since)
        # A trial comes before the answer that its manifest is taken.
        until = write.time + (ACCEPTED_SECONDS if write.is_trial else TICK)
        if before < len(moments) and moments[before] < until:
            continue
        if not chronicle.reach.is_untroubled(write.lease, since, write.time):
            continue
        if _is_tried_again(chronicle, write) or _found_room(chronicle, write, since):
            continue
        yield violation(
            "I8",
            f"{write}: nothing had happened to the lease for {UNCHANGED_SECONDS:.0f} s",
            time=write.time,
            lease=write.lease,
            key=f"{write.plural} written for nothing",
        )


def _is_tried_again(chronicle: Chronicle, write: Write) -> bool:
    """
    A new process tries once what does not run: it does not know that it was refused.

    Of what waits for room it writes nothing; whether it would be taken is tried before that is asked.
    """
    refused = chronicle.refused(write.lease)
    newest = chronicle.leases[write.lease].newest
    is_refused = newest in refused or chronicle.recorded(write.lease, write.time) in refused
    if not is_refused and not (write.is_trial and _waits(chronicle, write)):
        return False
    begun = [life.started_at for life in chronicle.evidence.lives]
    begun += [start for start, _, _ in chronicle.reigns]
    return any(write.time - UNCHANGED_SECONDS <= at <= write.time for at in begun)


def _found_room(chronicle: Chronicle, write: Write, since: float) -> bool:
    """A lease of which the newest did not run yet, while pods or nodes gave what it may have waited for."""
    return _waits(chronicle, write) and any(
        commit.resource == kinds.NODES or (commit.resource, commit.type) == (kinds.PODS, "DELETED")
        for commit in chronicle.commits
        if since <= chronicle.time(commit) <= write.time
    )


def _waits(chronicle: Chronicle, write: Write) -> bool:
    """True when the newest that was sent has never run before this write."""
    runs = 0
    for commit in chronicle.of_lease[write.lease]:
        if chronicle.time(commit) >= write.time - TICK:
            break
        if commit.resource in kinds.WORKLOADS:
            runs = max(runs, kinds.generation_of_workload(commit.object) or 0)
    wanted = [g for at, g in chronicle.leases[write.lease].sent if at <= write.time]
    return runs not in wanted[-1:]


def _is_apply(write: Write) -> bool:
    return (
        write.plural in _RENDERED
        and not write.subresource
        and write.entry.method in ("PATCH", "PUT", "POST")
        and b'"kind"' in write.entry.body
    )


def _happened(chronicle: Chronicle, lease: str) -> list[float]:
    """When something was done to a lease, or told about it; sorted."""
    facts = chronicle.leases[lease]
    found = [time for time, _ in (*facts.sent, *facts.accepted)]
    found += [
        mark.time for mark in chronicle.evidence.marks if _matters(mark.what, mark.lease, lease)
    ]
    written_by_now = float("-inf")
    for commit in chronicle.of_lease[lease]:
        plural = kinds.plural_of(commit.resource)
        time = chronicle.time(commit)
        if commit.type == "MODIFIED" and commit.request == 0:
            continue
        if plural in _CONTROLLERS_OWN:
            continue
        if not chronicle.is_daemons(commit):
            found.append(time)
        elif time - written_by_now < UNCHANGED_SECONDS or _begins(chronicle, lease, time):
            # Part of what is under way since something did happen.
            found.append(time)
        written_by_now = time
    if lease in chronicle.proven:
        found.append(chronicle.proven[lease])
    return sorted(found)


def _begins(chronicle: Chronicle, lease: str, time: float) -> bool:
    return any(abs(at - time) < TICK for at, _ in chronicle.records[lease])


def _matters(what: str, about: str, lease: str) -> bool:
    """Marks of other leases do not; those of nodes, brakes and faults may."""
    if about:
        return about == lease
    return what not in ("start", "kill", "sigterm", "heal", "ended by itself")
