"""I9 No detached task: at rest the daemon's tasks are those of one daemon and its leases; after it, none."""

from collections import Counter
from collections.abc import Iterator

from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.checks.standing import is_held
from simulator.chaos.evidence import Rest
from simulator.chaos.outcome import Violation

OF_A_DAEMON = frozenset(
    {
        *("heartbeat", "leadership", "poll market", "probe market", "admit", "inventory", "audit"),
        *("follow nodes", "follow pods"),
    }
)
WATCHED = frozenset(
    {
        *("namespaces", "networkpolicies", "secrets", "serviceaccounts", "roles", "rolebindings"),
        *("deployments", "statefulsets", "services", "ingresses", "pods"),
        *("manifests", "providerhosts", "providerleasedips"),
    }
)
OF_A_LEASE = ("manager", "monitor", "close", "converge", "teardown")
OF_A_WAITING_LEASE = ("manager", "monitor", "teardown")
"""Of a process that waits for its turn: it looks on, and neither deploys nor closes."""
_NETWORK = ("connect", "serve", "connection", "answer")
"""How tasks of a connection begin, which come and go with those who ask."""


def strays(chronicle: Chronicle) -> Iterator[Violation]:
    """Tasks that are there beside the expected ones, or twice; those that lack; those left behind."""
    held = {
        str(facts.name): name
        for name, facts in chronicle.leases.items()
        if is_held(chronicle.evidence.world, facts)
    }
    for rest in chronicle.evidence.rests:
        leads = chronicle.leads(rest.daemon, rest.time)
        yield from _at_rest(rest, held, OF_A_LEASE if leads else OF_A_WAITING_LEASE)
    for life in chronicle.evidence.lives:
        for name in sorted(life.left_tasks):
            yield violation(
                "I9",
                f"daemon {life.number} has ended ({life.end}), and its task {name!r} is still there",
                time=life.ended_at or 0.0,
                key=f"{name.split()[0]} left behind",
            )


def _at_rest(rest: Rest, held: dict[str, str], of_a_lease: tuple[str, ...]) -> Iterator[Violation]:
    expected: Counter[str] = Counter({*OF_A_DAEMON, *(f"watch {plural}" for plural in WATCHED)})
    expected.update(f"{name} {lease}" for name in of_a_lease for lease in held)
    there = Counter({name: n for name, n in rest.tasks.items() if not name.startswith(_NETWORK)})
    for name, number in sorted((there - expected).items()):
        doubled = name in expected
        yield _stray(rest, name, held, f"{number} more than one" if doubled else "not expected")
    for name in sorted(expected - there):
        yield _stray(rest, name, held, "missing")


def _stray(rest: Rest, name: str, held: dict[str, str], what: str) -> Violation:
    first, _, about = name.partition(" ")
    shown = f"{first} {held.get(about, about)}"
    kind = what if what in ("missing", "not expected") else "doubled"
    return violation(
        "I9",
        f"at rest daemon {rest.daemon} has task {shown!r}: {what}",
        time=rest.time,
        lease=held.get(about, ""),
        key=f"{first if '/' in about or not about else name} {kind}",
    )
