"""What a row has measured: samples of ours beside samples of something else, from one run."""

import json
import sys
from collections.abc import Sequence
from statistics import median

import attrs
from rich.console import Console
from rich.table import Table


@attrs.frozen
class Figure:
    """One line of a row; the ratio says more than the number, which is this machine's."""

    name: str
    unit: str
    ours: Sequence[float]
    beside: Sequence[float] = ()
    """The same thing done by what `versus` names, in turns with ours."""
    versus: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the other, medians; None without another."""
        other = median(self.beside) if self.beside else 0.0
        return median(self.ours) / other if other else None


def say(text: str) -> None:
    """Progress, on standard error."""
    print(f"· {text}", file=sys.stderr, flush=True)


def show(rows: dict[str, Sequence[Figure]]) -> None:
    """A table for people."""
    table = Table(title=None, pad_edge=False)
    for name in ("row", "what", "ours", "spread", "beside", "spread", "", "ratio"):
        table.add_column(name, justify="left" if name in ("row", "what", "") else "right")
    for row, figures in rows.items():
        for place, figure in enumerate(figures):
            ratio = figure.ratio
            table.add_row(
                row if place == 0 else "",
                f"{figure.name} ({figure.unit})",
                _number(median(figure.ours)),
                _spread(figure.ours),
                _number(median(figure.beside)) if figure.beside else "",
                _spread(figure.beside),
                figure.versus,
                f"{ratio:.2f}" if ratio is not None else "",
                end_section=place == len(figures) - 1,
            )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def dump(rows: dict[str, Sequence[Figure]]) -> None:
    """The same as JSON, every sample."""
    whole = {
        row: [{**attrs.asdict(figure), "ratio": figure.ratio} for figure in figures]
        for row, figures in rows.items()
    }
    print(json.dumps(whole, indent=2))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"


def _spread(samples: Sequence[float]) -> str:
    if len(samples) < 2:
        return ""
    return f"{_number(min(samples))}–{_number(max(samples))}"
