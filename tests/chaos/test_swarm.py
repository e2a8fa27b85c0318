"""A few seeds for real, a planted violation that shrinks, and the commands of campaigns."""

import re

import attrs
import pytest
from typer.testing import CliRunner

from simulator.chaos import planfile
from simulator.chaos.command import chaos
from simulator.chaos.outcome import Violation
from simulator.chaos.plan import Action, FaultPlan, LeasePlan, Moment, Plan, Where
from simulator.chaos.run import play
from simulator.chaos.swarm import work
from simulator.chaos.swarm.draw import draw
from simulator.chaos.swarm.floor import Floor
from simulator.chaos.swarm.results import Result, ResultsFile, file_of, read_all
from simulator.chaos.swarm.shrink import shrink

SEEDS = (100,)

pytestmark = pytest.mark.xdist_group("swarm")


@pytest.fixture(scope="module", params=SEEDS)
def played(request):
    return Result.from_json(work.seed({"seed": request.param}))


def test_a_seed_holds_and_reaches_the_floor(played):
    assert played.outcome.is_clean, played.outcome
    assert Floor().lacks(played.outcome) == ()


def test_a_result_says_what_it_cost(played):
    assert played.cpu_seconds > 0
    assert played.rss_megabytes > 0
    assert played.worker > 0


def test_a_planted_violation_shrinks_to_the_lease_and_the_fault_that_it_needs():
    lost = FaultPlan(
        what="answer-lost", name="lost", where=Where(verb="apply", kind="services", lease="B")
    )
    other = FaultPlan(what="latency", when=Moment(at=1.0), values={"delay": 0.01}, seconds=30.0)
    plan = Plan(
        name="planted",
        leases=tuple(LeasePlan(name=name, count=2) for name in "ABC"),
        actions=tuple(Action(do="open", lease=name, when=Moment(at=5.0)) for name in "ABC"),
        faults=(lost, other),
        heal_at=60.0,
    )

    def violated(candidate):
        outcome = play(candidate).outcome
        found = (Violation("I1", "planted", 5.0, "B", "planted"),)
        return (
            attrs.evolve(outcome, violations=found) if outcome.fired.get("answer-lost") else outcome
        )

    found = shrink(plan, violated(plan), violated)

    assert [lease.name for lease in found.plan.leases] == ["B"]
    assert [fault.what for fault in found.plan.faults] == ["answer-lost"]
    assert [action.do for action in found.plan.actions] == ["open"]
    assert planfile.loads(planfile.dumps(found.plan)) == found.plan
    assert violated(found.plan).violations


def plain(output):
    return re.sub(r"\x1b\[[0-9;]*m", "", output)


@pytest.mark.parametrize("option", ["--coun=3", "--first=3", "--min=1", "--job=2", "--shrink=0"])
def test_long_options_cannot_be_abbreviated(option):
    done = CliRunner().invoke(chaos, ["swarm", "--count", "1", option])

    assert done.exit_code == 2
    assert "No such option" in plain(done.output)


@pytest.mark.parametrize("options", [(), ("--count", "0"), ("--count", "1", "--first-seed", "-1")])
def test_a_campaign_that_makes_no_sense_is_refused(options):
    assert CliRunner().invoke(chaos, ["swarm", *options]).exit_code == 2


def test_results_of_two_indices_make_one_page(tmp_path, played):
    for index in (0, 1):
        with ResultsFile(file_of(tmp_path, index)) as file:
            file.append(attrs.evolve(played, seed=index))

    done = CliRunner().invoke(chaos, ["report", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert "seeds played" in done.output
    page = (tmp_path / "report.html").read_text()
    assert "2 seeds" in page
    assert [result.seed for result in read_all(tmp_path)] == [0, 1]


def test_a_report_of_a_folder_without_results_says_so(tmp_path):
    done = CliRunner().invoke(chaos, ["report", str(tmp_path)])

    assert done.exit_code == 2
    assert "holds no results" in plain(done.output)


def test_a_drawn_plan_that_was_saved_replays_to_the_same_trace(played):
    plan = planfile.loads(planfile.dumps(draw(played.seed)))

    assert play(plan).outcome.trace == played.outcome.trace
