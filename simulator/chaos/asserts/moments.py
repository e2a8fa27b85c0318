"""Moments of a run by name: `40`, `heal`, `blackout ends`, `close A`, `start 2`, `A closed`, `A proven`."""

import math

from simulator.chaos.checks.chronicle import Chronicle

_NOISE = 1e-6
"""Journals have wall time: what is taken from it is that little off."""


class UnknownMomentError(Exception):
    """The run had no such moment; the text says which."""


def moment(chronicle: Chronicle, named: object) -> float:
    """
    When something was, in virtual seconds since the run began.

    Args:
        chronicle: of a run that is over.
        named: a number; or the first mark of that text, of `what`, `what lease` or `what daemon`; or
            `<lease> closed`, as the chain has it; or `<lease> proven`, the first answer that proved
            to a daemon that the lease is lost.

    Raises:
        UnknownMomentError: it never was.
    """
    if isinstance(named, int | float):
        return float(named)
    text = str(named)
    evidence = chronicle.evidence
    for mark in evidence.marks:
        if text in (mark.what, f"{mark.what} {mark.lease}", f"{mark.what} {mark.daemon}"):
            return mark.time
    lease, _, what = text.rpartition(" ")
    facts = evidence.leases.get(lease)
    if facts is not None and what == "closed" and facts.closed_at is not None:
        return facts.closed_at
    if what == "proven" and lease in chronicle.proven:
        return chronicle.proven[lease]
    raise UnknownMomentError(f"the run had no moment {text!r}")


def window(chronicle: Chronicle, begin: object, end: object) -> tuple[float, float]:
    """
    From one moment to another; None for the run's own begin or end.

    Raises:
        UnknownMomentError: one of them never was, or nothing lies between them.
    """
    since = 0.0 if begin is None else moment(chronicle, begin) - _NOISE
    until = math.inf if end is None else moment(chronicle, end) + _NOISE
    if not since <= until:
        raise UnknownMomentError(f"nothing lies between {begin} and {end}")
    return since, until
