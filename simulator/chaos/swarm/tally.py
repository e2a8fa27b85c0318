"""
What a campaign has come to so far: numbers and groups of failures.

Holds a few numbers a seed and no outcome, so that it stays small over as many seeds as there are.
"""

from collections import Counter
from collections.abc import Mapping
from statistics import median

import attrs

from simulator.chaos.swarm.floor import Floor
from simulator.chaos.swarm.groups import Group, group_of
from simulator.chaos.swarm.results import Result

_TRACE_DIGITS = 16


@attrs.define(eq=False)
class Failures:
    """Runs that failed alike."""

    count: int = 0
    smallest_seed: int = 0
    text: str = ""
    """What the run of that seed violated, or how it broke."""
    plan: str = ""
    """File of the shrunken plan, once there is one."""


@attrs.frozen
class Memory:
    """What workers held after a run, in megabytes: the largest of them."""

    start: float
    """After their first runs."""
    middle: float
    end: float


@attrs.define(eq=False)
class Tally:
    """A campaign in numbers."""

    floor: Floor = attrs.field(factory=Floor)
    counted: int = 0
    """Runs that reached the floor and say something."""
    below: int = 0
    """Clean runs in which too little happened."""
    lacked: Counter[str] = attrs.field(factory=Counter)
    """What those had too little of, by its name."""
    groups: dict[Group, Failures] = attrs.field(factory=dict)
    cpu_seconds: float = 0.0
    _requests: list[int] = attrs.field(init=False, factory=list)
    _commits: list[int] = attrs.field(init=False, factory=list)
    _faults: list[int] = attrs.field(init=False, factory=list)
    _fired: Counter[str] = attrs.field(init=False, factory=Counter)
    _traces: set[str] = attrs.field(init=False, factory=set)
    _memory: dict[int, list[float]] = attrs.field(init=False, factory=dict)

    def add(self, result: Result) -> Group | None:
        """Count one run; returns the group that it belongs to if it failed."""
        outcome = result.outcome
        group = group_of(outcome)
        lacks = self.floor.lacks(outcome)
        self.cpu_seconds += result.cpu_seconds
        self._memory.setdefault(result.worker, []).append(result.rss_megabytes)
        if group is not None:
            self._fail(group, result)
        if outcome.failure:
            return group
        if lacks:
            self.below += group is None
            self.lacked.update(lacks)
            return group
        self.counted += 1
        self._requests.append(outcome.requests)
        self._commits.append(outcome.commits)
        self._faults.append(outcome.faults_fired)
        self._fired.update(outcome.fired)
        self._traces.add(outcome.trace[:_TRACE_DIGITS])
        return group

    def _fail(self, group: Group, result: Result) -> None:
        failures = self.groups.setdefault(group, Failures(0, result.seed))
        failures.count += 1
        if failures.count == 1 or result.seed < failures.smallest_seed:
            failures.smallest_seed = result.seed
            failures.text = _text(result)

    def worst(self) -> list[tuple[Group, Failures]]:
        """Groups of failures, the most frequent first."""
        return sorted(self.groups.items(), key=lambda item: (-item[1].count, item[0]))

    @property
    def runs(self) -> int:
        """All of them."""
        return sum(len(held) for held in self._memory.values())

    @property
    def failed(self) -> int:
        """Runs that did not hold."""
        return sum(failures.count for failures in self.groups.values())

    @property
    def traces(self) -> int:
        """How many courses of events were different."""
        return len(self._traces)

    @property
    def fired(self) -> Mapping[str, int]:
        """How often each kind of fault fired, in the runs that count."""
        return dict(self._fired)

    def medians(self) -> Mapping[str, float]:
        """Of the runs that count: requests, commits, faults fired; 0 where none counts."""
        numbers = {
            "requests": self._requests,
            "commits": self._commits,
            "faults fired": self._faults,
        }
        return {name: median(found) if found else 0.0 for name, found in numbers.items()}

    def memory(self) -> Memory:
        """The largest worker at the start, in the middle and at the end of what each has done."""
        held = [one for one in self._memory.values() if one]
        return Memory(
            start=max((one[0] for one in held), default=0.0),
            middle=max((one[len(one) // 2] for one in held), default=0.0),
            end=max((one[-1] for one in held), default=0.0),
        )


def _text(result: Result) -> str:
    outcome = result.outcome
    if outcome.violations:
        one = min(outcome.violations, key=lambda violation: violation.time)
        return f"{one.text} (at {one.time:.1f} s)"
    return outcome.failure or f"never fired: {', '.join(outcome.vacuous)}"
