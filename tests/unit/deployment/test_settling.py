from functools import partial

import pytest
import trio
import trio.testing

from provider.deployment.settling import Settling
from provider.kubernetes.kinds import NAMESPACE, SERVICE, ObjectKey
from provider.kubernetes.outcomes import Done, Unknown

WEB = ObjectKey(SERVICE, "tenant", "web")
TENANT = ObjectKey(NAMESPACE, "", "tenant")


class Sent:
    """A request that takes `seconds` and remembers when it began and ended."""

    def __init__(self, seconds, outcome=None):
        self.seconds, self.outcome = seconds, outcome or Done({})
        self.began = self.ended = None

    async def __call__(self):
        self.began = trio.current_time()
        await trio.sleep(self.seconds)
        self.ended = trio.current_time()
        return self.outcome


async def test_a_cancelled_wait_leaves_the_write_on_the_wire_until_its_answer(autojump_clock):
    sent = Sent(8)
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        with trio.move_on_after(2):
            await settling.write(WEB, sent)

        assert settling.on_wire == (WEB,)
        await settling.wait_settled()
        assert sent.ended == sent.began + 8
        assert settling.on_wire == ()


async def test_a_write_that_was_not_begun_is_never_sent(autojump_clock):
    sent = Sent(1)
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        with trio.CancelScope() as scope:
            scope.cancel()
            await settling.write(WEB, sent)
        await settling.wait_settled()

    assert sent.began is None


async def test_the_next_write_to_an_object_waits_for_the_one_on_the_wire(autojump_clock):
    first, second, other = Sent(5), Sent(1), Sent(1)
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        nursery.start_soon(settling.write, WEB, first)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(settling.write, WEB, second)
        nursery.start_soon(settling.write, TENANT, other)

    assert second.began == first.ended
    assert other.began == first.began


async def test_a_fenced_delete_goes_beside_a_hung_write(autojump_clock):
    hung, delete = Sent(10), Sent(1)
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        nursery.start_soon(settling.write, WEB, hung)
        await trio.testing.wait_all_tasks_blocked()
        await settling.write(WEB, delete, fenced=True)

    assert delete.began == hung.began


async def test_a_lost_answer_stays_unsettled_for_as_long_as_it_can_land(autojump_clock):
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        await settling.write(WEB, Sent(3, Unknown("reset", sent=True)))
        answered = trio.current_time()
        await settling.wait_settled()

        assert trio.current_time() == answered + 70


async def test_a_write_that_was_not_sent_owes_nothing(autojump_clock):
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        await settling.write(WEB, Sent(3, Unknown("refused", sent=False)))
        answered = trio.current_time()
        await settling.wait_settled()

        assert trio.current_time() == answered


async def test_a_predecessors_writes_are_waited_for(autojump_clock):
    async with trio.open_nursery() as nursery:
        began = trio.current_time()
        settling = Settling(nursery, unsettled_seconds=70, started_at=began - 30)
        await settling.wait_settled()

        assert trio.current_time() == began + 40


async def test_an_error_in_a_request_stays_with_who_waits_for_it(autojump_clock):
    async def broken():
        await trio.sleep(1)
        raise ZeroDivisionError

    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        with pytest.raises(ZeroDivisionError):
            await settling.write(WEB, broken)

        assert settling.lands_until(WEB) == trio.current_time() + 70


async def test_a_lost_create_can_land_for_as_long_as_the_server_works_on_it(autojump_clock):
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        await settling.write(WEB, Sent(3, Unknown("reset", sent=True)))

        assert settling.lands_until(WEB) == trio.current_time() + 70
        assert settling.lands_until(TENANT) == 0


async def test_what_an_earlier_process_left_may_bring_any_object_to_life(autojump_clock):
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70, started_at=10)

        assert settling.lands_until(WEB) == settling.lands_until(TENANT) == 80


class Leadership:
    """Says who writes; nobody at first."""

    def __init__(self):
        self.gained = None
        self.event = trio.Event()

    def held(self):
        return self.gained is not None

    def since(self):
        return float("-inf") if self.gained is None else self.gained

    async def wait(self):
        await self.event.wait()

    def gain(self):
        self.gained = trio.current_time()
        self.event.set()


async def test_while_another_daemon_writes_nothing_is_sent(autojump_clock):
    sent, delete, leadership = Sent(1), Sent(1), Leadership()
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70, writable=leadership)
        nursery.start_soon(settling.write, WEB, sent)
        nursery.start_soon(partial(settling.write, TENANT, delete, fenced=True))
        await trio.sleep(100)
        assert sent.began is delete.began is None
        leadership.gain()
        gained = trio.current_time()

    assert sent.began == delete.began == gained


async def test_what_was_handed_over_but_not_begun_is_not_sent_once_another_daemon_writes(
    autojump_clock,
):
    class LostAtOnce(Leadership):
        """Held when the write is handed over, and no longer one step later."""

        def held(self):
            held = super().held()
            self.gained = None
            return held

    sent, leadership = Sent(1), LostAtOnce()
    leadership.gain()
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70, writable=leadership)
        outcome = await settling.write(WEB, sent)

    assert sent.began is None
    assert outcome == Unknown("another daemon may be writing", sent=False)


async def test_a_rivals_writes_are_waited_for_after_the_lease_was_taken_over(autojump_clock):
    leadership = Leadership()
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70, writable=leadership)
        nursery.start_soon(settling.wait_settled)
        await trio.sleep(1000)
        leadership.gain()
        gained = trio.current_time()

    assert trio.current_time() == gained + 70


async def test_a_fenced_write_without_an_answer_holds_nothing_up(autojump_clock):
    """A delete by uid brings nothing to life however late it lands: no name waits for it."""
    async with trio.open_nursery() as nursery:
        settling = Settling(nursery, unsettled_seconds=70)
        nursery.start_soon(
            partial(settling.write, WEB, Sent(10, Unknown("no answer", sent=True)), fenced=True)
        )
        await trio.testing.wait_all_tasks_blocked()

        assert settling.lands_until(WEB) == 0
        await trio.sleep(11)
        assert settling.lands_until(WEB) == 0
        await settling.wait_settled()
        assert trio.current_time() == 11
