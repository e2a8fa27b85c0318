"""Outcomes travel between processes as JSON."""

from collections import Counter

import orjson

from simulator.chaos.outcome import Outcome, Violation


def test_an_outcome_comes_back_as_it_was():
    outcome = Outcome(
        plan="web",
        seed=7,
        trace="ab" * 32,
        violations=(Violation("I3", "orphan", 3.5, "A", "I3 services"),),
        vacuous=("late",),
        fired=Counter(late=2),
        requests=30,
    )

    assert Outcome.from_json(orjson.loads(orjson.dumps(outcome.as_json()))) == outcome
