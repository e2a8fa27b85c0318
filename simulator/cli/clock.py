"""The wall clock of a cluster that runs in real time."""

import time

import attrs
import trio


@attrs.define(eq=False)
class RealClock:
    """
    Wall time that moves with Trio's clock.

    The system's clock is read once, so that a step of it never moves the cluster's time back.
    """

    _offset: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._offset = time.time() - trio.current_time()  # noqa: TID251  # the one place

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._offset + trio.current_time()
