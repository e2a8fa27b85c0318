"""What is said of a run: what is owed in it, what did not hold, and how much happened."""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence

import trio

from simulator.chaos.board import Board
from simulator.chaos.evidence import Evidence, LeaseFacts
from simulator.chaos.outcome import Violation
from simulator.chaos.process import AGENT
from simulator.world import EPOCH, World

_BUGS = ("bug in the gateway", "bug in a handler", "manager broke")


def _there(name: str) -> bool:
    return importlib.util.find_spec(f"simulator.chaos.{name}") is not None


def board(evidence: Evidence, nursery: trio.Nursery) -> Board:
    """The faults of the plan."""
    if not _there("faults.board"):
        return _NoFaults()
    from simulator.chaos.faults import board as there

    made: Board = there.FaultBoard(evidence, nursery)
    return made


class _NoFaults:
    def arm(self, processes: object) -> None:
        pass

    async def run(self) -> None:
        await trio.lowlevel.checkpoint()

    async def first_fired(self, _name: str) -> None:
        await trio.sleep_forever()

    def heal(self) -> None:
        pass

    def vacuous(self) -> Sequence[str]:
        return ()


def owed(world: World, leases: Mapping[str, LeaseFacts]) -> Mapping[str, int]:
    """What is owed now: a generation by lease, or 0 for a teardown."""
    if not _there("checks.obligations"):
        return {}
    from simulator.chaos.checks import obligations

    found: Mapping[str, int] = obligations.owed(world, leases)
    return found


def undone(evidence: Evidence) -> Sequence[str]:
    """What is owed and not done yet."""
    if _there("checks.liveness"):
        from simulator.chaos.checks import liveness

        found: Sequence[str] = liveness.undone(evidence)
        return found
    world = evidence.world
    spaces = {
        version.object["metadata"]["name"]
        for served in world.cluster.registry
        if served.path == "v1/namespaces"
        for version in world.cluster.store.items(served.storage)
    }
    open_ones = {r.name for r in world.chain.leases() if not r.state.final}
    return [
        name
        for name, facts in evidence.leases.items()
        if (facts.namespace in spaces) is not (facts.name in open_ones and bool(facts.accepted))
    ]


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


def violations(evidence: Evidence, stuck_in: str) -> tuple[Violation, ...]:
    """Everything that did not hold, by time."""
    from simulator.chaos.asserts import judging
    from simulator.chaos.checks import catalog

    found = [
        *catalog.violations(evidence),
        *judging.violations(evidence),
        *_crashes(evidence, stuck_in),
    ]
    return tuple(sorted(found, key=lambda v: (v.time, v.invariant, v.lease, v.text)))


def _crashes(evidence: Evidence, stuck_in: str) -> Iterator[Violation]:
    """Errors that the daemon did not expect: those that ended it, and those that it caught at last."""
    if stuck_in:
        text = f"no time passes: the program runs in circles, last in task {stuck_in!r}"
        yield Violation("crash", text, evidence.ended_at, key="runs in circles")
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
