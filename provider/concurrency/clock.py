"""The wall clock as a value that is passed in; for pauses and deadlines use `trio.current_time()`."""

import time
from typing import Protocol


class WallClock(Protocol):
    """Tells the time of day."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC; may jump."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()  # noqa: TID251 - the one place that reads it
