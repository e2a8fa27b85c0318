"""Plans drawn from seeds: valid, the same every time, and with enough in them to count."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chaos import planfile
from simulator.chaos.faults.catalog import CATALOG
from simulator.chaos.plancheck import check
from simulator.chaos.swarm.draw import HOUR_SECONDS, draw
from simulator.chaos.swarm.fault_kinds import FAMILIES, LEFT_OUT

seeds = st.integers(0, 1_000_000)
MANY = range(200)


@given(seeds)
def test_every_drawn_plan_is_valid(seed):
    plan = draw(seed)

    check(plan)
    for fault in plan.faults:
        assert list(CATALOG[fault.what].flaws(fault)) == []


@given(seeds)
def test_a_drawn_plan_is_the_same_after_a_journey_through_a_file(seed):
    assert planfile.loads(planfile.dumps(draw(seed))) == draw(seed)


def test_a_seed_draws_the_same_plan_in_every_process():
    program = (
        "from simulator.chaos.swarm.draw import draw; from simulator.chaos import planfile;"
        "print(planfile.dumps(draw(7)), end='')"
    )
    told = [
        subprocess.run(
            (sys.executable, "-c", program),
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1")
    ]

    assert told == [planfile.dumps(draw(7))] * 2


@given(seeds)
def test_every_plan_has_twenty_leases_an_hour_faults_and_a_kill(seed):
    plan = draw(seed)
    deeds = Counter(action.do for action in plan.actions)

    assert len(plan.leases) == deeds["open"] == 20
    assert plan.heal_at == HOUR_SECONDS == 3600
    assert len(plan.faults) >= 12
    assert deeds["kill"] >= 1
    assert deeds["close"] >= 8


@given(seeds)
def test_everything_happens_within_the_hour(seed):
    plan = draw(seed)

    for action in plan.actions:
        assert action.when.after or 0 <= action.when.at <= HOUR_SECONDS
    for fault in plan.faults:
        assert 0 <= fault.when.at <= HOUR_SECONDS - 60
        assert fault.may_miss


@given(seeds)
def test_no_lease_is_updated_or_closed_before_it_is_opened(seed):
    opened = {}
    for action in draw(seed).actions:
        if action.do == "open":
            opened[action.lease] = action.when.at
        elif action.do in ("update", "close"):
            assert action.when.at >= opened[action.lease]


def test_every_kind_of_fault_is_drawn_by_some_seed_or_left_out_for_a_reason():
    drawn = {kind.what for family in FAMILIES.values() for kind in family}
    met = {fault.what for seed in MANY for fault in draw(seed).faults}

    assert drawn | LEFT_OUT.keys() == CATALOG.keys()
    assert not drawn & LEFT_OUT.keys()
    assert met == drawn


def test_every_seed_leaves_kinds_out():
    for seed in MANY:
        assert len({fault.what for fault in draw(seed).faults}) < len(CATALOG) / 2


@pytest.mark.parametrize(
    "what",
    ["web", "stack", "everything", "gpu", "worker", "update", "transfer", "sigterm", "hold"],
)
def test_leases_and_deeds_of_every_kind_are_drawn(what):
    met = {
        name
        for seed in MANY
        for plan in [draw(seed)]
        for name in (
            *(lease.definition for lease in plan.leases),
            *(action.do for action in plan.actions),
        )
    }

    assert what in met
