"""How much has to have happened in a run before it counts. Pure."""

import attrs

from simulator.chaos.outcome import Outcome


@attrs.frozen(kw_only=True)
class Floor:
    """The least of each; a run with less of anything proves too little to be counted."""

    leases: int = 20
    seconds: float = 3600.0
    """Virtual."""
    requests: int = 300
    faults_fired: int = 5
    """Faults of the plan that fired, however often each."""
    crashes: int = 1
    """Processes that were killed."""

    def lacks(self, outcome: Outcome) -> tuple[str, ...]:
        """What a run has too little of: `requests`, `faults fired`, …; () for one that counts."""
        reached = {
            "leases": outcome.leases,
            "seconds": outcome.seconds,
            "requests": outcome.requests,
            "faults_fired": outcome.faults_fired,
            "crashes": outcome.crashes,
        }
        return tuple(
            name.replace("_", " ") for name, n in reached.items() if n < getattr(self, name)
        )
