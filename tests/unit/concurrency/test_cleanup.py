import trio

from provider.concurrency.cleanup import cleanup


async def test_the_body_runs_although_the_scope_around_it_was_cancelled(autojump_clock):
    finished = False
    with trio.CancelScope() as scope:
        scope.cancel()
        with cleanup(5):
            await trio.sleep(1)
            finished = True

    assert finished


async def test_the_body_ends_at_its_deadline(autojump_clock):
    began = trio.current_time()
    with cleanup(5) as scope:
        await trio.sleep_forever()

    assert scope.cancelled_caught
    assert trio.current_time() - began == 5
