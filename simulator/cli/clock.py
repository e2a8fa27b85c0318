"""Time of a cluster that real clients talk to: the wall clock's, or faster."""

import math
import time

import attrs
import trio


@attrs.define(eq=False)
class RealClock:
    """
    Wall time that moves with Trio's clock.

    The system's clock is read once, so that a step of it never moves the cluster's time back.
    """

    not_before: float = 0.0
    """Seconds since 1970: where an earlier run had got to, if that is later than now."""
    _offset: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        began = max(time.time(), self.not_before)  # noqa: TID251  # the one place
        self._offset = began - trio.current_time()

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._offset + trio.current_time()


@attrs.define(eq=False)
class FastClock(trio.abc.Clock):
    """Trio's time at several times its pace: whatever sleeps, waits or expires does so sooner."""

    speed: float
    _began: float = attrs.field(init=False, default=0.0)

    def start_clock(self) -> None:
        """Begin at 0."""
        self._began = time.perf_counter()

    def current_time(self) -> float:
        """Seconds of the cluster since the start."""
        return (time.perf_counter() - self._began) * self.speed

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Real seconds until a deadline."""
        if math.isinf(deadline):
            return deadline
        return (deadline - self.current_time()) / self.speed
