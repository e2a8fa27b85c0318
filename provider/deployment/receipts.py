"""What became of a manifest that somebody sent: recorded, refused, overtaken, or too late."""

from typing import TypeAlias

import attrs
import trio

from provider.deployment.mailbox import Desired


@attrs.frozen
class Recorded:
    """The record of the lease holds it: from here on it survives a crash."""

    generation: int
    """`metadata.generation` of the record."""


@attrs.frozen
class NotRecorded:
    """It was refused before anything was changed."""

    path: str
    """Where in the manifest, or which object."""
    rule: str


@attrs.frozen
class Superseded:
    """A newer manifest came before this one was recorded."""


@attrs.frozen
class Ended:
    """The lease was lost, or the daemon leaves."""

    why: str


Receipt: TypeAlias = Recorded | NotRecorded | Superseded | Ended


@attrs.define(eq=False)
class Receipts:
    """One lease's; the manifest that was sent last is the only one that can still be recorded."""

    _known: dict[int, Recorded | NotRecorded] = attrs.field(factory=dict, init=False)
    """By serial; only of the newest two, since nobody asks long after."""
    _over: Ended | None = attrs.field(default=None, init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    def note(self, wish: Desired, receipt: Recorded | NotRecorded) -> None:
        """What became of a wish; a later word about the same one replaces the earlier."""
        self._known[wish.serial] = receipt
        for serial in sorted(self._known)[:-2]:
            del self._known[serial]
        self.look_again()

    def end(self, why: str) -> None:
        """Whatever is not recorded now never will be."""
        self._over = self._over or Ended(why)
        self.look_again()

    def look_again(self) -> None:
        """Wake who waits; a newer wish is a reason too."""
        self._changed.set()
        self._changed = trio.Event()

    def of(self, wish: Desired) -> Recorded | NotRecorded | Ended | None:
        """What is known of a wish; `None` while it is under way, or forgotten."""
        return self._known.get(wish.serial) or self._over

    async def wait(self) -> None:
        """
        Return once something new is known of some wish.

        Cancellation:
            Nothing is left behind.
        """
        await self._changed.wait()
