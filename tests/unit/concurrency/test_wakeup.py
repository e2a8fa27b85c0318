import trio

from provider.concurrency.wakeup import Wakeup


async def test_many_sets_make_one_look(autojump_clock):
    wakeup = Wakeup()
    for _ in range(5):
        wakeup.set()

    await wakeup.wait()

    assert not await wakeup.wait_at_most(10)


async def test_a_set_before_the_wait_is_not_lost(autojump_clock):
    wakeup = Wakeup()
    wakeup.set()

    assert await wakeup.wait_at_most(0.001)


async def test_a_wait_that_is_cancelled_keeps_a_later_wakeup(autojump_clock):
    wakeup = Wakeup()
    with trio.move_on_after(1):
        await wakeup.wait()
    wakeup.set()

    assert await wakeup.wait_at_most(1)


async def test_wait_at_most_returns_at_its_limit(autojump_clock):
    began = trio.current_time()

    assert not await Wakeup().wait_at_most(7)
    assert trio.current_time() - began == 7
