"""The part of a page that shows one run: header, plan, violations, faults, and the timeline's data."""

from html import escape

from simulator.chaos.report import words
from simulator.chaos.report.timeline import Lane, timeline
from simulator.chaos.report.trace import Entry, Header, Trace
from simulator.jsontypes import JSONObject, JSONValue

_LONG = 14
"""Letters of a card's value that are shown large."""


def section(trace: Trace, number: int, *, is_folded: bool = False) -> str:
    """
    HTML of one run.

    Args:
        trace: the run.
        number: its place in the page's data.
        is_folded: among others, where only its first line shows.
    """
    header = trace.header
    text, tone = words.verdict(header.outcome)
    title = f'<span class="verdict {tone}">{escape(text)}</span> <span class="name">{escape(header.name)}</span>'
    body = f"""
{_about(header)}
{_cards(header)}
{_command(header)}
{_failure(header)}
{_violations(trace, number)}
<div class="replay" id="replay-{number}" data-replay="{number}"></div>
{_faults(header)}
{_plan(header)}
{_thinned(header)}"""
    if is_folded:
        seed = f'<span class="quiet">seed {header.seed}</span>'
        return (
            f'<details class="run" id="run-{number}"><summary><h2>{title} {seed}</h2></summary>'
            f"{body}</details>"
        )
    return f'<section class="run" id="run-{number}"><h1>{title}</h1>{body}</section>'


def data(trace: Trace) -> JSONObject:
    """What the page's script draws from."""
    lanes = timeline(trace)
    return {
        "ends": lanes.ends,
        "healed": trace.header.healed_at,
        "quiet": trace.header.quiet_at,
        "lanes": [_lane(lane) for lane in lanes.lanes],
        "entries": [_entry(entry) for entry in trace.entries],
    }


def _lane(lane: Lane) -> JSONObject:
    return {
        "title": lane.title,
        "about": lane.about,
        "tracks": [
            {
                "name": track.name,
                "spans": [
                    [_time(s.begins), _time(s.ends), s.text, s.tone, s.detail] for s in track.spans
                ],
            }
            for track in lane.tracks
        ],
        "points": [[_time(p.time), p.sort, p.entry] for p in lane.points],
        "violations": lane.violations,
    }


def _entry(entry: Entry) -> JSONValue:
    return [
        _time(entry.time),
        entry.what,
        entry.lease,
        entry.daemon,
        words.line(entry),
        words.details(entry),
        words.tone(entry),
    ]


def _time(seconds: float) -> float:
    return round(seconds, 3)


def clock(seconds: float) -> str:
    """A moment as `0:12:05.250` or `12.250 s`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest:.3f} s"
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:06.3f}"


def _about(header: Header) -> str:
    return f'<p class="about">{escape(header.about)}</p>' if header.about else ""


def _cards(header: Header) -> str:
    outcome = header.outcome
    fired = sum(1 for fault in header.faults if fault.fired)
    cards = [
        ("seed", f"{header.seed}", ""),
        ("trace", outcome.trace[:10] or "none", outcome.trace),
        ("virtual time", clock(header.ended_at).removesuffix(".000"), ""),
        ("leases", f"{len(header.leases)}", ""),
        ("requests", f"{outcome.requests:,}", ""),
        ("commits", f"{outcome.commits:,}", ""),
        ("faults that fired", f"{fired} of {len(header.faults)}", ""),
        ("daemons killed", f"{outcome.crashes}", ""),
    ]
    if header.commit:
        cards.append(("commit", header.commit[:12], header.commit))
    return '<dl class="cards">' + "".join(card(*one) for one in cards) + "</dl>"


def card(name: str, value: str, full: str = "") -> str:
    """One number with its name; `full` is what a button copies."""
    copy = (
        f'<button type="button" class="copy" data-copy="{escape(full)}">copy</button>'
        if full
        else ""
    )
    size = ' class="long"' if len(value) > _LONG else ""
    return f"<div><dt>{escape(name)}</dt><dd{size}>{escape(value)}{copy}</dd></div>"


def command(text: str) -> str:
    """A command line that can be copied."""
    shown = escape(text)
    return (
        f'<div class="command"><code>{shown}</code>'
        f'<button type="button" class="copy" data-copy="{shown}">copy</button></div>'
    )


def _command(header: Header) -> str:
    return command(header.replay) if header.replay else ""


def _failure(header: Header) -> str:
    outcome = header.outcome
    found = [f"the run broke: {outcome.failure}"] if outcome.failure else []
    found += [f"the fault {name} never fired, so the run says nothing" for name in outcome.vacuous]
    return "".join(f'<p class="note bad">{escape(one)}</p>' for one in found)


def _violations(trace: Trace, number: int) -> str:
    rows = [
        (place, entry) for place, entry in enumerate(trace.entries) if entry.what == "violation"
    ]
    if not rows:
        return ""
    items = "".join(
        f'<li id="violation-{number}-{place}"><a href="#entry-{number}-{place}" '
        f'class="jump">{clock(entry.time)}</a> <b class="invariant">{escape(str(entry.fields["invariant"]))}</b>'
        f"{_chip(entry.lease)} <span>{escape(str(entry.fields['text']))}</span></li>"
        for place, entry in rows
    )
    return f'<section class="violations"><h3>Violated</h3><ol>{items}</ol></section>'


def _chip(lease: str) -> str:
    return f' <span class="chip">{escape(lease)}</span>' if lease else ""


def _faults(header: Header) -> str:
    if not header.faults:
        return ""
    rows = "".join(
        f'<tr class="{"" if fault.fired else "never"}"><td>{escape(fault.name)}</td><td>{escape(fault.what)}</td>'
        f"<td>{escape(fault.lease or 'all')}</td><td>{escape(fault.about)}</td>"
        f"<td>{'never' if fault.began_at is None else clock(fault.began_at)}</td>"
        f'<td class="number">{fault.met}</td><td class="number">{fault.fired}</td></tr>'
        for fault in header.faults
    )
    return (
        '<section class="faults"><h3>What went wrong on purpose</h3><div class="scroll"><table><thead><tr>'
        '<th>fault</th><th>kind</th><th>lease</th><th>where</th><th>from</th><th class="number">met</th><th class="number">fired</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _plan(header: Header) -> str:
    text = escape(header.plan)
    return (
        '<details class="plan"><summary><h3>The plan</h3></summary>'
        f'<button type="button" class="copy" data-copy="{text}">copy</button><pre>{text}</pre></details>'
    )


def _thinned(header: Header) -> str:
    if not header.thinned:
        return ""
    items = "".join(
        f"<li>{number:,} {escape(rule)}</li>" for rule, number in sorted(header.thinned.items())
    )
    return f'<details class="thinned"><summary><h3>Left out of this trace</h3></summary><ul>{items}</ul></details>'
