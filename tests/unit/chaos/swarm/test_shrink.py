"""A failing plan shrinks to what its failure needs, and to nothing that fails otherwise."""

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chaos.swarm.reductions import PARTS, plainer, without_faults
from simulator.chaos.swarm.shrink import shrink
from tests.unit.chaos.swarm.builders import outcome, rich_plan, violation


def fails_when(condition, *found):
    """A runner with a planted violation."""
    found = found or (violation(lease=""),)

    def play(plan):
        play.plans.append(plan)
        return outcome(1, *found) if condition(plan) else outcome()

    play.plans = []
    return play


def needs(plan, lease, *whats):
    names = {one.name for one in plan.leases}
    return lease in names and set(whats) <= {fault.what for fault in plan.faults}


def shrunk(condition, plan=None, **more):
    plan = plan or rich_plan()
    play = fails_when(condition)
    return shrink(plan, play(plan), play, **more)


def test_what_the_failure_does_not_need_goes():
    found = shrunk(lambda plan: needs(plan, "C", "slow"))

    assert [lease.name for lease in found.plan.leases] == ["C"]
    assert [fault.what for fault in found.plan.faults] == ["slow"]
    assert found.plan.actions == ()
    assert found.is_least


def test_two_leases_that_are_both_needed_stay():
    found = shrunk(lambda plan: needs(plan, "C") and needs(plan, "R"))

    assert [lease.name for lease in found.plan.leases] == ["C", "R"]


def test_what_is_left_becomes_plain():
    plan = shrunk(lambda plan: needs(plan, "B", "answer-lost")).plan

    [lease], [fault] = plan.leases, plan.faults
    assert (lease.definition, lease.count, dict(lease.changes)) == ("web", 1, {})
    assert (fault.probability, fault.times, fault.nth) == (1.0, 1, 1)
    assert plan.world.latency_seconds == plan.world.jitter_seconds == 0
    assert not plan.daemon.settings


def test_a_setting_that_the_failure_needs_stays():
    def condition(plan):
        return plan.daemon.settings.get("cluster.poll_seconds") == 30.0

    assert dict(shrunk(condition).plan.daemon.settings) == {"cluster.poll_seconds": 30.0}


def test_a_plan_that_fails_otherwise_is_not_followed():
    plan = rich_plan(4)

    def play(candidate):
        if needs(candidate, "B"):
            return outcome(1, violation("I1", "orphan"))
        return outcome(1, violation("I5", "undone"))

    found = shrink(plan, play(plan), play)

    assert [lease.name for lease in found.plan.leases] == ["B"]
    assert found.plan.expects == ("I1",)


def test_the_lease_of_the_violation_is_tried_alone_first():
    plan = rich_plan()
    play = fails_when(lambda plan: needs(plan, "M"), violation(lease="M"))

    shrink(plan, play(plan), play)

    assert [lease.name for lease in play.plans[1].leases] == ["M"]


def test_the_search_ends_at_its_bound_and_says_so():
    found = shrunk(lambda plan: needs(plan, "B", "answer-lost"), runs_max=5)

    assert not found.is_least
    assert found.runs <= 6


def test_no_plan_is_played_twice():
    plan = rich_plan()
    play = fails_when(lambda plan: needs(plan, "B", "slow"))

    shrink(plan, play(plan), play)

    assert len({repr(one) for one in play.plans[1:]}) == len(play.plans) - 1


def test_faults_of_the_least_plan_have_to_fire():
    plan = shrunk(lambda plan: needs(plan, "B", "slow")).plan

    assert [fault.may_miss for fault in plan.faults] == [False]


def test_faults_that_the_failure_does_without_may_go_on_missing():
    plan = rich_plan(2)

    def play(candidate):
        vacuous = () if all(fault.may_miss for fault in candidate.faults) else ("slow",)
        fails = needs(candidate, "B", "slow")
        return outcome(1, *([violation(lease="")] if fails else []), vacuous=vacuous)

    assert [fault.may_miss for fault in shrink(plan, play(plan), play).plan.faults] == [True]


def test_what_waits_for_a_fault_goes_with_it():
    thinner = without_faults(rich_plan(), {0})

    assert [fault.what for fault in thinner.faults] == ["slow"]
    assert "start" not in {action.do for action in thinner.actions}


@settings(max_examples=30)
@given(st.data())
def test_no_reduction_leaves_anything_hanging(data):
    plan = rich_plan(5)
    for _ in range(4):
        leave, size = data.draw(st.sampled_from(PARTS))
        if size(plan):
            plan = leave(plan, data.draw(st.sets(st.integers(0, size(plan) - 1))))
        steps = list(plainer(plan, 700.0))
        assert all(step != plan for step in steps)
        plan = data.draw(st.sampled_from(steps)) if steps else plan

    leases = {lease.name for lease in plan.leases} | {""}
    faults = {fault.name for fault in plan.faults} | {""}
    assert {action.lease for action in plan.actions} <= leases
    assert {fault.where.lease for fault in plan.faults} <= leases
    assert {one.when.after for one in (*plan.actions, *plan.faults)} <= faults
    assert attrs.evolve(plan) == plan
