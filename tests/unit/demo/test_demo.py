"""The whole tour in virtual time: the real daemon, the simulated cluster, six verdicts."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from typer.testing import CliRunner

from simulator.__main__ import app
from simulator.demo import show
from simulator.demo.script import Restart, Step, Win

ROOT = Path(__file__).parents[3]


def lines(output: str, mark: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(mark)]


def test_the_tour_ends_well_and_says_so_in_six_lines() -> None:
    result = CliRunner().invoke(app, ["demo", "--pace", "fast"])

    assert result.exit_code == 0, result.output
    assert len(lines(result.output, "yes")) == 6
    assert not lines(result.output, "NO")
    assert "3 of 3 leases Ready, 7 of 7 pods Running" in result.output


def test_without_a_terminal_the_tour_is_fast_and_one_seed_is_one_trace() -> None:
    here = CliRunner().invoke(app, ["demo", "--seed", "5"])
    elsewhere = subprocess.run(
        [sys.executable, "-m", "simulator", "demo", "--seed", "5"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4242"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert lines(here.output, "seed 5") == lines(elsewhere, "seed 5")


def test_one_claim_that_does_not_hold_is_enough_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = show.script

    def short(*args: Any) -> list[Step]:
        return [
            attrs.evolve(step, listen_seconds=10.0) if isinstance(step, Restart) else step
            for step in whole(*args)
            if isinstance(step, Restart | Win)
        ]

    monkeypatch.setattr(show, "script", short)

    result = CliRunner().invoke(app, ["demo", "--pace", "fast"])

    assert result.exit_code == 1
    assert len(lines(result.output, "yes")) == 1
    assert "0 writes" in lines(result.output, "NO")[0]
