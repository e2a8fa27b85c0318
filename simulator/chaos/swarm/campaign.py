"""
A campaign: many seeds, each in a worker process, every result written down as it comes.

It can be stopped at any moment and goes on where it stopped: seeds whose results are in the folder are
not played again. In the end one plan of every group of failures is shrunk, groups side by side.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import trio

from simulator.chaos import planfile
from simulator.chaos.outcome import Outcome
from simulator.chaos.plan import Plan
from simulator.chaos.pool import COMMAND, run_all
from simulator.chaos.swarm import draw
from simulator.chaos.swarm import results as result_files
from simulator.chaos.swarm.groups import Group, file_of
from simulator.chaos.swarm.results import Result, ResultsFile
from simulator.chaos.swarm.shares import Share
from simulator.chaos.swarm.shrink import RUNS_MAX
from simulator.chaos.swarm.tally import Tally
from simulator.jsontypes import JSONObject

_SEED = "simulator.chaos.swarm.work:seed"
_SHRINK = "simulator.chaos.swarm.work:least"

Told = Callable[[Tally], None]


@attrs.frozen(kw_only=True)
class Campaign:
    """What one process is asked to do."""

    share: Share
    folder: Path
    jobs: int = 1
    """Worker processes."""
    seconds: float = math.inf
    """Real ones; no seed is begun after them."""
    shrink_runs: int = RUNS_MAX
    """Most runs to shrink one plan; 0 leaves plans as they were drawn."""
    commit: str = ""
    """Of the project, for plans that are saved."""
    command: tuple[str, ...] = COMMAND
    """What starts a worker."""

    async def run(self, tally: Tally, told: Told) -> None:
        """
        Play every seed of the share that has no result yet, then shrink.

        Args:
            tally: counts earlier results too; up to date whenever this is cancelled.
            told: called after each result.

        Raises:
            ResultsError: the file of this index is not one of ours.
            OSError: the folder cannot be written to.

        Cancellation:
            Workers are killed; what was done is in the folder.
        """
        path = result_files.file_of(self.folder, self.share.index)
        done = set()
        for result in result_files.read(path):
            done.add(result.seed)
            tally.add(result)
        told(tally)
        with ResultsFile(path) as file:
            await self._play(done, file, tally, told)
        await self._shrink(tally, told)

    async def _play(self, done: set[int], file: ResultsFile, tally: Tally, told: Told) -> None:
        asked: dict[int, int] = {}
        items = self._items(done, asked)
        async with run_all(_SEED, items, self.jobs, command=self.command) as results:
            async for number, found in results:
                result = _result(asked.pop(number), found)
                file.append(result)
                if tally.add(result) is not None:
                    self._save(draw.draw(result.seed), f"failing/seed-{result.seed}.yaml")
                told(tally)

    def _items(self, done: set[int], asked: dict[int, int]) -> Iterator[JSONObject]:
        """Seeds, until the time is up; notes which item is which seed."""
        ends = trio.current_time() + self.seconds
        for number, seed in enumerate(self.share.left(done)):
            if trio.current_time() >= ends:
                return
            asked[number] = seed
            yield {"seed": seed}

    async def _shrink(self, tally: Tally, told: Told) -> None:
        """One plan of each group, unless an earlier start has saved one."""
        groups = [group for group in sorted(tally.groups) if not self._is_found(tally, group)]
        if not (groups and self.shrink_runs):
            return
        seeds = [tally.groups[group].smallest_seed for group in groups]
        outcomes = {
            result.seed: result.outcome
            for result in result_files.read(result_files.file_of(self.folder, self.share.index))
            if result.seed in seeds
        }
        items = [
            {
                "plan": planfile.dumps(draw.draw(seed)),
                "seed": seed,
                "outcome": outcomes[seed].as_json(),
                "runs_max": self.shrink_runs,
            }
            for seed in seeds
        ]
        async with run_all(_SHRINK, items, self.jobs, command=self.command) as results:
            async for number, found in results:
                # A search that broke leaves the plan as it was drawn, which is saved already.
                if "plan" in found:
                    plan = attrs.evolve(planfile.loads(found["plan"]), commit=self.commit)
                    tally.groups[groups[number]].plan = self._save(plan, file_of(groups[number]))
                told(tally)

    def _is_found(self, tally: Tally, group: Group) -> bool:
        if (self.folder / file_of(group)).exists():
            tally.groups[group].plan = file_of(group)
        return bool(tally.groups[group].plan)

    def _save(self, plan: Plan, name: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(planfile.dumps(plan))
        return name


def _result(seed: int, found: JSONObject) -> Result:
    """What a worker answered; a run that its worker did not survive is one that broke."""
    if "failure" in found:
        broken = Outcome(plan=draw.name_of(seed), seed=seed, trace="", failure=found["failure"])
        return Result(seed=seed, outcome=broken)
    return Result.from_json(found)
