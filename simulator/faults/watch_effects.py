"""What may become of the events of a watch that a rule takes hold of: values."""

from typing import TypeAlias

import attrs

from simulator.jsontypes import FrozenJSON


@attrs.frozen
class Silence:
    """After so many more events nothing comes any more, and nothing is closed."""

    after_events: int = 0


@attrs.frozen
class End:
    """After so many more events the answer ends cleanly, as a server's own time limit ends it."""

    after_events: int = 0


@attrs.frozen
class Break:
    """After so many more events the connection is dropped."""

    after_events: int = 0
    halfway: bool = False
    """Only when one more event comes, in the middle of it."""


@attrs.frozen
class Fail:
    """After so many more events an ERROR with this Status comes, and the answer ends."""

    status: FrozenJSON
    after_events: int = 0


@attrs.frozen
class Repeat:
    """Every event comes twice."""


@attrs.frozen
class Lag:
    """Every event comes so much later; their order stays."""

    seconds: float


@attrs.frozen
class Shuffle:
    """
    Events of different objects overtake one another, for up to so long.

    Those of one object keep their order, and nothing overtakes a bookmark.
    """

    seconds: float


WatchEffect: TypeAlias = Silence | End | Break | Fail | Repeat | Lag | Shuffle
WATCH_EFFECTS = (Silence, End, Break, Fail, Repeat, Lag, Shuffle)
