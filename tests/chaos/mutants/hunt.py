"""
One planted fault hunted down: a copy of the project, one patch, and what its header says finds it.

Caught is a fault whose invariant is among the violations of a run that came to its end. An exception
of the daemon, a fault of the harness and a run in which nothing went wrong are no catch. What caught
it is then played on the project as it stands: a run that violates there too proves nothing.
"""

import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import trio

from simulator.chaos.outcome import Outcome
from simulator.chaos.pool import COMMAND
from tests.chaos.mutants.finders import Command, Finder, Played, finder
from tests.chaos.mutants.patches import Mutant, PatchError, apply

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("provider", "simulator")
RUN_SECONDS = 300.0
"""Real ones; a planted fault after which a single run takes longer is caught by the clock, so not."""


@attrs.frozen(kw_only=True)
class Hunt:
    """What became of one planted fault."""

    mutant: Mutant
    caught: bool
    runs: int
    seconds: float
    found: tuple[str, ...] = ()
    """Invariants that the catching run, or else any run, was seen to violate."""
    by: str = ""
    """Which run it was."""
    text: str = ""
    """The violation; or why it counts as not caught."""


async def hunt(mutant: Mutant, root: Path = ROOT) -> Hunt:
    """
    Hunt one planted fault down, in a folder that is gone afterwards.

    Cancellation:
        Ends the worker and removes the folder.
    """
    began = trio.current_time()
    search = _Search(mutant)
    try:
        with _copy(mutant, root) as copy:
            await _check_import(copy)
            how = finder(mutant.found_by)
            await search.play(how, copy)
            await search.compare(how, root)
    except PatchError as error:
        search.text = str(error)
    return Hunt(
        mutant=mutant,
        caught=search.catch is not None,
        runs=search.runs,
        seconds=trio.current_time() - began,
        found=tuple(search.found),
        by=search.catch.label if search.catch else "",
        text=search.text,
    )


@attrs.define(eq=False)
class _Search:
    """What has been found of one planted fault so far."""

    mutant: Mutant
    runs: int = 0
    catch: Played | None = None
    found: dict[str, None] = attrs.field(factory=dict)
    text: str = "no run violated anything"

    async def play(self, how: Finder, copy: Path) -> None:
        """Play runs until one catches."""
        async with how.runs(copy, _command(copy)) as runs:
            while self.catch is None:
                with trio.move_on_after(RUN_SECONDS) as limit:
                    played = await _next(runs)
                if limit.cancelled_caught:
                    self.text = f"a run took longer than {RUN_SECONDS:.0f} s"
                    return
                if played is None:
                    return
                self.runs += 1
                self._judge(played)

    def _judge(self, played: Played) -> None:
        outcome = played.outcome
        seen = {violation.invariant: violation.text for violation in outcome.violations}
        if why := _no_end(outcome):
            self.text = why
        elif self.mutant.invariant in seen:
            self.catch, self.found = played, dict.fromkeys(seen)
            self.text = seen[self.mutant.invariant]
        else:
            for name, text in seen.items():
                self.found[name] = None
                self.text = f"violated instead: {name} {text}"

    async def compare(self, how: Finder, root: Path) -> None:
        """Play the catching run without the fault; where it violates too, nothing was caught."""
        if self.catch is None:
            return
        outcome = await how.again(self.catch, _command(root))
        if outcome is None:
            return
        if outcome.failure:
            self.catch, self.text = None, f"without the fault the run breaks: {outcome.failure}"
        elif self.mutant.invariant in {v.invariant for v in outcome.violations}:
            self.catch, self.text = None, "the same run violates it without the fault too"


async def _next(runs: AsyncIterator[Played]) -> Played | None:
    async for played in runs:
        return played
    return None


def _no_end(outcome: Outcome) -> str:
    """Why a run catches nothing, whatever it violates; "" for one that came to its end."""
    crash = next((v.text for v in outcome.violations if v.invariant == "crash"), "")
    if outcome.failure or crash:
        return outcome.failure or f"an exception of the daemon's: {crash}"
    return f"vacuous: {', '.join(outcome.vacuous)}" if outcome.vacuous else ""


def _command(folder: Path) -> Command:
    return ("env", "-C", str(folder), *COMMAND)


@contextmanager
def _copy(mutant: Mutant, root: Path) -> Iterator[Path]:
    """A folder with the project and the fault in it."""
    with tempfile.TemporaryDirectory(prefix=f"mutant-{mutant.name}-") as name:
        folder = Path(name).resolve()
        for part in COPIED:
            shutil.copytree(root / part, folder / part)
        apply(mutant, folder)
        yield folder


async def _check_import(copy: Path) -> None:
    """
    Make sure that a worker in the copy runs the copy.

    Raises:
        PatchError: it runs something else.
    """
    asked = [sys.executable, "-c", "import provider; print(provider.__file__)"]
    done = await trio.run_process(asked, cwd=copy, capture_stdout=True)
    place = done.stdout.decode().strip()
    if not place.startswith(f"{copy}/"):
        raise PatchError(copy.name, f"python imports {place} and not the copy")
