"""
The two ends of an in-memory connection, and what can become of them.

Bytes wait in a bounded buffer, so that a slow reader holds its writer up as a full TCP window does;
each piece arrives some latency after it was sent, and waits for those before it. Who waits is woken in the order of arrival:
nothing here depends on anything but the calls and Trio's clock.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

import attrs
import trio

Latency: TypeAlias = Callable[[], float]
"""Seconds that one piece takes, drawn when it is sent."""

BUFFER_BYTES = 64 * 1024
"""What one direction holds before its writer must wait; about one TCP window."""


class Fate(Enum):
    """What one end of a connection experiences."""

    CARRIED = auto()
    """Bytes pass."""
    SILENT = auto()
    """Half open: what is written vanishes, what is read never comes, nothing is closed."""
    RESET = auto()
    """Every use fails."""


@attrs.define(eq=False)
class _Pipe:
    """One direction: pieces with their times of arrival."""

    pieces: deque[tuple[float, bytes]] = attrs.field(factory=deque)
    size: int = 0
    closed_at: float | None = None
    """When the end of the stream arrives, if the writer has closed."""
    abandoned: bool = False
    """The reader has closed: writing fails."""
    changed: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)


@attrs.define(eq=False)
class PipeEnd(trio.abc.Stream):
    """One end of a connection; made in pairs by `pipe_pair`."""

    _incoming: _Pipe
    _outgoing: _Pipe
    _latency: Latency
    fate: Fate = attrs.field(default=Fate.CARRIED, init=False)
    _closed: bool = attrs.field(default=False, init=False)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """
        Put all of `data` on its way; wait while the buffer is full.

        Raises:
            trio.BrokenResourceError: reset, or the peer has closed.
            trio.ClosedResourceError: this end is closed.

        Cancellation:
            Cancelled at its first checkpoint nothing was sent; later, a part.
        """
        await trio.lowlevel.checkpoint()
        rest, pipe = memoryview(data), self._outgoing
        while rest and not self._is_silent():
            if pipe.abandoned:
                raise trio.BrokenResourceError("the peer has closed the connection")
            room = BUFFER_BYTES - pipe.size
            if room > 0:
                piece, rest = bytes(rest[:room]), rest[room:]
                pipe.pieces.append((trio.current_time() + self._latency(), piece))
                pipe.size += len(piece)
                pipe.changed.unpark_all()
            else:
                await pipe.changed.park()

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there is room, or nothing is carried any more."""
        await trio.lowlevel.checkpoint()
        while (
            not self._is_silent()
            and self._outgoing.size >= BUFFER_BYTES
            and not self._outgoing.abandoned
        ):
            await self._outgoing.changed.park()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """
        Wait for the next bytes; b"" once the peer has closed and all has been read.

        Raises:
            trio.BrokenResourceError: reset.
            trio.ClosedResourceError: this end is closed.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        waited = False
        while True:
            arrival = None if self._is_silent() else self._next_arrival()
            if arrival is None:
                await self._incoming.changed.park()
            elif arrival > trio.current_time():
                await trio.sleep_until(arrival)
            else:
                # A whole checkpoint before the wait would cost each answer a step of its own.
                if not waited:
                    await trio.lowlevel.cancel_shielded_checkpoint()
                return self._take(BUFFER_BYTES if max_bytes is None else max_bytes)
            waited = True

    async def aclose(self) -> None:
        """Close both directions; the peer still reads what was sent before."""
        if not self._closed:
            self._closed = True
            self._outgoing.closed_at = trio.current_time() + self._latency()
            self._incoming.abandoned = True
            self._wake()
        await trio.lowlevel.checkpoint()

    def is_readable(self) -> bool:
        """True when `receive_some` would not wait: bytes, the end, or a reset are there."""
        if self.fate is not Fate.CARRIED:
            return self.fate is Fate.RESET
        arrival = self._next_arrival()
        return arrival is not None and arrival <= trio.current_time()

    def suffer(self, fate: Fate) -> None:
        """Turn this end's fate, for good: bytes under way to it are never read any more."""
        if self.fate is not Fate.RESET:
            self.fate = fate
        self._wake()

    def _is_silent(self) -> bool:
        if self._closed:
            raise trio.ClosedResourceError
        if self.fate is Fate.RESET:
            raise trio.BrokenResourceError("connection reset")
        return self.fate is Fate.SILENT

    def _next_arrival(self) -> float | None:
        pipe = self._incoming
        return pipe.pieces[0][0] if pipe.pieces else pipe.closed_at

    def _take(self, max_bytes: int) -> bytes:
        pipe, now, taken = self._incoming, trio.current_time(), bytearray()
        while pipe.pieces and pipe.pieces[0][0] <= now and len(taken) < max_bytes:
            arrival, piece = pipe.pieces.popleft()
            room = max_bytes - len(taken)
            if len(piece) > room:
                pipe.pieces.appendleft((arrival, piece[room:]))
            taken += piece[:room]
        pipe.size -= len(taken)
        pipe.changed.unpark_all()
        return bytes(taken)

    def _wake(self) -> None:
        self._incoming.changed.unpark_all()
        self._outgoing.changed.unpark_all()


def no_latency() -> float:
    """Everything arrives at once."""
    return 0.0


def pipe_pair(latency: Latency = no_latency) -> tuple[PipeEnd, PipeEnd]:
    """Two connected ends; each piece arrives `latency()` after it was sent."""
    there, back = _Pipe(), _Pipe()
    return PipeEnd(back, there, latency), PipeEnd(there, back, latency)
