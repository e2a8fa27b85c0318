"""`simulator chaos run` as its users see it."""

import json

import pytest
from typer.testing import CliRunner

from simulator.chaos.checks import catalog
from simulator.chaos.command import chaos
from simulator.chaos.outcome import Violation

PLAN = """
name: small
leases: [{name: A}]
actions: [{do: open, at: 5, lease: A}]
heal_at: 20
"""


@pytest.fixture
def run(tmp_path):
    def run(text, *options):
        file = tmp_path / "plan.yaml"
        file.write_text(text)
        return CliRunner().invoke(chaos, ["run", str(file), *options])

    return run


def test_a_clean_run_says_seed_and_trace(run):
    result = run(PLAN, "--seed", "4")

    assert result.exit_code == 0
    assert "seed   4\n" in result.output
    assert "trace  " in result.output
    assert "no invariant was violated" in result.output


def test_the_outcome_can_be_had_as_json(run):
    outcome = json.loads(run(PLAN, "--json").output)

    assert (outcome["plan"], outcome["violations"], len(outcome["trace"])) == ("small", [], 64)


def test_a_plan_that_makes_no_sense_is_refused_with_its_path(run):
    result = run(PLAN.replace("do: open", "do: opne"))

    assert result.exit_code == 2
    assert "actions[0].do: no such deed" in result.output


def test_a_fault_that_never_strikes_makes_a_run_vacuous(run):
    fault = "faults: [{what: answer-lost, name: never, kind: secrets, lease: A}]\n"

    result = run(PLAN + fault)

    assert result.exit_code == 3
    assert "vacuous: never struck: never" in result.output


@pytest.fixture
def violated(monkeypatch):
    one = Violation("I1", "something is left", 12.5, "A", "left")
    monkeypatch.setattr(catalog, "violations", lambda evidence: (one,))


def test_a_violation_is_shown_with_its_time(run, violated):
    result = run(PLAN)

    assert result.exit_code == 1
    assert all(word in result.output for word in ("I1", "12.5", "something is left"))


def test_a_plan_that_was_saved_for_a_violation_is_told_whether_it_came_again(run, violated):
    assert "as expected: I1 is violated" in run(PLAN + "expects: [I1]\ncommit: abc\n").output
    missing = run(PLAN + "expects: [I2]\ncommit: abc\n").output
    assert "not as expected: I2 was violated at commit abc, and is not here" in missing


def test_what_happened_can_be_kept_and_shown(run, tmp_path):
    trace = tmp_path / "trace.jsonl.gz"

    assert run(PLAN, "--trace", str(trace)).exit_code == 0

    shown = CliRunner().invoke(chaos, ["show", str(trace)])
    assert shown.exit_code == 0, shown.output
    assert "small" in shown.output


def test_the_help_teaches_with_an_example():
    shown = CliRunner().invoke(chaos, ["run", "--help"])

    assert "answer-lost" in shown.output
    assert "Exit code 0" in shown.output
