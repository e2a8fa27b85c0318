"""What is said of a run: what is owed in it, what did not hold, and how much happened."""

from collections.abc import Iterator, Mapping

from simulator.chaos.evidence import Evidence
from simulator.chaos.outcome import Violation
from simulator.chaos.process import AGENT
from simulator.world import EPOCH

_BUGS = ("bug in the gateway", "bug in a handler", "manager broke")


def fill_closings(evidence: Evidence) -> None:
    """Write down when the chain closed what it closed."""
    chain = evidence.world.chain
    closed = {r.name: r.closed_on for r in chain.leases() if r.closed_on}
    for facts in evidence.leases.values():
        if (height := closed.get(facts.name)) is not None:
            facts.closed_at = chain.block_at(height).time - EPOCH


def requests(evidence: Evidence) -> int:
    """Requests of the daemons to API server and market."""
    world = evidence.world
    both = (world.journal, world.answers.journal)
    return sum(entry.agent.startswith(AGENT) for one in both for entry in one.requests)


def violations(evidence: Evidence, stuck: str) -> tuple[Violation, ...]:
    """Everything that did not hold, by time."""
    from simulator.chaos.asserts import judging
    from simulator.chaos.checks import catalog

    found = [
        *catalog.violations(evidence),
        *judging.violations(evidence),
        *_crashes(evidence, stuck),
    ]
    return tuple(sorted(found, key=lambda v: (v.time, v.invariant, v.lease, v.text)))


def _crashes(evidence: Evidence, stuck: str) -> Iterator[Violation]:
    """Errors that the daemon did not expect: those that ended it, and those that it caught at last."""
    if stuck:
        yield Violation("crash", stuck, evidence.ended_at, key="runs in circles")
    for life in evidence.lives:
        if life.end == "by itself" and not life.why.startswith("LeadershipLost:"):
            text = f"daemon {life.number} ended by itself: {life.why}"
            yield Violation("crash", text, life.ended_at or 0.0, key=_kind(life.why))
    for record in evidence.logs:
        if record.get("event") in _BUGS:
            text = f"daemon {record['daemon']}: {record['event']}: {record.get('error')}"
            when = _seconds(record)
            yield Violation(
                "crash", text, when, key=f"{record['event']} {_kind(str(record.get('error')))}"
            )


def _kind(why: str) -> str:
    """The type of an error from its text."""
    return why.partition("(")[0].partition(":")[0]


def _seconds(record: Mapping[str, object]) -> float:
    when = record.get("at", 0.0)
    return float(when) if isinstance(when, int | float) else 0.0
