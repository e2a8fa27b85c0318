"""Worker processes: what becomes of items, and of workers that die, break or grow."""

import math
import os
import sys

import pytest
import trio

from simulator.chaos.pool import run_all

COMMAND = (sys.executable, "-c", "from simulator.chaos.worker import serve; serve()")
MOODY = "tests.unit.chaos.jobs:moody"


async def gather(items, jobs=2, job=MOODY):
    async with run_all(job, items, jobs, command=COMMAND) as results:
        return dict([result async for result in results])


async def test_every_item_has_its_result():
    results = await gather([{"value": n} for n in range(20)])

    assert [results[n]["twice"] for n in range(20)] == [2 * n for n in range(20)]


async def test_items_are_taken_as_workers_become_free():
    taken = []

    def items():
        for n in range(6):
            taken.append(n)
            yield {"value": n}

    async with run_all(MOODY, items(), 1, command=COMMAND) as results:
        async for number, _ in results:
            assert len(taken) <= number + 3


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("dies", "the worker of item 1 ended by SIGKILL: I have had enough"),
        ("leaves", "the worker of item 1 ended with exit status 3"),
        ("breaks", "ValueError: not this one"),
    ],
)
async def test_an_item_that_ends_its_worker_fails_by_name_and_no_other_does(mood, said):
    items = [{"value": 0}, {"value": 1, "mood": mood}, {"value": 2}, {"value": 3}]

    results = await gather(items, jobs=1)

    assert results[1] == {"failure": said}
    assert [results[n]["twice"] for n in (0, 2, 3)] == [0, 4, 6]


async def test_an_unknown_job_fails_by_name():
    results = await gather([{"value": 1}], jobs=1, job="simulator.chaos.worker:no_such")

    assert "no_such" in results[0]["failure"]


async def test_a_worker_that_has_grown_is_replaced_between_two_items():
    results = await gather([{"value": 0, "mood": "grows"}, {"value": 1}, {"value": 2}], jobs=1)

    assert results[0]["pid"] != results[1]["pid"] == results[2]["pid"]


async def test_a_cancel_ends_workers_in_the_middle_of_an_item():
    pids = []
    with trio.move_on_after(3) as scope:
        async with run_all(
            MOODY, [{"value": 0}, {"value": 1, "mood": "sleeps"}], 1, command=COMMAND
        ) as results:
            async for _, result in results:
                pids.append(result["pid"])
                scope.deadline = -math.inf

    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


async def test_the_copies_of_a_worker_end_with_it(tmp_path):
    note = tmp_path / "child"
    async with run_all("tests.unit.chaos.jobs:breed", [{"note": str(note)}], 1, command=COMMAND):
        with trio.fail_after(20):
            while not note.exists() or not note.read_text():
                await trio.sleep(0.05)
    with trio.fail_after(20):
        while is_there(int(note.read_text())):
            await trio.sleep(0.05)


def is_there(pid):
    """True unless it has ended; one whom nobody has buried yet has ended."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_who_has_seen_enough_may_leave():
    async with run_all(MOODY, ({"value": n} for n in range(10**9)), 2, command=COMMAND) as results:
        async for _ in results:
            break
