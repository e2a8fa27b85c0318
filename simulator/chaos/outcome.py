"""What one run came to: a value that travels between processes as JSON."""

from collections.abc import Mapping
from typing import Self

import attrs

from simulator.jsontypes import FrozenJSON, JSONObject


@attrs.frozen
class Violation:
    """One invariant that did not hold."""

    invariant: str
    """`I1` to `I16`; `liveness` for something owed and not done; `crash` for an exception of the daemon's;
    `expected` for one of the plan's own `asserts`;
    `vacuous` is no violation: see `Outcome.vacuous`."""
    text: str
    """What happened, with names as the plan has them, no secret in it."""
    time: float = 0.0
    """Virtual seconds since the run began."""
    lease: str = ""
    """Its name in the plan; "" when it is about none or several."""
    key: str = ""
    """What is the same in two runs that fail alike, for grouping: no times, no names of leases."""


@attrs.frozen(kw_only=True)
class Outcome:
    """One run."""

    plan: str
    seed: int
    trace: str
    """64 hex digits over every byte, commit, answer and task step."""
    violations: tuple[Violation, ...] = ()
    vacuous: tuple[str, ...] = ()
    """Names of faults that never fired though they had to."""
    failure: str = ""
    """A fault of the harness or plan itself: the run says nothing. Last line of a traceback."""
    requests: int = 0
    """Of daemons, to the API server and the market."""
    commits: int = 0
    fired: Mapping[str, int] = attrs.field(factory=dict)
    """How often each fault fired, by its `what`."""
    faults_fired: int = 0
    """How many of the plan's faults fired at all."""
    crashes: int = 0
    """Processes that were killed."""
    leases: int = 0
    seconds: float = 0.0
    """Virtual."""
    end_state: str = ""
    """Hash of what cluster and chain held at the end, without revisions, uids and times."""
    sequence: str = ""
    """Hash of the daemon's writes: verb, kind, lease, answer's status, in their order."""

    @property
    def is_clean(self) -> bool:
        """True for a run that says something, and nothing bad."""
        return not (self.violations or self.vacuous or self.failure)

    def as_json(self) -> JSONObject:
        """What `from_json` reads back."""
        return {**attrs.asdict(self), "fired": dict(self.fired)}

    @classmethod
    def from_json(cls, found: FrozenJSON) -> Self:
        """
        Read an outcome that another process or an earlier campaign wrote.

        Raises:
            TypeError: a field that this version does not know.
        """
        violations = tuple(Violation(**one) for one in found.get("violations", ()))
        vacuous = tuple(found.get("vacuous", ()))
        return cls(**{**found, "violations": violations, "vacuous": vacuous})
