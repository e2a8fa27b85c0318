"""
What a header's `found by` stands for.

    run trap-late-route              one plan
    swarm --count 40                 the plans of seeds 0 to 39, until one catches
    explore explore-teardown         that plan disturbed at every point, until one catches
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from pathlib import Path
from typing import Protocol

import attrs
import trio

from simulator.chaos.explore.search import SearchError, search
from simulator.chaos.outcome import Outcome
from simulator.chaos.pool import run_all
from simulator.jsontypes import JSONObject

PLANS = Path("simulator/chaos/plans")
SEED = "simulator.chaos.swarm.work:seed"

EXPLORE_STRIDE = 5
"""At first one point in so many; a fault that shows at few points is found in the second round."""

Command = tuple[str, ...]
"""What starts a worker; it says in which folder."""


@attrs.frozen
class Played:
    """One run that came to its end, or broke."""

    label: str
    outcome: Outcome
    again: JSONObject | None = None
    """What a worker is given to play it once more; None where that means nothing elsewhere."""


Runs = AbstractAsyncContextManager[AsyncIterator[Played]]


class Finder(Protocol):
    """One way of finding."""

    def runs(self, folder: Path, command: Command) -> Runs:
        """Open the runs that it plays in a folder, one after the other; leave them at any time."""
        ...

    async def again(self, played: Played, command: Command) -> Outcome | None:
        """Play a run once more, elsewhere; None where that means nothing."""
        ...


@attrs.frozen
class Run:
    """One named plan."""

    plan: str

    @asynccontextmanager
    async def runs(self, folder: Path, command: Command) -> AsyncIterator[AsyncIterator[Played]]:
        """The plan as it stands in the folder."""
        item: JSONObject = {"plan": _text(folder, self.plan)}
        async with _of_jobs("plan", [(self.plan, item)], command) as runs:
            yield runs

    async def again(self, played: Played, command: Command) -> Outcome | None:
        """The same plan."""
        return await _once("plan", played, command)


@attrs.frozen
class Swarm:
    """Plans drawn from seeds."""

    count: int
    first_seed: int = 0

    @asynccontextmanager
    async def runs(self, folder: Path, command: Command) -> AsyncIterator[AsyncIterator[Played]]:
        """One run a seed."""
        seeds = range(self.first_seed, self.first_seed + self.count)
        items: list[tuple[str, JSONObject]] = [(f"seed {seed}", {"seed": seed}) for seed in seeds]
        async with _of_jobs(SEED, items, command) as runs:
            yield runs

    async def again(self, played: Played, command: Command) -> Outcome | None:
        """The same seed."""
        return await _once(SEED, played, command)


@attrs.frozen
class Explore:
    """A plan disturbed at its points."""

    plan: str

    @asynccontextmanager
    async def runs(self, folder: Path, command: Command) -> AsyncIterator[AsyncIterator[Played]]:
        """Undisturbed first, then coarsely, then at every point."""
        runs_in, runs = trio.open_memory_channel[Played](0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._explore, _text(folder, self.plan), command, runs_in)
            async with runs:
                yield runs
            nursery.cancel_scope.cancel(reason="enough was found")

    async def _explore(
        self, text: str, command: Command, runs: trio.MemorySendChannel[Played]
    ) -> None:
        async with runs:
            try:
                for stride in (EXPLORE_STRIDE, 1):
                    await self._round(text, stride, command, runs)
            except SearchError as error:
                await runs.send(Played(self.plan, _broken(str(error))))

    async def _round(
        self, text: str, stride: int, command: Command, runs: trio.MemorySendChannel[Played]
    ) -> None:
        async with search(text, pairs="none", stride=stride, command=command) as found:
            if stride > 1:
                await runs.send(Played("the undisturbed run", found.counted.outcome))
            async for struck in found.results:
                outcome = struck.outcome or _broken(struck.failure)
                await runs.send(Played(f"{struck.strike} of {self.plan}", outcome))

    async def again(self, played: Played, command: Command) -> Outcome | None:
        """Its points are other ones elsewhere."""
        return None


def finder(words: str) -> Finder:
    """The finder that a header names; `patches.parse` has let pass only what there is."""
    verb, *rest = words.split()
    match verb:
        case "run":
            return Run(rest[0])
        case "explore":
            return Explore(rest[0])
        case _:
            return Swarm(int(rest[1]), int(rest[3]) if len(rest) > 2 else 0)


def _text(folder: Path, plan: str) -> str:
    return (folder / PLANS / f"{plan}.yaml").read_text(encoding="utf-8")


@asynccontextmanager
async def _of_jobs(
    job: str, items: list[tuple[str, JSONObject]], command: Command
) -> AsyncIterator[AsyncIterator[Played]]:
    async with run_all(job, [item for _, item in items], 1, command=command) as results:

        async def named() -> AsyncGenerator[Played, None]:
            async for number, found in results:
                label, item = items[number]
                yield Played(label, _outcome(found), item)

        async with aclosing(named()) as runs:
            yield runs


async def _once(job: str, played: Played, command: Command) -> Outcome | None:
    assert played.again is not None, "made by the same finder"
    async with _of_jobs(job, [(played.label, played.again)], command) as runs:
        async for again in runs:
            return again.outcome
    return None


def _outcome(found: JSONObject) -> Outcome:
    """Of a plan's job the answer itself, of a seed's a part of it."""
    if set(found) == {"failure"}:
        return _broken(str(found["failure"]))
    return Outcome.from_json(found.get("outcome", found))


def _broken(why: str) -> Outcome:
    return Outcome(plan="", seed=0, trace="", failure=why or "no outcome")
