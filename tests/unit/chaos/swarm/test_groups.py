"""Failures are grouped by what they violated first."""

from simulator.chaos.swarm.groups import Group, group_of
from tests.unit.chaos.swarm.builders import outcome, violation


def test_a_clean_run_is_in_no_group():
    assert group_of(outcome()) is None


def test_the_first_violation_in_time_names_the_group():
    run = outcome(1, violation("I5", "undone", 900.0), violation("I1", "orphan Ingress", 700.0))

    assert group_of(run) == Group("I1", "orphan Ingress")


def test_of_two_at_one_moment_the_one_told_first_names_it():
    run = outcome(1, violation("I7", "twice"), violation("I1", "orphan"))

    assert group_of(run) == Group("I7", "twice")


def test_runs_that_break_alike_are_one_group_whatever_numbers_they_break_with():
    one = outcome(failure="KeyError: 'lease-17' at 0x7f12 after 3.5 s")
    other = outcome(failure="KeyError: 'lease-4' at 0x8a00 after 12 s")

    assert group_of(one) == group_of(other)


def test_a_violation_counts_more_than_a_fault_that_never_fired():
    assert group_of(outcome(1, violation(), vacuous=("lost",))).invariant == "I1"
    assert group_of(outcome(vacuous=("lost",))) == Group("vacuous", "lost")


def test_a_groups_slug_is_part_of_a_files_name():
    assert Group("I1", "orphan Ingress/web of 'x'").slug == "i1-orphan-ingress-web-of-x"
