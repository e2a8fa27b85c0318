"""What a run needs of whoever makes its faults happen."""

from collections.abc import Callable, Sequence
from typing import Protocol

from simulator.chaos.process import Process


class Board(Protocol):
    """The faults of one plan; see `faults.FaultBoard`."""

    def arm(self, processes: Callable[[], Sequence[Process]]) -> None:
        """Be told where to find the daemon's processes."""
        ...

    async def run(self) -> None:
        """Begin and end each fault at its moment."""
        ...

    async def first_fired(self, name: str) -> None:
        """Wait until a fault has fired for the first time."""
        ...

    def heal(self) -> None:
        """End all of them."""
        ...

    def vacuous(self) -> Sequence[str]:
        """Names of those that had to fire, and never did."""
        ...
