"""Judges of what the cluster held, commit by commit."""

import math
from collections.abc import Iterator, Mapping

from simulator.chaos.asserts.moments import UnknownMomentError, moment, window
from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle


def gone(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Everything of a lease absent, from so long after a moment on."""
    limit = moment(chronicle, asked["from"]) + float(str(asked["within"]))
    there: set[tuple[str, str]] = set()
    for commit in chronicle.of_lease[str(asked["lease"])]:
        if chronicle.time(commit) > limit:
            break
        key = (kinds.plural_of(commit.resource), commit.name)
        if commit.type == "DELETED":
            there.discard(key)
        else:
            there.add(key)
    if there:
        yield f"at {limit:.1f} there were {', '.join(' '.join(key) for key in sorted(there)[:5])}"


def serves(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Each workload of a generation has a ready pod of it, all the time."""
    lease, generation = str(asked["lease"]), int(str(asked["generation"]))
    since, until = window(chronicle, asked["from"], asked.get("until"))
    wanted = {
        name
        for plural, name in chronicle.leases[lease].wanted.get(generation, ())
        if plural in ("deployments", "statefulsets")
    }
    if not wanted:
        raise UnknownMomentError(f"{lease} has no generation {generation} with workloads")
    ready: dict[str, str] = {}
    lacking: set[str] | None = None
    for commit in chronicle.of_lease[lease]:
        time = chronicle.time(commit)
        if time > since and lacking is None:
            lacking = wanted - set(ready.values())
        if lacking:
            break
        if time > until:
            break
        if commit.resource != kinds.PODS:
            continue
        service = (commit.object["metadata"].get("labels") or {}).get(kinds.SERVICE_LABEL, "")
        serving = (
            commit.type != "DELETED"
            and kinds.ready_pod(commit.object)
            and kinds.generation_of_pod(commit.object["spec"]) == generation
        )
        if serving:
            ready[commit.name] = service
        else:
            ready.pop(commit.name, None)
        if time > since:
            lacking = wanted - set(ready.values())
    if lacking is None:
        lacking = wanted - set(ready.values())
    if lacking:
        yield f"no ready pod of {', '.join(sorted(lacking))}"


def routed(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Whose routes a hostname has."""
    lease, host = str(asked["lease"]), str(asked["host"])
    since, until = window(chronicle, asked["from"], asked.get("until"))
    spaces = {facts.namespace: name for name, facts in chronicle.leases.items()}
    owners: dict[tuple[str, str], str] = {}
    strange: dict[str, float] = {}
    for commit in chronicle.commits:
        if commit.resource != kinds.INGRESSES:
            continue
        time = chronicle.time(commit)
        if time > until:
            break
        key = (commit.namespace, commit.name)
        if commit.type == "DELETED" or host not in kinds.hosts_of_route(commit.object):
            owners.pop(key, None)
        else:
            owners[key] = spaces.get(commit.namespace, commit.namespace)
        if time >= since:
            for owner in set(owners.values()) - {lease}:
                strange.setdefault(owner, time)
    for owner, time in strange.items():
        yield f"{owner} had a route of it at {time:.1f}"
    if set(owners.values()) != {lease}:
        end = "the end" if math.isinf(until) else f"{until:.1f}"
        yield f"at {end} it is routed to {', '.join(sorted(set(owners.values()))) or 'nobody'}"
