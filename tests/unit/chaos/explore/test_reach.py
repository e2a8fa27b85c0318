"""Scopes that are found from outside, in Trio's own tree."""

import trio

from simulator.chaos.explore import reach

LEASE = "alice/1000/1/1/provider"


async def in_scope(scope, opened):
    """A manager as the daemon's: a nursery with the teardown, in it the lease's scope, in it a nursery."""
    async with trio.open_nursery() as settling:
        settling.start_soon(trio.sleep_forever, name="write")
        async with trio.open_nursery() as serving:
            serving.start_soon(trio.sleep_forever, name=f"teardown {LEASE}")
            if scope is not None:
                with scope:
                    async with trio.open_nursery() as lease:
                        lease.start_soon(trio.sleep_forever, name=f"monitor {LEASE}")
                        opened.set()
            else:
                opened.set()


async def manager(nursery, scope):
    opened = trio.Event()
    nursery.start_soon(in_scope, scope, opened, name=f"manager {LEASE}")
    await opened.wait()
    return reach.below(trio.lowlevel.current_task(), f"manager {LEASE}")


async def test_the_scope_of_a_lease_is_found_while_it_is_held(nursery):
    scope = trio.CancelScope()

    found = reach.lease_scope(await manager(nursery, scope), LEASE)

    assert found is scope
    nursery.cancel_scope.cancel()


async def test_a_lease_that_is_lost_has_no_scope(nursery):
    assert reach.lease_scope(await manager(nursery, None), LEASE) is None
    nursery.cancel_scope.cancel()


async def test_a_task_is_found_by_name_however_deep_it_is(nursery):
    found = await manager(nursery, trio.CancelScope())

    assert reach.below(found, f"monitor {LEASE}").name == f"monitor {LEASE}"
    assert reach.below(found, "no such task") is None
    nursery.cancel_scope.cancel()


async def test_a_sleep_is_cut_short(nursery, autojump_clock):
    woken = []

    async def sleeper():
        await trio.sleep(1000)
        woken.append(trio.current_time())

    nursery.start_soon(sleeper, name="sleeper")
    await trio.sleep(1)
    task = reach.below(trio.lowlevel.current_task(), "sleeper")
    reach.sleep_of(task).cancel()
    await trio.sleep(1)

    assert woken == [1.0]


async def test_what_does_not_sleep_is_left_alone(nursery):
    nursery.start_soon(trio.Event().wait, name="waiter")
    await trio.testing.wait_all_tasks_blocked()

    assert reach.sleep_of(reach.below(trio.lowlevel.current_task(), "waiter")) is None
    nursery.cancel_scope.cancel()
