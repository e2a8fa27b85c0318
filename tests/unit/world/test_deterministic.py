"""One seed names one interleaving, in this process and in any other."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from trio._core import _run as trio_scheduler

from simulator import deterministic

ROOT = Path(__file__).parents[3]


async def interleaving() -> str:
    """Twenty tasks that race for their turn, in sleeping and in running."""
    log: list[str] = []

    async def racer(number: int) -> None:
        for turn in range(10):
            await trio.sleep((number * turn) % 3)
            await trio.lowlevel.checkpoint()
            log.append(f"{trio.current_time()} {number} {turn}")

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(racer, number, name=f"racer {number}")
    return hashlib.sha256("\n".join(log).encode()).hexdigest()


def test_a_seed_names_one_interleaving() -> None:
    assert deterministic.run(7, interleaving) == deterministic.run(7, interleaving)


def test_another_seed_gives_another_interleaving() -> None:
    assert deterministic.run(7, interleaving) != deterministic.run(8, interleaving)


def test_the_hash_seed_of_the_process_does_not_matter() -> None:
    program = (
        "from simulator import deterministic\n"
        "from tests.unit.world.test_deterministic import interleaving\n"
        "print(deterministic.run(7, interleaving))\n"
    )
    traces = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }

    assert traces == {deterministic.run(7, interleaving)}


def test_virtual_time_starts_at_zero_and_costs_nothing() -> None:
    async def a_week() -> float:
        assert trio.current_time() == 0
        await trio.sleep(7 * 24 * 3600)
        return trio.current_time()

    assert deterministic.run(0, a_week) == pytest.approx(7 * 24 * 3600)


def test_the_switch_is_as_before_afterwards_even_after_an_error() -> None:
    before = trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING
    draws = trio_scheduler._r.getstate()

    async def fails() -> None:
        raise KeyError("planted")

    with pytest.raises(KeyError, match="planted"):
        deterministic.run(0, fails)

    assert before == trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING
    assert draws == trio_scheduler._r.getstate()


def test_a_trio_without_the_switch_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(trio_scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING")

    with pytest.raises(AssertionError, match="_ALLOW_DETERMINISTIC_SCHEDULING"):
        deterministic.run(0, interleaving)
