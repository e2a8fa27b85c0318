"""I7 Single owner: a hostname, a leased port, a node port is at most one lease's at any time."""

from collections import defaultdict
from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.checks.murders import moved_away
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry
from simulator.market.leases import LeaseName

_OBJECTS = frozenset({kinds.INGRESSES, kinds.SERVICES, kinds.HOSTS, kinds.ADDRESSES})


def shared(chronicle: Chronicle) -> Iterator[Violation]:
    """Things that two leases had at once, routes beside the declared holder, holders robbed."""
    leases = {facts.namespace: name for name, facts in chronicle.leases.items()}
    names = {facts.name: name for name, facts in chronicle.leases.items()}
    held: dict[str, set[tuple[str, str]]] = defaultdict(set)
    """By thing, (lease, object) of those that have it."""
    things: dict[tuple[str, str, str], frozenset[str]] = {}
    holders: dict[str, str] = {}
    for commit in chronicle.commits:
        if commit.resource not in _OBJECTS:
            continue
        if commit.resource == kinds.HOSTS:
            name = kinds.lease_of_labels(commit.object)
            lease = names.get(name, str(name)) if name else ""
            yield from _robbed(chronicle, commit, holders.get(commit.name, ""), lease)
            holders[commit.name] = "" if commit.type == "DELETED" else lease
            continue
        lease = _owner(commit, leases, names)
        if not lease:
            continue
        place = (commit.resource, commit.namespace, commit.name)
        has = frozenset[str]() if commit.type == "DELETED" else frozenset(_things(commit))
        before = things.get(place, frozenset())
        for thing in before - has:
            held[thing].discard((lease, commit.name))
        for thing in sorted(has - before):
            held[thing].add((lease, commit.name))
            owners = sorted({owner for owner, _ in held[thing]})
            if len(owners) > 1:
                yield violation(
                    "I7",
                    f"{thing} is of {' and '.join(owners)} at once",
                    time=chronicle.time(commit),
                    lease=lease,
                    key=f"{thing.partition(' ')[0]} of two leases",
                )
            elif commit.resource == kinds.INGRESSES:
                yield from _beside_holder(chronicle, commit, thing, lease, holders)
        things[place] = has


def _owner(commit: CommitEntry, leases: dict[str, str], names: dict[LeaseName, str]) -> str:
    if commit.resource == kinds.ADDRESSES:
        name = kinds.lease_of_labels(commit.object)
        return names.get(name, str(name)) if name else ""
    return leases.get(commit.namespace, "")


def _things(commit: CommitEntry) -> Iterator[str]:
    spec = commit.object.get("spec") or {}
    if commit.resource == kinds.INGRESSES:
        for host in kinds.hosts_of_route(commit.object):
            yield f"hostname {host}"
    elif commit.resource == kinds.ADDRESSES:
        yield f"address {spec.get('sharing_key')} {spec.get('protocol')}/{spec.get('external_port')}"
    else:
        for port in spec.get("ports") or ():
            if "nodePort" in port:
                yield f"port {port['nodePort']}/{port.get('protocol', 'TCP')}"


def _beside_holder(
    chronicle: Chronicle, commit: CommitEntry, thing: str, lease: str, holders: dict[str, str]
) -> Iterator[Violation]:
    """A new route where the hostname is declared to be another's: its holder is not asked."""
    host = thing.partition(" ")[2]
    holder, time = holders.get(host, ""), chronicle.time(commit)
    if (
        holder
        and holder != lease
        and chronicle.is_daemons(commit)
        and _keeps(chronicle, holder, host, time)
    ):
        yield violation(
            "I7",
            f"a route for {thing} was made while {holder} is its declared holder",
            time=time,
            lease=lease,
            key="hostname routed beside its holder",
        )


def _robbed(
    chronicle: Chronicle, commit: CommitEntry, before: str, after: str
) -> Iterator[Violation]:
    """A hostname that went from one lease to another without its holder's or an operator's will."""
    if not before or before == after or commit.type == "DELETED":
        return
    time, host = chronicle.time(commit), commit.name
    if not chronicle.is_daemons(commit) or not _keeps(chronicle, before, host, time):
        return
    yield violation(
        "I7",
        f"hostname {host} went from {before}, which is held and wants it, to {after}",
        time=time,
        lease=before,
        key="hostname taken from its holder",
    )


def _keeps(chronicle: Chronicle, holder: str, host: str, time: float) -> bool:
    """True for a holder that is not proven lost, wants the hostname, and had not to give it away."""
    proven = chronicle.proven.get(holder)
    if (proven is not None and proven <= time) or moved_away(chronicle, host, holder, time):
        return False
    facts = chronicle.leases.get(holder)
    if facts is None:
        return True
    return ("ingresses", host) in facts.wanted.get(chronicle.recorded(holder, time), frozenset())
