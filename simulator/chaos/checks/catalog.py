"""
All checks, and what they say of one run.

I15 is not among them: that two runs of one plan and seed agree takes two runs, so the pair test compares
their trace hashes. What each of the others goes by stands in its own file.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from simulator.chaos.checks.birth import naked_pods
from simulator.chaos.checks.chronicle import Chronicle
from simulator.chaos.checks.closings import false_closings, hasty_closings
from simulator.chaos.checks.frankness import lies
from simulator.chaos.checks.generations import resurrections
from simulator.chaos.checks.isolation import delayed
from simulator.chaos.checks.ledger import overbooked
from simulator.chaos.checks.liveness import unreached
from simulator.chaos.checks.money import repeated
from simulator.chaos.checks.murders import murders
from simulator.chaos.checks.obligations import lost
from simulator.chaos.checks.orphans import orphans
from simulator.chaos.checks.owners import shared
from simulator.chaos.checks.shutdown import lingering
from simulator.chaos.checks.silence import noise
from simulator.chaos.checks.task_tree import strays
from simulator.chaos.evidence import Evidence
from simulator.chaos.outcome import Violation

Find: TypeAlias = Callable[[Chronicle], Iterable[Violation]]


@attrs.frozen
class Check:
    """One invariant, or a part of one."""

    invariant: str
    about: str
    """What it holds true, in a sentence."""
    find: Find


CHECKS: tuple[Check, ...] = (
    Check("I1", "A closed lease leaves nothing, and its record goes last.", orphans),
    Check("I2", "Nothing of a held lease is deleted that its tenant still wants.", murders),
    Check("I3", "Only what was seen unhealthy for a whole budget is closed.", false_closings),
    Check("I4", "Only so many leases are closed within a window.", hasty_closings),
    Check("I5", "What is owed is on record until it is done.", lost),
    Check("I6", "What is called free is free.", overbooked),
    Check("I7", "A hostname, an address, a port is one lease's at a time.", shared),
    Check("I8", "Where nothing changed, nothing is written.", noise),
    Check("I9", "At rest and after the end there are no stray tasks.", strays),
    Check("I10", "Told to leave, a daemon leaves in time and begins nothing.", lingering),
    Check("I11", "What befalls one lease keeps no other waiting.", delayed),
    Check("I12", "Each closing has one effect, and one daemon writes.", repeated),
    Check("I13", "The status answers, and calls nothing healthy that is not.", lies),
    Check("I14", "No object goes back to an older generation.", resurrections),
    Check("I16", "No pod runs without the isolation of its generation.", naked_pods),
    Check("liveness", "Once healed, all that is owed gets done and is shown so.", unreached),
)


def violations(evidence: Evidence) -> tuple[Violation, ...]:
    """
    Everything that did not hold, by time; called while the world is there in its last state.

    Safety is judged at every commit and request of the journals, liveness at the end.
    """
    chronicle = Chronicle.read(evidence)
    found = [violation for check in CHECKS for violation in check.find(chronicle)]
    return tuple(sorted(found, key=lambda v: (v.time, v.invariant, v.lease, v.text)))
