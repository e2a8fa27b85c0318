"""Which revision the store had at which time, for lists that are answered from the past."""

import bisect

import attrs

from simulator.journal import CommitEntry, Entry, Journal
from simulator.ports import Clock


@attrs.define(eq=False)
class Revisions:
    """The revisions of one journal's commits; made before the first of them."""

    clock: Clock
    journal: Journal
    _times: list[float] = attrs.field(init=False, factory=list)
    _revisions: list[int] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self.journal.subscribe(self._note)

    def ago(self, seconds: float) -> int:
        """The newest revision so many seconds ago; the first one if there was none yet."""
        at = bisect.bisect_right(self._times, self.clock.now() - seconds)
        return self._revisions[at - 1] if at else 1

    def age_seconds(self, revision: int) -> float:
        """How long ago a revision was made; 0 for one that is not there."""
        at = bisect.bisect_left(self._revisions, revision)
        return self.clock.now() - self._times[at] if at < len(self._times) else 0.0

    def _note(self, entry: Entry) -> None:
        if isinstance(entry, CommitEntry):
            self._times.append(entry.time)
            self._revisions.append(entry.revision)
