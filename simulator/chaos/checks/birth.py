"""
I16 Isolated from birth: no pod in a tenant namespace while a NetworkPolicy of its generation is missing.

Which policies a generation has is read from the cluster: those that stood when the record went on to the
next one, or at the end; what somebody else deleted is not asked for.
"""

from collections.abc import Iterator

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry


def naked_pods(chronicle: Chronicle) -> Iterator[Violation]:
    """Pods that came, or were left, without a policy of theirs."""
    for lease, commits in chronicle.of_lease.items():
        if any(commit.resource == kinds.PODS for commit in commits):
            yield from _of_lease(chronicle, lease, commits)


def _of_lease(chronicle: Chronicle, lease: str, commits: list[CommitEntry]) -> Iterator[Violation]:
    wanted, every = _wanted(chronicle, commits)
    there: set[str] = set()
    pods: dict[str, int] = {}
    for commit in commits:
        time = chronicle.time(commit)
        if commit.resource == kinds.POLICIES:
            if commit.type != "DELETED":
                there.add(commit.name)
                continue
            there.discard(commit.name)
            if not chronicle.is_daemons(commit):
                continue
            now = chronicle.recorded(lease, time)
            bare = [p for p, g in pods.items() if commit.name in _needs(wanted, g, now)]
            if bare:
                yield _naked(lease, time, f"pod {bare[0]}", commit.name, "policy taken from a pod")
        elif commit.resource == kinds.PODS and commit.type == "DELETED":
            pods.pop(commit.name, None)
        elif commit.resource == kinds.PODS and commit.type == "ADDED":
            generation = kinds.generation_of_pod(commit.object["spec"]) or 0
            pods[commit.name] = generation
            missing = _needs(wanted, generation, chronicle.recorded(lease, time)) - there
            if missing:
                yield _naked(lease, time, f"pod {commit.name}", min(missing), "pod before a policy")
            elif not every:
                yield _naked(lease, time, f"pod {commit.name}", "any at all", "pod before a policy")


def _needs(wanted: dict[int, set[str]], generation: int, recorded: int) -> set[str]:
    """Of an older generation's pod: what the newer one keeps, which may have dropped the rest."""
    own = wanted.get(generation, set())
    return own & wanted[recorded] if recorded in wanted else own


def _wanted(
    chronicle: Chronicle, commits: list[CommitEntry]
) -> tuple[dict[int, set[str]], set[str]]:
    """By generation of the record, its policies; and all that there ever were."""
    wanted: dict[int, set[str]] = {}
    there: set[str] = set()
    foreign: set[str] = set()
    every: set[str] = set()
    generation = 0
    ends = False
    for commit in commits:
        if commit.resource == kinds.RECORDS and not ends:
            found = 0 if commit.type == "DELETED" else kinds.generation_of_record(commit.object)
            if found and found != generation:
                generation = found
                # What it changes comes after its record.
                wanted.setdefault(generation, set(there))
            continue
        if commit.resource == kinds.NAMESPACES:
            ends = ends or commit.type == "DELETED" or kinds.is_leaving(commit.object)
        if commit.resource != kinds.POLICIES or ends:
            continue
        if commit.type != "DELETED":
            there.add(commit.name)
            every.add(commit.name)
        else:
            there.discard(commit.name)
            if not chronicle.is_daemons(commit):
                foreign.add(commit.name)
        wanted[generation] = set(there)
    return {g: names - foreign for g, names in wanted.items()}, every


def _naked(lease: str, time: float, pod: str, policy: str, key: str) -> Violation:
    return violation(
        "I16",
        f"{pod} runs without the NetworkPolicy {policy}",
        time=time,
        lease=lease,
        key=key,
    )
