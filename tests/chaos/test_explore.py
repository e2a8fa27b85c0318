"""Every explore plan, struck at a share of its points; `scripts/chaos explore` strikes at all."""

import sys
from importlib import resources

import attrs
import pytest
import trio

from simulator.chaos import planfile
from simulator.chaos.explore import work
from simulator.chaos.explore.search import search
from simulator.chaos.explore.strikes import KINDS
from simulator.chaos.explore.tally import Tally

PLANS = sorted(
    path.name.removesuffix(".yaml")
    for path in (resources.files("simulator.chaos") / "plans").iterdir()
    if path.name.startswith("explore-")
)
WHOLE = "explore-whole"
STRIDES = {
    WHOLE: 24,
    "explore-transfer-heir": 15,
    "explore-transfer-holder": 15,
    "explore-monitor-closing": 50,
    "explore-teardown": 50,
}
STRIDE = 90
"""Of the others."""


def text_of(name):
    return (resources.files("simulator.chaos") / "plans" / f"{name}.yaml").read_text()


async def explored(name, stride, enough=lambda tally: False, **options):
    async with search(text_of(name), stride=stride, **options) as found:
        tally = Tally(name, found)
        async for struck in found.results:
            tally.add(struck)
            if enough(tally):
                break
        return tally


@pytest.mark.parametrize("name", PLANS)
async def test_whatever_step_is_struck_every_invariant_holds(name, record_property):
    tally = await explored(name, STRIDES.get(name, STRIDE), pairs="none")

    said = tally.as_json()
    assert said["violations"] == []
    assert said["failures"] == []
    assert tally.fell == tally.total > 0
    assert tally.is_clean
    steps, requests = said["steps"], len(said["requests"])
    record_property("sweep", f"{name}: {tally.total} runs of {steps} steps, {requests} requests")


def test_there_is_a_plan_for_all_that_a_lease_goes_through():
    assert {name.removeprefix("explore-") for name in PLANS} >= {
        "first-deploy",
        "update",
        "update-during-deploy",
        "refused-update",
        "teardown",
        "recovery",
        "transfer-holder",
        "transfer-heir",
        "ip-purge",
        "monitor-closing",
        "whole",
    }


def test_a_run_that_went_on_in_a_copy_is_the_run_that_is_played_from_the_beginning():
    async def some():
        async with search(text_of(WHOLE), stride=200) as found:
            return [struck async for struck in found.results]

    several = trio.run(some)
    assert {struck.strike.kind for struck in several} >= {"cancel", "close", "sigterm", "kill"}

    for struck in several:
        again = work.replay(work.planned(text_of(WHOLE)), struck.strike)
        assert again.outcome == struck.outcome, struck.strike


async def test_a_loss_at_a_step_is_followed_by_a_crash_at_each_request_of_the_teardown():
    plan = planfile.loads(text_of(WHOLE))
    text = planfile.dumps(attrs.evolve(plan, explore=attrs.evolve(plan.explore, since=25.0)))
    async with search(text, kinds=("close",), stride=60, pairs="all") as found:
        struck = [one async for one in found.results]

    pairs = [one for one in struck if one.strike.crash]
    bad = [one for one in struck if not (one.fell and one.outcome and one.outcome.is_clean)]
    assert [(str(one.strike), one.failure, one.outcome) for one in bad] == []
    assert all(pair.outcome.crashes == 1 for pair in pairs)
    crashes = [pair.strike.crash for pair in pairs]
    assert crashes == [*range(1, len(crashes) + 1)]
    assert len(crashes) > 3


@pytest.mark.parametrize(
    ("bug", "invariant", "kinds"),
    [("forget", "I1", ("close",)), ("sigterm", "I2", KINDS)],
)
async def test_a_daemon_with_a_bug_is_found_out(bug, invariant, kinds):
    """The second one only where a strike falls."""
    tally = await explored(
        WHOLE,
        16,
        enough=lambda tally: invariant in tally.invariants(),
        kinds=kinds,
        command=(sys.executable, "-m", "tests.chaos.planted", bug),
    )

    assert invariant in tally.invariants()
    violations = [one for one in tally.as_json()["violations"] if one["invariant"] == invariant]
    assert bool(violations[0]["strike"]) is (bug == "sigterm")
