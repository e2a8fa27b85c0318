"""
What the tour shows: a live table on a terminal at real pace, else one table a step.

Nothing here reads a clock or starts a thread.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
from rich.console import Console
from rich.live import Live
from rich.table import Table

from simulator.demo.verdicts import Verdict


@attrs.define(eq=False)
class Screen:
    """One console."""

    console: Console
    live: bool
    """True to keep one table in place and draw it again and again."""
    _display: Live | None = attrs.field(init=False, default=None)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Show the live table while inside."""
        if not self.live:
            yield
            return
        with Live(console=self.console, auto_refresh=False) as self._display:
            yield
        self._display = None

    def say(self, seconds: float, text: str) -> None:
        """One line of the story, at so many seconds of the world."""
        self.console.print(f"[bold cyan]{seconds:7.1f} s[/]  {text}", highlight=False)

    def note(self, text: str) -> None:
        """One line beside the story."""
        self.console.print(text, highlight=False, soft_wrap=True)

    def draw(self, table: Table) -> None:
        """Replace the live table; without one, nothing."""
        if self._display is not None:
            self._display.update(table, refresh=True)

    def step_done(self, table: Table) -> None:
        """The table at the end of a step, where there is no live one."""
        if self._display is None:
            self.console.print(table)

    def complaints(self, records: Iterable[Mapping[str, Any]]) -> None:
        """What the daemon called an error; a tour that goes well has none."""
        for record in records:
            self.console.print(f"[red]the daemon reports:[/] {dict(record)}", soft_wrap=True)

    def end(self, verdicts: Iterable[Verdict], *, seed: int, trace: str) -> None:
        """One line a verdict, and what names this course of events."""
        self.console.print()
        for verdict in verdicts:
            mark = "[green]yes[/]" if verdict.holds else "[red]NO [/]"
            self.console.print(
                f"{mark}  {verdict.claim}: {verdict.figures}", highlight=False, soft_wrap=True
            )
        self.console.print(f"\nseed {seed}, trace {trace[:16]}", highlight=False)
