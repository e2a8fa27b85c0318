"""Whether this daemon is the one that writes: of two, only the holder of the provider's Lease does."""

from typing import Protocol

import trio


class Writable(Protocol):
    """Asked before every request that is not a read."""

    def held(self) -> bool:
        """True while this daemon holds the Lease, with enough time left for a request."""
        ...

    def since(self) -> float:
        """
        Trio time since when it has been held without a break.

        What a rival had on the wire at that time can still land for a while.
        """
        ...

    async def wait(self) -> None:
        """
        Return once it is held.

        Cancellation:
            Nothing is left behind.
        """
        ...


class Unguarded:
    """There is no other daemon."""

    def held(self) -> bool:
        """Always."""
        return True

    def since(self) -> float:
        """From ever."""
        return float("-inf")

    async def wait(self) -> None:
        """At once."""
        await trio.lowlevel.checkpoint()
