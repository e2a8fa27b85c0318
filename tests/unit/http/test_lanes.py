import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from provider.http.lanes import Lane, Lanes


async def take_all(lanes: Lanes, lane: Lane) -> int:
    """Acquire for a lane until it would have to wait; how often that was."""
    taken = 0
    while True:
        with trio.move_on_after(1) as scope:
            await lanes.acquire(lane)
        if scope.cancelled_caught:
            return taken
        taken += 1


def test_a_quarter_of_the_slots_is_for_teardown_and_one_for_status():
    shares = {lane: one.share for lane, one in Lanes(32).statistics().items()}

    assert shares == {Lane.TEARDOWN: 8, Lane.STATUS: 1, Lane.WORK: 23}


def test_fewer_slots_than_lanes_can_divide_are_refused():
    with pytest.raises(ValueError, match="4 slots or more"):
        Lanes(3)


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_lane_borrows_every_unused_slot_but_the_last_of_each_other_lane(
    lane, autojump_clock
):
    lanes = Lanes(10)

    assert await take_all(lanes, lane) == 8
    for other in Lane:
        if other is not lane:
            assert await take_all(lanes, other) == 1


async def test_teardown_starts_at_once_however_much_work_hangs(nursery, autojump_clock):
    lanes = Lanes(10)
    for _ in range(50):
        nursery.start_soon(lanes.acquire, Lane.WORK)
    await wait_all_tasks_blocked()

    with trio.fail_after(1):
        await lanes.acquire(Lane.TEARDOWN)
    nursery.cancel_scope.cancel()


async def test_slots_that_come_back_go_to_the_lane_below_its_share(nursery, autojump_clock):
    lanes = Lanes(8)  # teardown 2, status 1, work 5
    order: list[str] = []

    async def waiting(lane: Lane, name: str) -> None:
        await lanes.acquire(lane)
        order.append(name)

    await take_all(lanes, Lane.WORK)
    await lanes.acquire(Lane.TEARDOWN)
    nursery.start_soon(waiting, Lane.WORK, "work")
    await wait_all_tasks_blocked()
    nursery.start_soon(waiting, Lane.TEARDOWN, "teardown within its share")
    await wait_all_tasks_blocked()
    nursery.start_soon(waiting, Lane.TEARDOWN, "teardown beyond its share")
    await wait_all_tasks_blocked()
    for _ in range(3):
        lanes.release(Lane.WORK)
        await wait_all_tasks_blocked()

    assert order == ["teardown within its share", "work", "teardown beyond its share"]


async def test_within_a_lane_it_is_first_come_first_served(nursery, autojump_clock):
    lanes = Lanes(4)
    await take_all(lanes, Lane.WORK)
    order: list[int] = []

    async def waiting(number: int) -> None:
        await lanes.acquire(Lane.WORK)
        order.append(number)
        lanes.release(Lane.WORK)

    for number in range(5):
        nursery.start_soon(waiting, number)
        await wait_all_tasks_blocked()
    lanes.release(Lane.WORK)
    await wait_all_tasks_blocked()

    assert order == [0, 1, 2, 3, 4]


async def test_who_is_cancelled_while_waiting_leaves_the_queue_and_takes_nothing(
    nursery, autojump_clock
):
    lanes = Lanes(4)
    await take_all(lanes, Lane.WORK)

    with trio.move_on_after(0.01):
        await lanes.acquire(Lane.WORK)
    assert lanes.statistics()[Lane.WORK].waiting == 0

    lanes.release(Lane.WORK)
    with trio.fail_after(1):
        await lanes.acquire(Lane.WORK)


async def test_a_slot_given_in_the_step_of_a_cancellation_is_not_lost(nursery, autojump_clock):
    lanes = Lanes(4)
    taken = await take_all(lanes, Lane.WORK)
    outcome: list[str] = []

    async def waiting(scope: trio.CancelScope) -> None:
        with scope:
            await lanes.acquire(Lane.WORK)
            outcome.append("acquired")

    scope = trio.CancelScope()
    nursery.start_soon(waiting, scope)
    await wait_all_tasks_blocked()
    lanes.release(Lane.WORK)
    scope.cancel()
    await wait_all_tasks_blocked()

    assert outcome == ["acquired"]
    assert lanes.statistics()[Lane.WORK].in_use == taken
