"""What a search adds up to."""

import pytest

from simulator.chaos.explore.search import Counted, Point, Search, Struck
from simulator.chaos.explore.strikes import Strike
from simulator.chaos.explore.tally import Tally, Trouble
from simulator.chaos.outcome import Outcome, Violation


def counted(**outcome):
    steps = [Point(f"write a{n}", 1, 5.0, f"{n}", ("cancel", "close", "kill"), n) for n in range(9)]
    requests = [Point("apply deployments web", 0, 5.0, "r", ("answer-lost",), 4)]
    return Counted(steps, requests, Outcome(plan="p", seed=0, trace="", **outcome))


def tally(**outcome):
    return Tally("p.yaml", Search(counted(**outcome), [], 0, None))


def struck(text, *violations, fell=True, **more):
    outcome = Outcome(
        plan="p", seed=0, trace="", violations=violations, end_state="e", sequence=text
    )
    return Struck(strike=Strike.parse(text), fell=fell, outcome=outcome, what="write", **more)


ORPHAN = Violation("I1", "services web is left of A", 100.0, "A", "I1 services")


def test_a_search_without_violations_is_clean():
    found = tally()
    found.add(struck("cancel at 1"))
    found.add(struck("kill at 1"))

    assert found.is_clean
    assert found.as_json()["runs"] == {"cancel": 1, "kill": 1}
    assert found.as_json()["sequences"] == 2
    assert found.as_json()["end_states"] == 1


def test_failures_alike_are_one_with_the_earliest_strike_to_replay():
    found = tally()
    for text in ("kill at 7", "answer-lost at 1", "cancel at 6"):
        found.add(struck(text, ORPHAN))

    ((trouble, what),) = found.by_strike()
    assert trouble == Trouble("I1", "I1 services")
    assert (what.count, str(what.smallest)) == (3, "answer-lost at 1")
    assert found.invariants() == {"I1": 3}
    assert not found.is_clean


def test_what_one_run_violates_twice_alike_is_one_run():
    found = tally()
    found.add(struck("kill at 7", ORPHAN, ORPHAN))

    assert found.invariants() == {"I1": 1}


def test_a_run_that_was_not_struck_where_it_was_counted_is_not_clean():
    found = tally()
    found.add(struck("kill at 7", fell=False))

    assert not found.is_clean
    assert found.as_json()["fell"] == 0


def test_a_run_without_an_outcome_is_not_clean_and_says_why():
    found = tally()
    found.add(Struck(strike=Strike("kill", 3), failure="the run ended by SIGALRM"))

    assert not found.is_clean
    assert found.as_json()["failures"] == [
        {"strike": "kill at 3", "why": "the run ended by SIGALRM"}
    ]


def test_the_undisturbed_run_has_to_hold_too():
    found = tally(violations=(ORPHAN,))

    assert not found.is_clean
    assert found.as_json()["violations"][0]["strike"] == ""


@pytest.mark.parametrize("kinds", [("cancel",), ("kill", "answer-lost")])
def test_strikes_come_in_the_order_of_their_points(kinds):
    found = counted().strikes(kinds)

    assert {strike.kind for strike in found} == set(kinds)
    places = [counted().point(strike).place for strike in found]
    assert places == sorted(places)
