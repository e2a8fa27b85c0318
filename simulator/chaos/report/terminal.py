"""A trace for a terminal: lanes of characters over time, then the list of what matters. Pure."""

import math
from collections.abc import Iterator, Mapping

import attrs
from rich.table import Table
from rich.text import Text

from simulator.chaos.report import words
from simulator.chaos.report.points import Point
from simulator.chaos.report.replay import clock
from simulator.chaos.report.spans import Span
from simulator.chaos.report.timeline import Lane, Timeline
from simulator.chaos.report.trace import Entry, Header, Trace

GUTTER = 10
_ROWS_MAX = 200
"""Of the list; more are counted, not shown."""

_STYLES = {
    "good": "black on green",
    "busy": "white on blue",
    "waiting": "black on yellow",
    "ending": "white on magenta",
    "over": "bright_black",
    "bad": "bold white on red",
    "unknown": "bright_black on grey23",
    "fault": "black on dark_orange",
    "idle": "bright_black",
}
_FILLS = {"over": "─", "unknown": "░", "idle": "·"}
_PLAIN_FILLS = {
    **_FILLS, "good": "━", "busy": "▓", "waiting": "▒", "ending": "╲", "bad": "█", "fault": "▒",
}  # fmt: skip
"""Where there are no colours to tell them apart."""

_LINES = {"bad": "bold red", "waiting": "yellow", "fault": "dark_orange", "busy": "blue"}
_MARKS = {
    "violation": ("◆", "bold red"),
    "ending": ("✗", "bold red"),
    "transaction": ("■", "magenta"),
    "deed": ("▲", "bold"),
    "fires": ("ϟ", "dark_orange"),
}
"""The first of those at one place is shown."""
_BARS = "▁▂▃▄▅▆▇█"
_MATTERS = frozenset({"violation", "fault", "life", "mark", "transaction", "chain", "silence"})


