"""
Shrinks a failing plan to a small one that fails alike: delta debugging over its parts.

Alike is the same first violated invariant with the same key; a candidate that fails in another way is
another failure and is not followed. One candidate is played at a time and the first that fails alike
is gone on with, so the same plan always shrinks to the same; several plans shrink side by side, each
in a worker of its own.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from simulator.chaos.outcome import Outcome
from simulator.chaos.plan import Plan
from simulator.chaos.swarm.groups import first, group_of
from simulator.chaos.swarm.reductions import PARTS, Leaving, Size, only_lease, plainer, surely

Play: TypeAlias = Callable[[Plan], Outcome]

RUNS_MAX = 400
"""A plan of twenty leases takes one to three hundred."""


@attrs.frozen(kw_only=True)
class Shrunk:
    """What a search came to."""

    plan: Plan
    """The smallest found, with `expects`; the one that went in if nothing smaller fails alike."""
    outcome: Outcome
    """Of playing it."""
    runs: int
    is_least: bool
    """False when the search ended because it had played enough."""


def shrink(plan: Plan, outcome: Outcome, play: Play, *, runs_max: int = RUNS_MAX) -> Shrunk:
    """
    Look for a smaller plan that fails alike.

    Args:
        plan: what failed.
        outcome: how.
        play: what plays candidates.
        runs_max: most runs; the search ends there with what it has.
    """
    assert group_of(outcome) is not None, "a clean run has nothing to shrink to"
    search = _Search(plan, outcome, play, runs_max)
    is_least = search.run()
    expects = tuple(one.invariant for one in [first(search.outcome)] if one is not None)
    return Shrunk(
        plan=attrs.evolve(search.plan, expects=expects),
        outcome=search.outcome,
        runs=search.runs,
        is_least=is_least,
    )


@attrs.define(eq=False)
class _Search:
    plan: Plan
    """The smallest so far; its outcome:"""
    outcome: Outcome
    play: Play
    runs_max: int
    runs: int = attrs.field(init=False, default=0)
    _tried: set[str] = attrs.field(init=False, factory=set)
    """Candidates that were played, so that none is played twice."""

    def run(self) -> bool:
        violation = first(self.outcome)
        if violation is not None and violation.lease:
            self._take(only_lease(self.plan, violation.lease))
        while not self._is_over:
            before = self.plan
            for leave, size in PARTS:
                self._thin(leave, size)
            self._plain()
            if self.plan == before:
                break
        is_least = not self._is_over
        self._take(surely(self.plan), has_to_fire=True)
        return is_least

    @property
    def _is_over(self) -> bool:
        return self.runs >= self.runs_max

    def _thin(self, leave: Leaving, size: Size) -> None:
        """Leave out halves, then quarters, then ever less, down to single parts."""
        chunk = size(self.plan)
        while chunk and not self._is_over:
            start = 0
            while start < size(self.plan) and not self._is_over:
                # What follows a part that went has moved up to its place.
                if not self._take(leave(self.plan, range(start, start + chunk))):
                    start += chunk
            chunk //= 2

    def _plain(self) -> None:
        """Make one thing after another plainer, from the beginning again after each success."""
        while not self._is_over:
            seen = first(self.outcome)
            if not self._any(plainer(self.plan, seen.time if seen else self.plan.heal_at)):
                break

    def _any(self, candidates: Iterable[Plan]) -> bool:
        return any(not self._is_over and self._take(candidate) for candidate in candidates)

    def _take(self, candidate: Plan, *, has_to_fire: bool = False) -> bool:
        """Play a candidate; go on with it if it fails alike."""
        name = repr(candidate)
        if name in self._tried:
            return False
        self._tried.add(name)
        self.runs += 1
        outcome = self.play(candidate)
        if group_of(outcome) != group_of(self.outcome) or (has_to_fire and outcome.vacuous):
            return False
        self.plan, self.outcome = candidate, outcome
        return True
