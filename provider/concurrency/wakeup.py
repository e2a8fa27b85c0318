"""A coalescing wake-up: any number of `set()` calls between two looks make one look."""

import attrs
import trio


@attrs.define(eq=False)
class Wakeup:
    """One waiter looks again whenever somebody calls `set`; the reason is not passed on, on purpose."""

    _event: trio.Event = attrs.field(factory=trio.Event, init=False)

    def set(self) -> None:
        """Ask for another look; never blocks and is never lost."""
        self._event.set()

    async def wait(self) -> None:
        """
        Return once `set` was called since the last return.

        Cancellation:
            A checkpoint; a wake-up that arrived stays for the next call.
        """
        await self._event.wait()
        self._event = trio.Event()

    async def wait_at_most(self, seconds: float) -> bool:
        """Like `wait`, but return after `seconds` at the latest; True when woken."""
        with trio.move_on_after(seconds):
            await self.wait()
            return True
        return False
