"""
A queue of keys of objects to look at: coalescing, delayed, with growing pauses after failures.

A key waits at most once, so the queue is bounded by the number of objects; a key that comes due while
it is being looked at is looked at again afterwards. Model: client-go util/workqueue.
"""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs
import trio

from simulator.controllers.settings import ControllerSettings

Key = tuple[str, str]
"""Namespace (empty for cluster-scoped objects) and name."""

Item = TypeVar("Item", bound=Hashable)


@attrs.define(eq=False)
class KeyQueue(Generic[Item]):
    """Keys in the order in which they come due; one reader."""

    settings: ControllerSettings
    reaction_seconds: float
    """From an event to the look at its object; further events inside that time change nothing."""
    _due: dict[Item, float] = attrs.field(init=False, factory=dict)
    _heap: list[tuple[float, int, Item]] = attrs.field(init=False, factory=list)
    _order: int = attrs.field(init=False, default=0)
    _failures: dict[Item, int] = attrs.field(init=False, factory=dict)
    _earlier: trio.Event = attrs.field(init=False, factory=trio.Event)

    def add(self, key: Item) -> None:
        """Have a key looked at after the reaction time."""
        self.add_after(key, self.reaction_seconds)

    def add_after(self, key: Item, seconds: float) -> None:
        """Have a key looked at in so many seconds, or earlier if it waits for less already."""
        due = trio.current_time() + seconds
        if self._due.get(key, due + 1.0) <= due:
            return
        self._due[key] = due
        self._order += 1
        heapq.heappush(self._heap, (due, self._order, key))
        if self._heap[0][2] == key:
            self._earlier.set()

    def retry(self, key: Item) -> None:
        """Have a key looked at again after a pause that doubles with each failure in a row."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        pause = self.settings.retry_seconds * 2.0 ** min(failures, 32)
        self.add_after(key, min(pause, self.settings.retry_limit_seconds))

    def succeeded(self, key: Item) -> None:
        """Let the pauses of a key begin anew."""
        self._failures.pop(key, None)

    async def take(self) -> Item:
        """
        The next key that is due; waits for one, and is always a checkpoint.

        Cancellation:
            Nothing is taken.
        """
        await trio.lowlevel.checkpoint()
        while True:
            next_due = self._next_due()
            if next_due <= trio.current_time():
                _, _, key = heapq.heappop(self._heap)
                del self._due[key]
                return key
            self._earlier = trio.Event()
            with trio.move_on_at(next_due):
                await self._earlier.wait()

    def _next_due(self) -> float:
        """When the first key comes due; entries that an earlier one replaced are dropped here."""
        while self._heap:
            due, _, key = self._heap[0]
            if self._due.get(key) == due:
                return due
            heapq.heappop(self._heap)
        return float("inf")
