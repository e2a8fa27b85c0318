"""Failures that are alike: same first violated invariant, same divergence. Pure."""

import re

import attrs

from simulator.chaos.outcome import Outcome, Violation

HARNESS = "harness"
"""Instead of an invariant: the run says nothing, for the harness or the plan is at fault."""

VACUOUS = "vacuous"
"""Instead of an invariant: a fault that had to fire did not."""

_VARIABLE = re.compile(r"0x[0-9a-f]+|\d+(\.\d+)?|'[^']*'|\"[^\"]*\"")


@attrs.frozen(order=True)
class Group:
    """What is the same in runs that fail alike."""

    invariant: str
    """`I1` to `I16`, `liveness`, `crash`, or one of the words above."""
    key: str
    """Of its first violation; the harness's error without its numbers and names; the fault's name."""

    def __str__(self) -> str:
        # Keys often begin with their invariant already.
        is_told = self.key.startswith(self.invariant)
        return self.key if is_told else f"{self.invariant} {self.key}".strip()

    @property
    def slug(self) -> str:
        """It as part of a file's name."""
        words = re.sub(r"[^a-z0-9]+", "-", str(self).lower()).strip("-")
        return words[:60].rstrip("-")


def file_of(group: Group) -> str:
    """Name of the file with the smallest plan that fails so, in the folder of a campaign."""
    return f"found-{group.slug}.yaml"


def first(outcome: Outcome) -> Violation | None:
    """The violation that came first; of several at one moment the first that was told."""
    return min(outcome.violations, key=lambda violation: violation.time, default=None)


def group_of(outcome: Outcome) -> Group | None:
    """What a run failed by; None for a clean one."""
    violation = first(outcome)
    if violation is not None:
        return Group(violation.invariant, violation.key)
    if outcome.failure:
        return Group(HARNESS, _VARIABLE.sub("…", outcome.failure))
    if outcome.vacuous:
        return Group(VACUOUS, outcome.vacuous[0])
    return None
