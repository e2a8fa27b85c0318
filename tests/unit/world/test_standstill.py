"""A part of the task tree that stands still while the rest of the world goes on."""

from functools import partial

import pytest
import trio

from simulator import deterministic

SEEDS = range(5)


async def process(log, inbox, *, task_status) -> None:
    """Ticks each second, tells what it is sent, and has a task that waits with a time limit."""

    async def tick():
        while True:
            await trio.sleep(1)
            log.append(("tick", trio.current_time()))

    async def read():
        async for item in inbox:
            log.append((item, trio.current_time()))

    async def limited():
        with trio.move_on_after(5):
            await trio.sleep_forever()
        log.append(("limit", trio.current_time()))

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick)
            nursery.start_soon(read)
            nursery.start_soon(limited)
            task_status.started(trio.lowlevel.current_task())
    finally:
        log.append(("over", trio.current_time()))


def play(story, seed=0):
    log: list[tuple[str, float]] = []

    async def main():
        async with trio.open_nursery() as nursery:
            sender, inbox = trio.open_memory_channel[str](10)
            root = await nursery.start(partial(process, log, inbox))
            await trio.sleep(2.5)
            await story(root, nursery, sender)
            nursery.cancel_scope.cancel()

    deterministic.run(seed, main)
    return log


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_of_it_runs_and_what_woke_it_has_its_effect_in_order_when_it_goes_on(seed):
    async def story(root, _nursery, sender):
        deterministic.pause(root)
        for item in ("a", "b"):
            await sender.send(item)
            await trio.sleep(10)
        deterministic.resume(root)
        await trio.sleep(0.1)

    log = play(story, seed)
    assert log[:2] == [("tick", 1), ("tick", 2)]
    assert {time for _, time in log[2:]} <= {22.5, 22.6}
    rest = [what for what, _ in log[2:]]
    assert sorted(rest) == ["a", "b", "limit", "over", "tick"]
    assert rest.index("a") < rest.index("b")


def test_virtual_time_jumps_over_it():
    async def story(root, _nursery, _sender):
        deterministic.pause(root)
        await trio.sleep(80_000)
        deterministic.resume(root)

    assert max(time for _, time in play(story)) == 80_002.5


@pytest.mark.parametrize("seed", SEEDS)
def test_one_seed_gives_one_run(seed):
    async def story(root, _nursery, sender):
        deterministic.pause(root)
        await sender.send("a")
        await trio.sleep(7)
        deterministic.resume(root)
        await trio.sleep(7)

    assert play(story, seed) == play(story, seed)


def test_a_cancellation_has_its_effect_when_it_goes_on():
    async def story(root, nursery, _sender):
        deterministic.pause(root)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.sleep(10)
        deterministic.resume(root)

    assert play(story)[-1] == ("over", 12.5)


def test_who_is_about_to_run_does_not():
    async def story(root, _nursery, _sender):
        # At 3 the process is to tick; this task sleeps as long, and goes first or second.
        await trio.sleep_until(3)
        await trio.lowlevel.checkpoint()
        deterministic.pause(root)
        await trio.sleep(1)
        deterministic.resume(root)
        deterministic.resume(root)

    assert [time for what, time in play(story) if what == "tick"][:3] == [1, 2, 3]


def test_what_is_far_below_stands_too_from_before_its_first_step():
    log = []

    async def leaf():
        while True:
            await trio.sleep(1)
            log.append(trio.current_time())

    async def branch():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(leaf)

    async def trunk(task_status):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(branch)
            task_status.started(trio.lowlevel.current_task())

    async def main():
        async with trio.open_nursery() as nursery:
            root = await nursery.start(trunk)
            deterministic.pause(root)
            await trio.sleep(5)
            assert log == []
            deterministic.resume(root)
            await trio.sleep(2.5)
            nursery.cancel_scope.cancel()

    deterministic.run(0, main)
    assert log == [6, 7]
