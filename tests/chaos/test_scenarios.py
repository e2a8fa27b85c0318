"""The named plans, each born from an incident, and the found ones: all of them hold, and say something."""

import re
from collections import Counter
from importlib import resources

import pytest

from simulator.chaos import named, planfile
from simulator.chaos.explore.search import search
from simulator.chaos.explore.tally import Tally
from simulator.chaos.run import play

FILES = sorted((resources.files("simulator.chaos") / "plans").glob("*.yaml"))
SCENARIOS = [file for file in FILES if re.match(r"\d\d-|found-", file.name)]
ASKED = {*range(1, 3), 3, *range(4, 18), 26, 27, 28}
"""Of the thirty; the others wait for a part that the daemon does not have, see docs/chaos.md."""


@pytest.mark.parametrize("file", SCENARIOS, ids=[file.stem for file in SCENARIOS])
def test_a_plan_holds_and_every_fault_of_it_struck(file):
    outcome = play(planfile.load(file)).outcome

    assert outcome.is_clean, outcome


@pytest.mark.parametrize(
    ("name", "stride"), [("07-sigterm-mid-deploy", 45), ("28-migrate-then-crash", 12)]
)
async def test_a_scenario_of_every_step_holds_at_a_share_of_them(name, stride):
    """`simulator chaos explore` with the name goes through all of them."""
    async with search(named.file(name).read_text(), stride=stride) as found:
        tally = Tally(name, found)
        async for struck in found.results:
            tally.add(struck)

    assert tally.fell == tally.total > 0
    assert tally.is_clean, tally.as_json()


def test_every_scenario_that_is_in_reach_is_there():
    numbers = Counter(int(file.name[:2]) for file in SCENARIOS if file.name[:2].isdigit())

    assert set(numbers) >= ASKED


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_plan_says_what_it_is_about(file):
    plan = planfile.load(file)

    assert plan.name in (file.stem, file.stem.partition("-")[2])
    assert plan.about.endswith(".")
    assert plan.born_from or file.name.startswith(("bench-", "explore-", "trap-", "found-"))


def test_the_names_that_are_listed_are_those_of_the_files():
    assert [one.file for one in named.plans()] == [file.stem for file in FILES]
