"""`simulator chaos show` prints a trace as lanes over time, then what matters."""

import pytest
import typer
from typer.testing import CliRunner

from simulator.chaos.report import tracefile
from simulator.chaos.report.show import show
from tests.unit.chaos.report import made


@pytest.fixture
def play(tmp_path):
    """Runs the command on a trace."""
    app = typer.Typer()
    app.command()(show)
    file = tmp_path / "t.jsonl"

    def run(*arguments, trace=None):
        tracefile.put(trace or made.full(), file)
        return CliRunner().invoke(app, [str(file), *map(str, arguments)])

    return run


def test_it_shows_every_lease_the_command_and_what_was_violated(play):
    ran = play("--width", 120)

    assert ran.exit_code == 0
    for text in ("2 violations", "seed 7", "$ simulator chaos run made.yaml", "I1: left behind"):
        assert text in ran.output
    lines = ran.output.splitlines()
    assert [line.split()[0] for line in lines if line[:1] in ("w", "A", "B")] == ["world", "A", "B"]
    assert any("deploy-complete" in line for line in lines)
    assert "left out: 12 watches" in ran.output


def test_it_keeps_to_the_width(play):
    ran = play("--width", 60, trace=made.trace(made.entry(5, "chain", "A", state="active")))

    lanes = ran.output.split("\n\n")[1].splitlines()
    assert max(len(line.rstrip()) for line in lanes) <= 60


def test_what_tenants_wrote_does_not_drive_the_terminal(play):
    assert "\x1b" not in play().output


def test_one_lease_alone_is_told_in_full(play):
    ran = play("--lease", "A")

    assert "apply deployments web" in ran.output
    assert "not silent" in ran.output
    assert not any(line.startswith("B ") for line in ran.output.splitlines())


def test_only_violations_leaves_out_the_rest(play):
    ran = play("--only", "violations")

    assert "left behind" in ran.output
    assert "close transaction" not in ran.output
    assert not any(line.startswith("B ") for line in ran.output.splitlines())


def test_it_writes_a_page(play, tmp_path):
    ran = play("--html", tmp_path / "p.html")

    assert ran.exit_code == 0
    assert (tmp_path / "p.html").read_text().startswith("<!doctype html>")


def test_an_unknown_lease_and_a_bad_file_are_told(play, tmp_path):
    ran = play("--lease", "Z")
    assert (ran.exit_code, "no lease Z; it has A, B" in ran.output) == (2, True)

    app = typer.Typer()
    app.command()(show)
    (tmp_path / "bad.jsonl").write_text("{}")
    ran = CliRunner().invoke(app, [str(tmp_path / "bad.jsonl")])
    assert (ran.exit_code, "line 1: does not begin" in ran.output) == (2, True)


def test_spans_that_differ_in_details_only_are_one(play):
    shown = [
        made.entry(
            at, "shown", "A", 1, phase="deploy-complete", health="healthy", event=f"look {at}"
        )
        for at in (10, 50, 90)
    ]

    ran = play("--width", 120, trace=made.trace(*shown))

    (line,) = (line for line in ran.output.splitlines() if line.strip().startswith("shown"))
    assert line.count("deploy-complete") == 1
