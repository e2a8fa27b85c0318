"""The line that a campaign shows while it runs."""

from typing import Self

import attrs
import trio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from simulator.chaos.swarm.shares import Share
from simulator.chaos.swarm.tally import Tally

_GROUPS_SHOWN = 3


@attrs.define(eq=False)
class Progress:
    """Seeds played, seeds a second, and what failed; use as a context manager."""

    console: Console
    share: Share
    _bar: Bar = attrs.field(init=False)
    _began: tuple[float, int] | None = attrs.field(init=False, default=None)
    """When the first seed of this start began, and how many earlier starts had played."""

    def __enter__(self) -> Self:
        self._bar = Bar(
            TextColumn("{task.fields[rate]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[found]}"),
            console=self.console,
            # Without a terminal each redrawing would be a further line.
            disable=not self.console.is_terminal,
            # Drawn anew with each result; a thread of its own would be for the clock only.
            auto_refresh=False,
        )
        self._bar.add_task("seeds", total=self.share.count, rate="", found="")
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def told(self, tally: Tally) -> None:
        """Show what there is by now."""
        if self._began is None:
            self._began = (trio.current_time(), tally.runs)
        began, earlier = self._began
        seconds = trio.current_time() - began
        played = tally.runs - earlier
        self._bar.update(
            self._bar.task_ids[0],
            completed=tally.runs,
            rate=f"{played / seconds:.2f} seeds/s" if played and seconds else "",
            found=_found(tally),
        )
        self._bar.refresh()


def _found(tally: Tally) -> str:
    worst = tally.worst()
    names = [f"{failures.count} × {group}" for group, failures in worst[:_GROUPS_SHOWN]]
    more = [f"… {len(worst) - _GROUPS_SHOWN} more"] if len(worst) > _GROUPS_SHOWN else []
    return f"{tally.counted} counted, {tally.below} below the floor  " + ", ".join(names + more)
