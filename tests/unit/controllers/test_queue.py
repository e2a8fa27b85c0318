"""A key waits once, comes due in order, and later after each failure."""

import pytest
import trio

from simulator.controllers.queue import KeyQueue
from simulator.controllers.settings import ControllerSettings

A, B = ("ns", "a"), ("ns", "b")


def queue() -> KeyQueue[tuple[str, str]]:
    settings = ControllerSettings(retry_seconds=1.0, retry_limit_seconds=5.0)
    return KeyQueue(settings, reaction_seconds=0.5)


async def taken(keys: KeyQueue[tuple[str, str]]) -> tuple[float, tuple[str, str]]:
    key = await keys.take()
    return trio.current_time(), key


async def test_a_key_comes_due_after_the_reaction_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    keys = queue()
    keys.add(A)

    assert await taken(keys) == (0.5, A)


async def test_further_events_neither_repeat_nor_delay_a_key(
    autojump_clock: trio.testing.MockClock,
) -> None:
    keys = queue()
    keys.add(A)
    await trio.sleep(0.25)
    keys.add(A)
    keys.add(B)

    assert await taken(keys) == (0.5, A)
    assert await taken(keys) == (0.75, B)
    with trio.move_on_after(1000):
        await keys.take()
        pytest.fail("a key was taken twice")


async def test_an_earlier_time_replaces_a_later_one(autojump_clock: trio.testing.MockClock) -> None:
    keys = queue()
    keys.add_after(A, 100)
    keys.add_after(B, 50)
    keys.add_after(A, 10)

    assert await taken(keys) == (10, A)
    assert await taken(keys) == (50, B)


async def test_an_earlier_key_wakes_a_reader_that_waits_for_a_later_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    keys = queue()
    keys.add_after(A, 100)

    async with trio.open_nursery() as nursery:

        async def add_later() -> None:
            await trio.sleep(3)
            keys.add(B)

        nursery.start_soon(add_later, name="add later")
        assert await taken(keys) == (3.5, B)


async def test_pauses_double_up_to_the_limit_and_begin_anew_after_a_success(
    autojump_clock: trio.testing.MockClock,
) -> None:
    keys = queue()
    pauses = []
    for _ in range(5):
        before = trio.current_time()
        keys.retry(A)
        await keys.take()
        pauses.append(trio.current_time() - before)
    keys.succeeded(A)
    before = trio.current_time()
    keys.retry(A)
    await keys.take()

    assert pauses == [1, 2, 4, 5, 5]
    assert trio.current_time() - before == 1


async def test_a_cancelled_reader_takes_nothing(autojump_clock: trio.testing.MockClock) -> None:
    keys = queue()
    keys.add(A)
    with trio.move_on_after(0.1):
        await keys.take()

    assert await taken(keys) == (0.5, A)
