"""Small charts as SVG and HTML, drawn here and not by a script. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

_WIDTH, _HEIGHT, _BASE = 320, 132, 106
_BARS = 24


def histogram(name: str, values: Sequence[float]) -> str:
    """How often which value occurs, with its median; empty values make an empty chart."""
    head = f'<figure class="plot"><figcaption>{escape(name)}</figcaption>'
    if not values:
        return f'{head}<p class="quiet">nothing to show</p></figure>'
    low, high = min(values), max(values)
    # Whole numbers that are few get a bar each.
    wide = max((high - low) / _BARS, 1.0)
    bars = [0] * (int((high - low) / wide) + 1)
    for value in values:
        bars[min(int((value - low) / wide), len(bars) - 1)] += 1
    step, most = _WIDTH / len(bars), max(bars)
    drawn = "".join(
        f'<rect x="{number * step + 1:.1f}" y="{_BASE - tall:.1f}" width="{max(step - 2, 1):.1f}" '
        f'height="{tall:.1f}" rx="1.5"><title>{_range(low + number * wide, wide)}: {count} seeds</title></rect>'
        for number, count in enumerate(bars)
        if (tall := (_BASE - 18) * count / most)
    )
    middle = median(values)
    # Inside the bar that holds it.
    at = min((middle - low + (0.5 if wide == 1 else 0)) / (wide * len(bars)), 1) * _WIDTH
    anchor = "start" if at < _WIDTH / 5 else "end" if at > _WIDTH * 4 / 5 else "middle"
    return f"""{head}<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(name)}: {low:g} to {high:g}, median {middle:g}">
<g class="bars">{drawn}</g><line class="base" x1="0" y1="{_BASE}" x2="{_WIDTH}" y2="{_BASE}"/>
<line class="median" x1="{at:.1f}" y1="14" x2="{at:.1f}" y2="{_BASE}"/><text class="median-text" x="{at:.1f}" y="10" text-anchor="{anchor}">median {middle:,g}</text>
<text x="0" y="{_HEIGHT - 8}">{low:,g}</text><text x="{_WIDTH}" y="{_HEIGHT - 8}" text-anchor="end">{high:,g}</text></svg></figure>"""


def _range(low: float, wide: float) -> str:
    return f"{low:g}" if wide <= 1 else f"{low:.0f} to {low + wide:.0f}"


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[str, Mapping[str, int]],
    totals: Mapping[str, str],
) -> str:
    """
    A table whose cells are the darker the more they hold.

    Args:
        rows: names.
        columns: names; the first is of what did not happen, and stays pale.
        cells: numbers by row and column.
        totals: last column, by row.
    """
    told = columns[1:]
    most = max((cells[row].get(column, 0) for row in rows for column in told), default=0) or 1
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        f"<tr><th>{escape(row)}</th>"
        f'<td class="number never">{cells[row].get(columns[0], 0):,}</td>'
        + "".join(_cell(cells[row].get(column, 0), most) for column in told)
        + f'<td class="number">{escape(totals[row])}</td></tr>'
        for row in rows
    )
    return (
        '<div class="scroll"><table class="heat"><thead><tr><th></th>'
        f"{head}<th>all</th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(count: int, most: int) -> str:
    if not count:
        return '<td class="number empty">·</td>'
    # The root lets small numbers show.
    share = (count / most) ** 0.5
    return f'<td class="number" style="--heat:{share * 70:.0f}%">{count:,}</td>'
