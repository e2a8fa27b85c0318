"""
The recent changes of one resource, by revision; what a watch and a list at an old revision read.

A ring: the oldest events go first, and a reader that asks for what has gone gets `ExpiredError`.
"""

from bisect import bisect_right
from collections.abc import Sequence

import attrs

from simulator.storage.versions import Version


class ExpiredError(Exception):
    """The revision asked for lies before the history kept."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"revision {asked} is gone, the oldest kept is {oldest}")
        self.asked = asked
        self.oldest = oldest


@attrs.frozen(eq=False)
class Event:
    """One commit: `previous` is None for an addition; `deleted` tells a removal."""

    revision: int
    version: Version
    """The state after; of a deletion, the last state under the deletion's resourceVersion."""
    previous: Version | None
    deleted: bool

    @property
    def type(self) -> str:
        """ADDED, MODIFIED or DELETED."""
        if self.deleted:
            return "DELETED"
        return "ADDED" if self.previous is None else "MODIFIED"


@attrs.define(eq=False)
class History:
    """The changes of one resource."""

    window: int
    """Events kept at least; up to twice as many are held between two cuts."""
    floor: int = 0
    """Everything after this revision is known."""
    _events: list[Event] = attrs.field(init=False, factory=list)
    _revisions: list[int] = attrs.field(init=False, factory=list)

    def append(self, event: Event) -> None:
        """Take in the newest change."""
        self._events.append(event)
        self._revisions.append(event.revision)
        if len(self._events) > 2 * self.window:
            self._drop(len(self._events) - self.window)

    def compact(self, revision: int) -> None:
        """Forget what happened up to and including `revision`."""
        self._drop(bisect_right(self._revisions, revision))
        self.floor = max(self.floor, revision)

    def _drop(self, count: int) -> None:
        if count:
            self.floor = max(self.floor, self._revisions[count - 1])
            del self._events[:count], self._revisions[:count]

    def after(self, revision: int) -> Sequence[Event]:
        """
        The changes made after `revision`, oldest first.

        Raises:
            ExpiredError: some of them are no longer kept.
        """
        if revision < self.floor:
            raise ExpiredError(revision, self.floor)
        start = bisect_right(self._revisions, revision)
        return self._events[start:] if start < len(self._events) else ()
