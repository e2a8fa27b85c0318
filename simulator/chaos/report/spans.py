"""Stretches of time in rows. Pure."""

from collections.abc import Iterable

import attrs


@attrs.frozen
class Span:
    """What held from one moment to another."""

    begins: float
    text: str
    """"" with the tone `none` for a gap."""
    tone: str
    """good, busy, waiting, ending, over, bad, unknown, fault, idle or none."""
    detail: str = ""
    ends: float = 0.0


def spans(changes: Iterable[Span], ends: float) -> tuple[Span, ...]:
    """
    Let each last until the next begins, and the last one until the end; equal ones become one.

    Args:
        changes: by time; their own ends do not count.
        ends: of the run.
    """
    kept: list[Span] = []
    for change in changes:
        last = kept[-1] if kept else None
        if last is not None and (last.text, last.tone, last.detail) == (
            change.text,
            change.tone,
            change.detail,
        ):
            continue
        if last is not None and change.begins <= last.begins:
            kept.pop()
        kept.append(change)
    following = [*(span.begins for span in kept[1:]), ends][: len(kept)]
    return tuple(
        attrs.evolve(span, ends=max(after, span.begins))
        for span, after in zip(kept, following, strict=True)
        if span.tone != "none"
    )


def packed(found: Iterable[Span]) -> list[tuple[Span, ...]]:
    """As few rows as hold spans that overlap."""
    rows: list[list[Span]] = []
    for span in sorted(found, key=lambda one: (one.begins, one.ends)):
        row = next((row for row in rows if row[-1].ends <= span.begins), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return [tuple(row) for row in rows]
