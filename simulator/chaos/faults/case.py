"""One fault of a plan on its way: what it is about, and what came of it."""

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs
import trio

from simulator.chaos.evidence import Evidence, Fired, Life, Mark
from simulator.chaos.faults.kind import Kind
from simulator.chaos.plan import FaultPlan
from simulator.faults.network import Link
from simulator.world import World

_TIMES_KEPT = 100


class Skewed(Protocol):
    """A machine's wall clock."""

    skew: float
    """Seconds ahead of the world's."""


class Machine(Protocol):
    """What a fault needs of a process of the daemon."""

    number: int
    host: str
    life: Life

    @property
    def link(self) -> Link:
        """Its cable."""

    @property
    def clock(self) -> Skewed:
        """Its wall clock."""

    @property
    def is_running(self) -> bool:
        """True until its last task has ended."""

    def pause(self) -> None:
        """Let it stand still."""

    def resume(self) -> None:
        """Let it go on."""


@attrs.define(eq=False)
class Case:
    """One fault and its place in the evidence."""

    plan: FaultPlan
    kind: Kind
    fired: Fired
    evidence: Evidence
    shared: dict[object, int]
    """How many faults hold what only one can change back; see `hold`."""
    processes: Callable[[], Sequence[Machine]]
    first: trio.Event = attrs.field(init=False, factory=trio.Event)
    """Set as it fires for the first time."""
    over: bool = attrs.field(init=False, default=False)
    waiting: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)
    """Ends its wait, for its moment or for its end."""

    @property
    def world(self) -> World:
        """Where it happens."""
        return self.evidence.world

    def value(self, name: str) -> float | str | bool:
        """A value of its plan, or the default."""
        return self.kind.value(self.plan, name)

    def number(self, name: str) -> float:
        """A value that is a number."""
        return float(self.value(name))

    def happened(self, detail: str = "", daemon: int = 0) -> None:
        """Count that it made a difference: to what, and to which process of the daemon."""
        fired = self.fired
        fired.fired += 1
        if len(fired.times) < _TIMES_KEPT:
            fired.times.append(trio.current_time())
            self.mark("fires", detail, daemon)
        if fired.fired == 1:
            self.first.set()

    def mark(self, what: str, detail: str = "", daemon: int = 0) -> None:
        """Write down what became of it."""
        where, name = self.plan.where, self.fired.name
        self.evidence.marks.append(
            Mark(
                trio.current_time(),
                f"{name} {what}",
                where.lease,
                detail or self.plan.what,
                daemon or where.daemon,
            )
        )

    def machines(self) -> list[Machine]:
        """The running processes that it is about."""
        number = self.plan.where.daemon
        return [p for p in self.processes() if p.is_running and number in (0, p.number)]

    def hold(self, thing: object) -> None:
        """Begin to keep something as it is; others may do so at the same time."""
        self.shared[thing] = self.shared.get(thing, 0) + 1

    def let_go(self, thing: object) -> bool:
        """Stop keeping it; True for the last that did, who changes it back."""
        self.shared[thing] -= 1
        return self.shared[thing] == 0
