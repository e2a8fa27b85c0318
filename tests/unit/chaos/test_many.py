"""Short forms in plan files stand for what they spell out."""

import pytest

from simulator.chaos import planfile
from simulator.chaos.entries import PlanError

LEASES = "name: x\nleases: [{name: t, many: 5}, {name: a}]\n"


def actions(text):
    plan = planfile.loads(f"{LEASES}actions:\n{text}")
    return [(action.do, action.lease, action.when.at) for action in plan.actions]


def test_a_lease_stands_for_many_numbered_from_one():
    plan = planfile.loads(LEASES)

    assert [lease.name for lease in plan.leases] == ["t1", "t2", "t3", "t4", "t5", "a"]


def test_a_deed_is_done_for_each_lease_that_is_meant_one_after_the_other():
    found = actions(
        "  - {do: open, lease: t*, at: 2, every: 0.5}\n  - {do: close, lease: t2..t3, at: 9}\n"
    )

    assert found == [
        *(("open", f"t{n}", 2 + 0.5 * (n - 1)) for n in range(1, 6)),
        ("close", "t2", 9),
        ("close", "t3", 9),
    ]


def test_a_deed_is_done_many_times():
    found = actions(
        "  - {do: kill, at: 10, many: 3, every: 7}\n  - {do: update, lease: a, many: 2, every: 1}\n"
    )

    assert found == [
        ("kill", "", 10),
        ("kill", "", 17),
        ("kill", "", 24),
        ("update", "a", 0),
        ("update", "a", 1),
    ]


def test_an_expectation_is_held_for_each_lease():
    plan = planfile.loads(LEASES + "asserts: [{what: gone, lease: t4..t5, from: 3, within: 5}]\n")

    assert [one.values["lease"] for one in plan.asserts] == ["t4", "t5"]


def test_what_was_spelled_out_is_written_and_read_again():
    plan = planfile.loads(LEASES + "actions: [{do: open, lease: t*, at: 1, every: 2}]\n")

    assert planfile.loads(planfile.dumps(plan)) == plan


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ("{do: kill, at: 1, many: 3}", "actions[0].every"),
        ("{do: kill, at: 1, every: 3}", "actions[0].every"),
        ("{do: kill, at: 1, many: 0, every: 3}", "actions[0].many"),
        ("{do: open, lease: t*, many: 2, every: 3}", "actions[0].many"),
        ("{do: open, lease: z*}", "actions[0].lease"),
        ("{do: open, lease: t1..a5}", "actions[0].lease"),
    ],
)
def test_a_short_form_that_means_nothing_is_refused_where_it_stands(item, where):
    with pytest.raises(PlanError) as error:
        planfile.loads(f"{LEASES}actions: [{item}]\n")

    assert error.value.path == where
