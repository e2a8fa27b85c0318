"""When something kept the daemon from seeing or doing what it owes."""

import pytest

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle
from tests.unit.chaos.checks.made import Run


def reach(run):
    return Chronicle.read(run.evidence()).reach


def test_without_a_fault_everything_is_in_reach():
    assert reach(Run()).of("") == ()
    assert reach(Run()).calm_for("", 10, 100) == 110


@pytest.mark.parametrize(
    ("since", "seconds", "expected"),
    [(0, 50, 50), (0, 150, 350), (120, 10, 210), (250, 500, 750)],
    ids=["before it", "no room before it", "inside it", "after it"],
)
def test_calm_is_what_lies_between_hindrances(since, seconds, expected):
    assert reach(Run().fault("down", 100, 200)).calm_for("", since, seconds) == expected


def test_a_fault_that_has_no_end_hinders_for_ever():
    found = reach(Run().fault("down", 100))

    assert found.calm_for("", 50, 100) == float("inf")
    assert found.is_calm("", 0, 99)
    assert not found.is_calm("", 0, 100)


def test_a_fault_of_requests_hinders_at_the_moments_at_which_it_fired():
    assert reach(Run().fault("answer-lost", 0, 900, times=(100, 500))).of("") == (
        (100, 100),
        (500, 500),
    )


def test_a_fault_that_never_fired_hinders_nobody():
    run = Run().fault("answer-lost", 0, 900)
    run.faults[0].fired = 0

    assert reach(run).of("") == ()


def test_what_befalls_one_lease_hinders_no_other():
    found = reach(Run().lease("A").lease("B").fault("down", 100, 200, lease="A"))

    assert found.of("A") == ((100, 200),)
    assert found.of("B") == ()


def test_hindrances_that_touch_are_one():
    run = Run().fault("x", 100, 200).fault("y", 150, 300).mark(300, "pause").mark(400, "resume")

    assert reach(run).of("") == ((100, 400),)
    assert reach(run).free_seconds("", 50, 450) == 100


def leading(run, time, holder, client):
    if not run.leases:
        run.lease("A")
    spec = {"spec": {"holderIdentity": holder}}
    return run.put(time, "A", kinds.LEADERSHIP, "leasekeeper-x", spec, client=client)


def test_nobody_is_at_work_until_a_daemon_holds_the_lease():
    run = Run().life(0, "kill", ended=100).life(110)
    leading(leading(run, 2, "one", "daemon-1"), 130, "two", "daemon-2")

    assert reach(run).of("") == ((0.0, 2), (100, 130))


def test_time_in_which_nobody_ruled_is_passed_over_when_looking_back():
    run = Run().life(0, "kill", ended=100).life(110)
    leading(leading(run, 2, "one", "daemon-1"), 130, "two", "daemon-2")
    found = reach(run)

    assert found.ruled_since(90, 40) == 50
    assert found.ruled_since(150, 10) == 140
    assert found.ruled_since(150, 40) == 80
    assert found.ruled_since(120, 40) == 60


def test_a_standby_that_is_killed_leaves_nobody_without_a_daemon():
    run = Run().life(0).life(50, "kill", ended=100)
    leading(run, 2, "one", "daemon-1")

    assert reach(run).of("") == ((0.0, 2),)


def test_from_the_order_to_leave_on_nothing_is_owed_of_a_daemon():
    run = Run().life(0, "sigterm", asked=100, ended=110).life(200)

    assert reach(run).of("") == ((100, 200),)
