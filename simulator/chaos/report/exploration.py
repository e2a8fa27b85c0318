"""The part of a page that shows a search: what was struck how, and what was violated where."""

from collections.abc import Mapping
from html import escape

import attrs

from simulator.chaos.report import replay
from simulator.chaos.report.masker import Masker


@attrs.frozen(kw_only=True)
class Struck:
    """All runs of one kind of strike."""

    kind: str
    about: str
    """What happens there, in words."""
    runs: int
    fell: int
    """How many were struck at the very point that was counted."""
    end_states: int
    sequences: int
    violated: int
    """How many violated anything."""


@attrs.frozen(kw_only=True)
class Trouble:
    """Runs that failed alike."""

    invariant: str
    key: str
    runs: int
    strike: str
    """The earliest one; "" for the undisturbed run."""
    there: str
    """The task or the request that was struck."""
    text: str
    replay: str
    """The command that plays that run."""


@attrs.frozen(kw_only=True)
class Exploration:
    """What a page is made of."""

    title: str
    steps: int
    requests: int
    tasks: Mapping[str, int] = attrs.field(factory=dict)
    """Steps by the first word of the tasks' names."""
    struck: tuple[Struck, ...] = ()
    end_states: int = 0
    """Of all kinds together."""
    sequences: int = 0
    troubles: tuple[Trouble, ...] = ()
    """That with the earliest strike first."""
    failures: tuple[tuple[str, str], ...] = ()
    """(strike, why) of runs that say nothing."""
    failed: int = 0
    """How many there are of these, shown or not."""
    about: Mapping[str, str] = attrs.field(factory=dict)
    """More to be told at the top, by name."""

    @property
    def is_clean(self) -> bool:
        """Every run fell on its point, came to its end and violated nothing."""
        return not (self.troubles or self.failed) and all(
            one.runs == one.fell for one in self.struck
        )


def section(found: Exploration) -> str:
    """HTML of a search."""
    masker = Masker.knowing(())
    tone, verdict = ("good", "all held") if found.is_clean else ("bad", _verdict(found))
    return f"""<section class="campaign"><h1><span class="verdict {tone}">{escape(verdict)}</span> <span class="name">{escape(found.title)}</span></h1>
{_cards(found)}
<section><h3>What was struck</h3>{_kinds(found)}</section>
{_troubles(found, masker)}
{_failures(found, masker)}
<section><h3>Steps of the tasks that serve the lease</h3>{_tasks(found)}</section></section>"""


def _verdict(found: Exploration) -> str:
    if found.troubles:
        return f"{len(found.troubles)} violations"
    return f"{found.failed} without an outcome" if found.failed else "not all fell"


def _cards(found: Exploration) -> str:
    cards = (
        ("steps", f"{found.steps:,}"),
        ("requests", f"{found.requests:,}"),
        ("runs", f"{sum(one.runs for one in found.struck):,}"),
        ("struck exactly there", f"{sum(one.fell for one in found.struck):,}"),
        ("distinct ends", f"{found.end_states:,}"),
        ("distinct sequences of writes", f"{found.sequences:,}"),
        *found.about.items(),
    )
    return '<dl class="cards">' + "".join(replay.card(*one) for one in cards) + "</dl>"


def _kinds(found: Exploration) -> str:
    names = ("struck", "what happens", "runs", "fell", "ends", "sequences", "violated")
    rows = "".join(
        f"<tr><th>{escape(one.kind)}</th><td>{escape(one.about)}</td>"
        + "".join(
            f'<td class="number">{number:,}</td>'
            for number in (one.runs, one.fell, one.end_states, one.sequences, one.violated)
        )
        + "</tr>"
        for one in found.struck
    )
    head = "".join(f"<th>{name}</th>" for name in names)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _troubles(found: Exploration, masker: Masker) -> str:
    if not found.troubles:
        return '<p class="note good">No invariant was violated.</p>'
    items = "".join(
        f'<article class="group"><h4><b class="invariant">{escape(one.invariant)}</b> '
        f"{escape(masker.text(one.key.removeprefix(one.invariant).strip()))} "
        f'<span class="quiet">{one.runs} runs, first {escape(one.strike or "undisturbed")}: '
        f"{escape(masker.text(one.there))}</span></h4>"
        f"<p>{escape(masker.text(one.text))}</p>{replay.command(one.replay)}</article>"
        for one in found.troubles
    )
    return f'<section class="groups"><h3>What was violated, and where first</h3>{items}</section>'


def _failures(found: Exploration, masker: Masker) -> str:
    if not found.failed:
        return ""
    items = "".join(
        f"<li>{escape(strike)}: {escape(masker.text(why))}</li>" for strike, why in found.failures
    )
    return f"<section><h3>{found.failed} runs without an outcome</h3><ul>{items}</ul></section>"


def _tasks(found: Exploration) -> str:
    rows = "".join(
        f'<tr><th>{escape(name)}</th><td class="number">{count:,}</td></tr>'
        for name, count in found.tasks.items()
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'
