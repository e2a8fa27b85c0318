"""The numbers of a campaign."""

from simulator.chaos.swarm.groups import Group
from simulator.chaos.swarm.tally import Tally
from tests.unit.chaos.swarm.builders import result, violation


def tally(*results):
    counting = Tally()
    for one in results:
        counting.add(one)
    return counting


def test_seeds_below_the_floor_are_told_and_not_counted():
    found = tally(result(1), result(2, requests=100), result(3, crashes=0))

    assert (found.runs, found.counted, found.below) == (3, 1, 2)
    assert found.lacked == {"requests": 1, "crashes": 1}


def test_medians_are_those_of_the_seeds_that_count():
    found = tally(
        result(1, requests=300),
        result(2, requests=500),
        result(3, requests=900),
        result(4, requests=9),
    )

    assert found.medians() == {"requests": 500, "commits": 900, "faults fired": 6}


def test_equal_traces_are_one():
    found = tally(result(1, trace="a" * 64), result(2, trace="a" * 64), result(3, trace="b" * 64))

    assert found.traces == 2


def test_failures_are_grouped_and_the_smallest_seed_stands_for_its_group():
    found = tally(
        result(9, violation()),
        result(4, violation(text="B leaves a Service")),
        result(7, violation()),
    )

    [(group, failures)] = found.groups.items()
    assert group == Group("I1", "orphan Ingress")
    assert (failures.count, failures.smallest_seed) == (3, 4)
    assert failures.text.startswith("B leaves a Service")


def test_a_violation_below_the_floor_is_a_failure_all_the_same():
    found = tally(result(1, violation(), requests=3))

    assert (found.counted, found.below, found.failed) == (0, 0, 1)


def test_a_run_that_broke_counts_for_nothing_but_a_failure():
    found = tally(result(1, failure="ValueError: no"))

    assert (found.counted, found.below, found.failed) == (0, 0, 1)


def test_memory_is_that_of_the_largest_worker_at_three_moments():
    found = tally(
        *(result(n, worker=1, rss=100.0 + n) for n in range(5)),
        *(result(n, worker=2, rss=90.0) for n in range(5, 8)),
    )

    memory = found.memory()
    assert (memory.start, memory.middle, memory.end) == (100.0, 102.0, 104.0)
