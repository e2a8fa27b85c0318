"""
An exhaustive search over one plan, spread over worker processes.

First the plan is played undisturbed and its points are counted, in a worker too; then every kind of
strike is tried at every point at which it is possible.
"""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager

import attrs

from simulator.chaos import planfile
from simulator.chaos.explore import strikes
from simulator.chaos.explore.strikes import KINDS, Strike
from simulator.chaos.outcome import Outcome
from simulator.chaos.pool import COMMAND, run_all
from simulator.jsontypes import JSONObject

COUNT = "simulator.chaos.explore.work:count"
STRIKE = "simulator.chaos.explore.work:strike"

PAIRS_ABOUT = 800
"""So many pairs are played unless all are asked for."""
_TEARDOWN_REQUESTS = 16
"""About so many requests follow a loss; the stride over pairs is made of it."""
_AT_ONCE = 24
"""Most strikes of one item: what goes before them is played once for all."""


class SearchError(Exception):
    """The plan cannot be searched."""


@attrs.frozen
class Point:
    """A step or request of the undisturbed run."""

    what: str
    ordinal: int
    """From 1, over steps of tasks of this name; 0 for requests."""
    time: float
    prefix: str
    kinds: tuple[str, ...]
    """What can be done there."""
    place: int
    """How many steps come before it: points of both sorts in one order."""


@attrs.frozen
class Counted:
    """The undisturbed run."""

    steps: Sequence[Point]
    requests: Sequence[Point]
    outcome: Outcome

    @property
    def tasks(self) -> Counter[str]:
        """Steps by the first word of the tasks' names."""
        return Counter(step.what.split(" ")[0] for step in self.steps)

    def point(self, strike: Strike) -> Point:
        """Where a strike falls."""
        return (self.requests if strike.is_at_request else self.steps)[strike.at - 1]

    def strikes(self, kinds: Sequence[str]) -> list[Strike]:
        """All that is possible, in the order of the points."""
        found = [
            Strike(kind, number)
            for points in (self.steps, self.requests)
            for number, point in enumerate(points, 1)
            for kind in point.kinds
            if kind in kinds
        ]
        return sorted(found, key=lambda one: (self.point(one).place, one))


@attrs.frozen(kw_only=True)
class Struck:
    """One disturbed run."""

    strike: Strike
    what: str = ""
    """The task, or the request."""
    fell: bool = False
    """Whether it was struck at the very point that was counted: task, ordinal, time, prefix."""
    outcome: Outcome | None = None
    failure: str = ""
    """Why there is no outcome."""
    seconds: float = 0.0
    """Of processor, from the strike on."""


@attrs.frozen(eq=False)
class Search:
    """One that is under way: iterate over it once."""

    counted: Counted
    strikes: Sequence[Strike]
    pairs_stride: int
    """Of the pairs one in so many is played; 0 for none of them."""
    results: AsyncIterator[Struck]


@asynccontextmanager
async def search(
    text: str,
    *,
    jobs: int = 1,
    kinds: Sequence[str] = (),
    pairs: str = "",
    stride: int = 1,
    command: tuple[str, ...] = COMMAND,
) -> AsyncIterator[Search]:
    """
    Count, and open the search.

    Args:
        text: a plan with a window, as YAML.
        jobs: worker processes.
        kinds: what to do; () for what the plan says.
        pairs: none, sampled or all; "" for what the plan says, sampled if it wants any.
        stride: one strike in so many is played, and of pairs one loss.
        command: what starts a worker.

    Raises:
        SearchError: the undisturbed run did not come to its end.

    Cancellation:
        As `run_all`.
    """
    plan = planfile.loads(text)
    if plan.explore is None:
        raise SearchError(f"the plan {plan.name} does not say what to explore")
    pairs = pairs or ("sampled" if plan.explore.pairs else "none")
    counted = await _count(text, command)
    wanted = _thinned(counted.strikes(kinds or plan.explore.kinds or KINDS), stride)
    losses = _thinned(counted.strikes([strikes.CLOSE]), stride)
    shift = plan.seed
    if pairs == "none":
        losses, apart = [], 0
    else:
        about = len(losses) * _TEARDOWN_REQUESTS
        apart = 1 if pairs == "all" else max(1, about // PAIRS_ABOUT)
    items = [
        *_items(text, counted, wanted, jobs),
        *(
            {**item, "stride": apart, "shift": shift}
            for item in _items(text, counted, losses, jobs)
        ),
    ]
    async with (
        run_all(STRIKE, items, jobs, command=command) as results,
        aclosing(_struck(items, results)) as struck,
    ):
        yield Search(counted, wanted, apart, struck)


def _thinned(wanted: list[Strike], stride: int) -> list[Strike]:
    """One in so many, and of every kind."""
    turns: Counter[str] = Counter()
    kept = []
    for one in wanted:
        turns[one.kind] += 1
        # Kinds take turns, so that neighbouring points are struck in different ways.
        if (turns[one.kind] + KINDS.index(one.kind)) % stride == 0:
            kept.append(one)
    return kept


async def _count(text: str, command: tuple[str, ...]) -> Counted:
    async with run_all(COUNT, [{"plan": text}], 1, command=command) as results:
        _, found = await anext(aiter(results))
    if "failure" in found:
        raise SearchError(f"the undisturbed run: {found['failure']}")
    outcome = Outcome.from_json(found["outcome"])
    if outcome.failure:
        raise SearchError(f"the undisturbed run: {outcome.failure}")
    return Counted(
        steps=[
            Point(task, ordinal, time, prefix, tuple(kinds), number)
            for number, (task, ordinal, time, prefix, kinds) in enumerate(found["steps"])
        ],
        requests=[
            Point(what, 0, time, prefix, tuple(kinds), steps)
            for what, time, prefix, kinds, steps in found["requests"]
        ],
        outcome=outcome,
    )


def _items(
    text: str, counted: Counted, wanted: Sequence[Strike], jobs: int
) -> Iterator[JSONObject]:
    """Strikes that follow one another in one run, neither too few nor too many at once."""
    size = max(1, min(_AT_ONCE, len(wanted) // (jobs * 4)))
    for first in range(0, len(wanted), size):
        yield {
            "plan": text,
            "strikes": [
                [one.kind, one.at, _expected(counted.point(one))]
                for one in wanted[first : first + size]
            ],
        }


def _expected(point: Point) -> list[object]:
    return [point.what, point.ordinal, point.time, point.prefix]


async def _struck(
    items: Sequence[JSONObject], results: AsyncIterator[tuple[int, JSONObject]]
) -> AsyncGenerator[Struck, None]:
    async for number, found in results:
        item = items[number]
        missing = {f"{kind} at {at}" for kind, at, _ in item["strikes"]}
        for run in found.get("runs", ()):
            missing.discard(run["strike"])
            yield _read(run)
        if "stride" in item and "failure" not in found:
            continue
        for text in sorted(missing):
            why = found.get("failure", "the run has no such point")
            yield Struck(strike=Strike.parse(text), failure=why)


def _read(run: JSONObject) -> Struck:
    outcome = Outcome.from_json(run["outcome"]) if "outcome" in run else None
    failure = run.get("failure", "") or (outcome.failure if outcome is not None else "")
    return Struck(
        strike=Strike.parse(run["strike"]),
        what=run.get("what", ""),
        fell=run.get("fell", False),
        outcome=outcome,
        failure=failure,
        seconds=run.get("seconds", 0.0),
    )
