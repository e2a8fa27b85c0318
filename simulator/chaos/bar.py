"""The line that a command shows while many runs are played: how many, how fast, what was found."""

from typing import Self

import attrs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@attrs.define(eq=False)
class Bar:
    """Runs done of those wanted; a context manager, and without a terminal nothing."""

    console: Console
    total: int
    _bar: Progress = attrs.field(init=False)

    def __enter__(self) -> Self:
        self._bar = Progress(
            TextColumn("{task.fields[rate]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[found]}"),
            console=self.console,
            # Without a terminal each redrawing would be a further line.
            disable=not self.console.is_terminal,
        )
        self._bar.add_task("runs", total=self.total, rate="", found="")
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def told(self, done: int, found: str, *, rate: str = "") -> None:
        """
        Show what there is by now.

        Args:
            done: runs; where they are more than were wanted, so many are wanted.
            found: what came of them, in a few words.
            rate: how fast they come, in words.
        """
        self._bar.update(
            self._bar.task_ids[0],
            completed=done,
            total=max(self.total, done),
            rate=rate,
            found=found,
        )
