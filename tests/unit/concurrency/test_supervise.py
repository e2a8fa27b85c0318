import random

import pytest
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.supervise import supervise


def a_backoff():
    return Backoff(random.Random(1), base_seconds=1, cap_seconds=4)


async def test_a_crash_is_reported_and_the_work_begins_again(autojump_clock):
    crashes, runs = [], []

    async def work():
        runs.append(trio.current_time())
        if len(runs) < 3:
            raise ValueError("poison")

    await supervise(
        work, backoff=a_backoff(), on_crash=lambda error, pause: crashes.append(str(error))
    )

    assert crashes == ["poison", "poison"]
    assert len(runs) == 3
    assert runs[2] > runs[1] > runs[0]


async def test_a_group_of_errors_is_one_crash(autojump_clock):
    crashes = []

    async def fails():
        raise KeyError("inner")

    async def work():
        if crashes:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            nursery.start_soon(trio.sleep_forever)

    await supervise(work, backoff=a_backoff(), on_crash=lambda error, pause: crashes.append(error))

    assert len(crashes) == 1
    assert isinstance(crashes[0].exceptions[0], KeyError)


async def test_a_cancel_is_no_crash(autojump_clock):
    crashes = []
    with trio.move_on_after(1) as scope:
        await supervise(
            trio.sleep_forever, backoff=a_backoff(), on_crash=lambda *a: crashes.append(a)
        )

    assert scope.cancelled_caught
    assert crashes == []


async def test_what_is_no_exception_goes_through(autojump_clock):
    async def work():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await supervise(work, backoff=a_backoff(), on_crash=lambda *a: None)


async def test_the_pause_can_be_cut_short(autojump_clock):
    began = trio.current_time()
    runs = []

    async def work():
        runs.append(1)
        if len(runs) == 1:
            raise ValueError

    async def at_once(seconds):
        await trio.lowlevel.checkpoint()

    await supervise(work, backoff=a_backoff(), on_crash=lambda *a: None, pause=at_once)

    assert trio.current_time() == began
