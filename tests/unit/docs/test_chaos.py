"""The page about chaos names the plans, faults, deeds, invariants and options that there are, and no others."""

import re

import pytest

from simulator.chaos import planfile
from simulator.chaos.checks.catalog import CHECKS
from tests.unit.docs.chaos_tables import TABLES, rows_below
from tests.unit.docs.pages import ROOT, TEXTS, codes, section

PAGE = TEXTS["docs/chaos.md"]
SCENARIOS = section(PAGE, "The thirty scenarios")


@pytest.mark.parametrize("head", TABLES)
def test_the_table_is_the_codes(head):
    assert rows_below(PAGE, head) == list(TABLES[head]()), "python -m tests.unit.docs.chaos_tables"


def test_the_plan_that_is_shown_can_be_read():
    [shown] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)

    plan = planfile.loads(shown)

    assert len(plan.leases) == 22
    assert len(plan.asserts) == 6


def test_every_invariant_that_is_checked_is_explained_and_no_other():
    rows = section(PAGE, "Invariants").splitlines()
    explained = {row.split(" | ")[0].strip("| ") for row in rows if re.match(r"\| (I\d|live)", row)}

    assert explained == {check.invariant for check in CHECKS} | {"I15"}


def test_each_of_the_thirty_is_there_or_waits_for_something():
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", SCENARIOS, re.MULTILINE)]

    assert set(numbers) == set(range(1, 31))


def test_every_plan_that_is_named_is_there():
    files = {path.stem for path in (ROOT / "simulator/chaos/plans").glob("*.yaml")}
    named = {
        code for code in codes(PAGE) if re.match(r"(\d\d|explore|trap|bench|found)-[a-z-]+$", code)
    }

    assert named <= files