def plain(text: str) -> str:
    """A text that only writes letters: what tenants wrote must not drive a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def head(header: Header) -> Iterator[Text]:
    """What was played and what it came to."""
    text, tone = words.verdict(header.outcome)
    style = {"good": "bold green", "waiting": "bold yellow"}.get(tone, "bold red")
    yield Text.assemble((text, style), "  ", (plain(header.name), "bold"), f"  seed {header.seed}")
    if header.about:
        yield Text(plain(header.about), "dim")
    outcome = header.outcome
    fired = sum(1 for fault in header.faults if fault.fired)
    yield Text(
        f"trace {outcome.trace[:16]}, {clock(header.ended_at)} virtual, {len(header.leases)} leases, "
        f"{outcome.requests:,} requests, {outcome.commits:,} commits, "
        f"{fired} of {len(header.faults)} faults fired, {outcome.crashes} killed"
    )
    if header.replay:
        yield Text.assemble(("$ ", "dim"), plain(header.replay))
    if outcome.failure:
        yield Text(plain(f"the run broke: {outcome.failure}"), "bold red")
    for name in outcome.vacuous:
        yield Text(plain(f"the fault {name} never fired, so the run says nothing"), "yellow")


def lanes(
    shown: Timeline, width: int, chosen: tuple[Lane, ...], *, is_colourless: bool = False
) -> Iterator[Text]:
    """The ruler and the lanes, in so many columns."""
    fills = _PLAIN_FILLS if is_colourless else _FILLS
    columns = max(width - GUTTER, 20)
    yield _ruler(shown.ends, columns)
    for lane in chosen:
        title = Text(plain(lane.title), "bold")
        if lane.violations:
            title.append(f"  {lane.violations} violated", "bold red")
        title.append(f"  {plain(lane.about)}", "dim")
        yield title
        for track in lane.tracks:
            yield _row(track.name, _spans(track.spans, shown.ends, columns, fills))
        requests = [point for point in lane.points if point.sort not in _MARKS]
        if requests:
            yield _row("requests", _bars(requests, shown.ends, columns))
        marks = [point for point in lane.points if point.sort in _MARKS]
        if marks:
            yield _row("events", _marks(marks, shown.ends, columns))


def key() -> Text:
    """What the signs mean."""
    words_of = {"fires": "fault strikes", "deed": "deed", "ending": "kill, SIGTERM, cancel"}
    parts = [("   " + sign + " ", style) for sign, style in _MARKS.values()]
    text = Text("  ")
    for (sort, _), (sign, style) in zip(_MARKS.items(), parts, strict=True):
        text.append(sign, style)
        text.append(words_of.get(sort, sort), "dim")
    return text


def matters(
    trace: Trace, lease: str = "", *, only_violations: bool = False
) -> Iterator[Text | Table]:
    """
    What matters of a run, by time: all that is told of one lease, of all leases only the most telling.

    Args:
        trace: the run.
        lease: "" for all.
        only_violations: and nothing else.
    """
    rows = [entry for entry in trace.entries if _is_told(entry, lease, only_violations)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("lease")
    table.add_column("what happened", overflow="fold")
    for entry in rows[:_ROWS_MAX]:
        text = Text(plain(words.line(entry)), _LINES.get(words.tone(entry), ""))
        for detail in words.details(entry):
            text.append(f"\n  {plain(detail)}", "dim")
        whose = entry.lease or (f"daemon {entry.daemon}" if entry.daemon else "")
        table.add_row(clock(entry.time), plain(whose), text)
    if rows:
        yield table
    if len(rows) > _ROWS_MAX:
        yield Text(f"and {len(rows) - _ROWS_MAX} more: --html shows them all", "dim")
    for rule, number in trace.header.thinned.items():
        yield Text(f"left out: {number:,} {plain(rule)}", "dim")


def _is_told(entry: Entry, lease: str, only_violations: bool) -> bool:
    if only_violations:
        return entry.what == "violation" and lease in ("", entry.lease)
    if lease:
        is_around = not entry.lease and entry.what in ("fault", "life", "violation", "look")
        return entry.lease == lease or is_around
    return entry.what in _MATTERS or words.tone(entry) == "bad"


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _row(name: str, text: Text) -> Text:
    return Text(f"{name:>{GUTTER - 1}} ", "dim").append_text(text)


def _place(time: float, ends: float, columns: int) -> int:
    return min(int(time / ends * columns), columns - 1)


def _ruler(ends: float, columns: int) -> Text:
    text, step = "", max(columns // 6, 12)
    for column in range(0, columns, step):
        if columns - column >= 10:
            text = (
                text.ljust(column)
                + f"╷{clock(round(ends * column / columns)).removesuffix('.000')}"
            )
    return Text(" " * GUTTER + text.replace(".000 s", " s"), "dim")


def _spans(spans: tuple[Span, ...], ends: float, columns: int, fills: Mapping[str, str]) -> Text:
    text, at = Text(), 0
    for span in _merged(spans):
        begins = _place(span.begins, ends, columns)
        stop = columns if span.ends >= ends else _place(span.ends, ends, columns)
        begins = max(begins, at)
        wide = (
            stop - begins
            if stop > begins
            else int(begins < columns and span.ends - span.begins > 0)
        )
        if begins + wide <= at or wide <= 0:
            continue
        text.append(" " * (begins - at))
        label = f" {plain(span.text)} " if wide > len(span.text) + 1 else plain(span.text)[:wide]
        text.append(label[:wide].ljust(wide, fills.get(span.tone, " ")), _STYLES.get(span.tone, ""))
        at = begins + wide
    return text


def _merged(spans: tuple[Span, ...]) -> Iterator[Span]:
    """Spans that follow one another and differ in their details only as one."""
    last: Span | None = None
    for span in spans:
        if last is not None and (last.text, last.tone, last.ends) == (
            span.text,
            span.tone,
            span.begins,
        ):
            last = attrs.evolve(last, ends=span.ends)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _bars(points: list[Point], ends: float, columns: int) -> Text:
    counts = [0] * columns
    refused = [False] * columns
    for point in points:
        place = _place(point.time, ends, columns)
        counts[place] += 1
        refused[place] |= point.sort == "refused"
    text = Text()
    for count, is_bad in zip(counts, refused, strict=True):
        height = min(int(math.log2(count) * 1.4), len(_BARS) - 1) if count else 0
        text.append(_BARS[height] if count else " ", "red" if is_bad else "blue")
    return text


def _marks(points: list[Point], ends: float, columns: int) -> Text:
    found: dict[int, str] = {}
    order = list(_MARKS)
    for point in points:
        place = _place(point.time, ends, columns)
        before = found.get(place)
        if before is None or order.index(point.sort) < order.index(before):
            found[place] = point.sort
    text = Text()
    for column in range(columns):
        text.append(*(_MARKS[found[column]] if column in found else (" ", "")))
    return text
