"""Judges each of a plan's own expectations."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from simulator.chaos.asserts import objects, requests, words
from simulator.chaos.asserts.moments import UnknownMomentError
from simulator.chaos.checks.chronicle import Chronicle
from simulator.chaos.evidence import Evidence
from simulator.chaos.outcome import Violation

Judge: TypeAlias = Callable[[Chronicle, Mapping[str, object]], Iterator[str]]
"""Says what is not as expected, nothing where it is."""

JUDGES: Mapping[str, Judge] = MappingProxyType(
    {
        "closings": requests.closings,
        "requests": requests.requests,
        "at-once": requests.at_once,
        "first-delete": requests.first_delete,
        "gone": objects.gone,
        "serves": objects.serves,
        "routed": objects.routed,
        "status": words.status,
        "logs": words.logs,
        "told": words.told,
    }
)
"""One for each of `expectations.CATALOG`."""


def violations(evidence: Evidence) -> tuple[Violation, ...]:
    """What of a plan's own expectations did not come to pass."""
    if not evidence.plan.asserts:
        return ()
    chronicle = Chronicle.read(evidence)
    found = []
    for expectation in evidence.plan.asserts:
        lease = str(expectation.values.get("lease", ""))
        try:
            texts = list(JUDGES[expectation.what](chronicle, expectation.values))
        except UnknownMomentError as error:
            texts = [str(error)]
        asked = ", ".join(f"{key}: {value}" for key, value in expectation.values.items())
        found += [
            Violation(
                "expected",
                f"{expectation.what} ({asked}): {text}",
                lease=lease,
                key=f"expected {expectation.what}",
            )
            for text in texts
        ]
    return tuple(found)
