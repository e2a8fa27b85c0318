"""The part of a page that shows a campaign: its numbers, groups of failures, distributions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

import attrs

from simulator.chaos import planfile
from simulator.chaos.entries import PlanError
from simulator.chaos.outcome import Outcome
from simulator.chaos.report import charts, replay
from simulator.chaos.report.gathering import plan_text, secrets_of
from simulator.chaos.report.masker import Masker
from simulator.chaos.report.trace import Trace

_BUCKETS: Sequence[tuple[str, int, int | None]] = (
    ("never", 0, 0),
    ("once", 1, 1),
    ("2–3", 2, 3),
    ("4–9", 4, 9),
    ("10–29", 10, 29),
    ("30 or more", 30, None),
)


@attrs.frozen(kw_only=True)
class Row:
    """One seed."""

    outcome: Outcome
    lacks: tuple[str, ...] = ()
    """What it has too little of to be counted."""
    cpu_seconds: float = 0.0

    @property
    def is_counted(self) -> bool:
        """True when enough happened for it to say something."""
        return not (self.lacks or self.outcome.failure)


@attrs.frozen(kw_only=True)
class FailureGroup:
    """Runs that failed alike."""

    invariant: str
    key: str
    count: int
    smallest_seed: int
    text: str
    """What the run of that seed violated."""
    plan: str = ""
    """Text of the smallest plan that fails so."""
    replay: str = ""
    """The command that plays it."""


@attrs.frozen(kw_only=True)
class Campaign:
    """What a page is made of."""

    title: str
    rows: tuple[Row, ...] = ()
    groups: tuple[FailureGroup, ...] = ()
    """The most frequent first."""
    seconds: float = 0.0
    """Real ones that it took; 0 for not known."""
    about: Mapping[str, str] = attrs.field(factory=dict)
    """More to be told at the top, by name: commit, machine, workers."""


def section(found: Campaign, traces: Sequence[Trace]) -> str:
    """HTML of a campaign; `traces` are shown below it."""
    counted = [row for row in found.rows if row.is_counted]
    failed = sum(1 for row in found.rows if not row.outcome.is_clean)
    tone = "bad" if failed else "good"
    text = f"{failed} of {len(found.rows)} failed" if failed else "all held"
    return f"""<section class="campaign"><h1><span class="verdict {tone}">{text}</span> <span class="name">{escape(found.title)}</span></h1>
{_cards(found, counted)}
{_groups(found, traces)}
<section><h3>What a counted seed is</h3><div class="plots">{_plots(counted)}</div></section>
{_heat(counted)}
{_below(found)}</section>"""


def _cards(found: Campaign, counted: Sequence[Row]) -> str:
    rows = found.rows
    below = sum(1 for row in rows if row.lacks and row.outcome.is_clean)
    cpu = sum(row.cpu_seconds for row in rows)
    measured = []
    if found.seconds:
        measured.append(("seeds a second", f"{len(rows) / found.seconds:.2f}"))
    if rows and cpu:
        measured.append(("CPU seconds a seed", f"{cpu / len(rows):.2f}"))
    cards = [
        ("seeds", f"{len(rows):,}"),
        ("counted", f"{len(counted):,}"),
        ("below the floor", f"{below:,}"),
        ("groups of failures", f"{len(found.groups)}"),
        *measured,
        ("distinct traces", f"{len({row.outcome.trace for row in counted}):,}"),
        *((f"median {name}", f"{_median(counted, name):,g}") for name in ("requests", "commits")),
        ("median faults fired", f"{_median(counted, 'faults_fired'):g}"),
        *found.about.items(),
    ]
    return '<dl class="cards">' + "".join(replay.card(*one) for one in cards) + "</dl>"


def _median(rows: Sequence[Row], field: str) -> float:
    return median(getattr(row.outcome, field) for row in rows) if rows else 0.0


def _groups(found: Campaign, traces: Sequence[Trace]) -> str:
    if not found.groups:
        return '<p class="note good">No invariant was violated.</p>'
    # The command says which plan a timeline is of; seeds do where somebody gave other commands.
    by_command = {trace.header.replay: place for place, trace in enumerate(traces)}
    by_seed = {trace.header.seed: place for place, trace in enumerate(traces)}
    items = "".join(
        _group(_masked(one), by_command.get(one.replay, by_seed.get(one.smallest_seed)))
        for one in found.groups
    )
    return f'<section class="groups"><h3>Failures that are alike</h3>{items}</section>'


def _masked(group: FailureGroup) -> FailureGroup:
    try:
        plan = planfile.loads(group.plan) if group.plan else None
    except PlanError:
        # Of another version: what looks like a credential goes all the same.
        plan = None
    masker = Masker.knowing(secrets_of(plan) if plan is not None else ())
    return attrs.evolve(
        group,
        key=masker.text(group.key),
        text=masker.text(group.text),
        plan=plan_text(plan, masker) if plan is not None else masker.text(group.plan),
    )


def _group(group: FailureGroup, place: int | None) -> str:
    link = (
        f'<a class="open-run" href="#run-{place}" data-run="{place}">its timeline</a>'
        if place is not None
        else ""
    )
    plan = (
        f"<details><summary>the smallest plan</summary><pre>{escape(group.plan)}</pre></details>"
        if group.plan
        else ""
    )
    command = replay.command(group.replay) if group.replay else ""
    runs = f"{group.count} run{'s' * (group.count != 1)}"
    key = group.key.removeprefix(group.invariant).strip()
    return f"""<article class="group"><h4><b class="invariant">{escape(group.invariant)}</b> {escape(key)} <span class="quiet">{runs}, first seed {group.smallest_seed}</span> {link}</h4>
<p>{escape(group.text)}</p>{command}{plan}</article>"""


def _plots(counted: Sequence[Row]) -> str:
    fields = (
        ("requests", "requests"),
        ("commits", "commits"),
        ("faults fired", "faults_fired"),
        ("daemons killed", "crashes"),
    )
    return "".join(
        charts.histogram(name, [getattr(row.outcome, field) for row in counted])
        for name, field in fields
    )


def _heat(counted: Sequence[Row]) -> str:
    kinds = sorted({kind for row in counted for kind in row.outcome.fired})
    if not kinds:
        return ""
    cells = {
        kind: Counter(_bucket(row.outcome.fired.get(kind, 0)) for row in counted) for kind in kinds
    }
    totals = {kind: sum(row.outcome.fired.get(kind, 0) for row in counted) for kind in kinds}
    table = charts.heat(
        kinds, [name for name, _, _ in _BUCKETS], cells, {k: f"{n:,}" for k, n in totals.items()}
    )
    return (
        "<section><h3>How often each kind of fault fired in a seed</h3>"
        f'<p class="quiet">Counted seeds by how often it fired in them; the last column is all of it together.</p>{table}</section>'
    )


def _bucket(fired: int) -> str:
    return next(
        name for name, low, high in _BUCKETS if low <= fired and (high is None or fired <= high)
    )


def _below(found: Campaign) -> str:
    lacked = Counter(name for row in found.rows if row.outcome.is_clean for name in row.lacks)
    if not lacked:
        return ""
    text = ", ".join(f"{escape(name)} in {count}" for name, count in lacked.most_common())
    return f'<p class="note">Seeds below the floor do not count. Too few: {text}.</p>'
