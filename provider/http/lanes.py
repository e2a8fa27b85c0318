"""
Who may use a connection: a fixed number of slots, divided among lanes.

Each lane owns a share. What a lane does not use is lent to the others, but never its last slot:
a lane with nothing under way can always start one request at once, so that work that hangs, however
much of it, never holds back a teardown or a question about status. A slot that comes back goes first
to a lane that uses less than its share.
"""

from enum import Enum, auto

import attrs
import trio


class Lane(Enum):
    """What a request is for, in the order in which lanes are served."""

    TEARDOWN = auto()
    """Deletes and closing marks: a quarter of the slots."""
    STATUS = auto()
    """Answers for operators and probes: one slot."""
    WORK = auto()
    """Everything else: the rest."""


@attrs.frozen
class LaneStatistics:
    """A look at one lane."""

    share: int
    in_use: int
    """More than `share` when slots of other lanes are borrowed."""
    waiting: int


@attrs.define(eq=False)
class _Queue:
    """One lane's use and its waiting tasks, first come first served."""

    share: int
    in_use: int = 0
    # A dict, so that a cancelled task leaves from the middle in one step.
    waiting: dict[trio.lowlevel.Task, None] = attrs.field(factory=dict)


class Lanes:
    """The slots and the queues for them."""

    def __init__(self, slots: int) -> None:
        """Divide `slots` (4 or more)."""
        if slots < 4:
            raise ValueError(f"lanes need 4 slots or more, got {slots}")
        teardown = slots // 4
        self._queues = {
            Lane.TEARDOWN: _Queue(teardown),
            Lane.STATUS: _Queue(1),
            Lane.WORK: _Queue(slots - teardown - 1),
        }
        self._free = slots

    async def acquire(self, lane: Lane) -> None:
        """
        Take a slot, waiting for one if need be; give it back with `release`.

        Cancellation:
            A checkpoint for cancellation only; cancelled, no slot was taken.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        queue = self._queues[lane]
        if self._may_start(queue):
            self._start(queue)
            return
        task = trio.lowlevel.current_task()
        queue.waiting[task] = None

        def leave(_: object) -> trio.lowlevel.Abort:
            del queue.waiting[task]
            return trio.lowlevel.Abort.SUCCEEDED

        # `release` has counted the slot as ours before this returns, so that no cancellation can
        # come between being given a slot and knowing it.
        await trio.lowlevel.wait_task_rescheduled(leave)

    def release(self, lane: Lane) -> None:
        """Give a slot back, and hand what is free to who waits."""
        self._queues[lane].in_use -= 1
        self._free += 1
        while (queue := self._next_to_start()) is not None:
            task = next(iter(queue.waiting))
            del queue.waiting[task]
            self._start(queue)
            trio.lowlevel.reschedule(task)

    def statistics(self) -> dict[Lane, LaneStatistics]:
        """Use and queue of each lane."""
        return {
            lane: LaneStatistics(queue.share, queue.in_use, len(queue.waiting))
            for lane, queue in self._queues.items()
        }

    def _start(self, queue: _Queue) -> None:
        queue.in_use += 1
        self._free -= 1

    def _may_start(self, queue: _Queue) -> bool:
        # One slot stays free for every other lane that uses none; so this lane's own is there.
        kept = sum(1 for other in self._queues.values() if other.in_use == 0 and other is not queue)
        return self._free > kept

    def _next_to_start(self) -> _Queue | None:
        able = [
            queue for queue in self._queues.values() if queue.waiting and self._may_start(queue)
        ]
        return min(able, key=lambda queue: queue.in_use >= queue.share, default=None)
