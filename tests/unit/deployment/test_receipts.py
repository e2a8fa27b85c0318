import pytest
import trio

from provider.deployment.mailbox import Desired
from provider.deployment.receipts import Ended, NotRecorded, Receipts, Recorded
from provider.lease.manifest import Group

FIRST, SECOND, THIRD = (Desired(Group(name), serial) for serial, name in enumerate("abc", 1))


@pytest.fixture
def receipts():
    return Receipts()


def test_nothing_is_known_of_a_wish_that_is_under_way(receipts):
    assert receipts.of(FIRST) is None


def test_what_was_recorded_is_known_by_its_generation(receipts):
    receipts.note(FIRST, Recorded(3))

    assert receipts.of(FIRST) == Recorded(3)
    assert receipts.of(SECOND) is None


def test_after_the_end_only_what_was_recorded_before_counts(receipts):
    receipts.note(FIRST, Recorded(3))
    receipts.end("the lease is closed")
    receipts.end("the daemon is leaving")

    assert receipts.of(FIRST) == Recorded(3)
    assert receipts.of(SECOND) == Ended("the lease is closed")


def test_only_the_newest_are_remembered(receipts):
    for number, wish in enumerate((FIRST, SECOND, THIRD)):
        receipts.note(wish, Recorded(number))

    assert [receipts.of(wish) for wish in (FIRST, SECOND, THIRD)] == [
        None,
        Recorded(1),
        Recorded(2),
    ]


async def test_every_waiter_is_woken_by_every_word(receipts, autojump_clock):
    woken = []

    async def wait(name):
        await receipts.wait()
        woken.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, "one")
        nursery.start_soon(wait, "two")
        await trio.testing.wait_all_tasks_blocked()
        receipts.note(FIRST, NotRecorded("path", "rule"))

    assert sorted(woken) == ["one", "two"]
