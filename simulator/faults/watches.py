"""
Faults of open watches: what becomes of the events of a streamed answer.

A stream is a row of lines, one event each. Every stream that passes here can be struck, when it is
opened or at any moment after; who struck it is asked about each line, in the order of the strikes.
"""

import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeAlias

import attrs
import orjson
import trio

from simulator.faults.watch_effects import (
    Break,
    End,
    Fail,
    Lag,
    Repeat,
    Shuffle,
    Silence,
    WatchEffect,
)
from simulator.jsontypes import FrozenJSON
from simulator.wire.messages import Abort, Request, Send, Streaming


class Striker(Protocol):
    """What a strike needs of its rule."""

    is_active: bool
    rng: random.Random

    def touch(self) -> None:
        """Count an event that something was done to."""
        ...

    def fires(self, request: Request) -> bool:
        """Count a request; True if it is its turn."""
        ...


Forward: TypeAlias = Callable[[bytes], Awaitable[None]]


class _Over(Exception):
    """The answer ends here, cleanly."""


_ENDINGS = (_Over, Abort, trio.BrokenResourceError, trio.ClosedResourceError)
"""What ends a stream: a strike, or the peer."""


@attrs.define(eq=False)
class _Strike:
    """One effect on one stream."""

    rule: Striker
    effect: WatchEffect
    stream: "_Stream"
    _passed: int = attrs.field(init=False, default=0)
    _late: deque[tuple[float, bytes]] = attrs.field(init=False, factory=deque)
    """Lines that lag, with when they are due; each stays here until it was sent."""
    _held: list[bytes] = attrs.field(init=False, factory=list)
    """Lines that will be shuffled."""
    _order: trio.Lock = attrs.field(init=False, factory=trio.Lock)
    """Held while shuffled lines are sent, so that no later one overtakes them."""

    def begin(self) -> None:
        """Do at once what needs no event."""
        match self.effect:
            case End(0):
                self.rule.touch()
                self.stream.over(_Over())
            case Break(0, halfway=False):
                self.rule.touch()
                self.stream.over(Abort())
            case Fail(status, 0):
                self.rule.touch()
                self.stream.over(_Over(), last=_error(status))
            case _:
                pass

    async def pass_on(self, line: bytes, forward: Forward) -> None:
        """Let a line through, or not, or later."""
        match self.effect:
            case Silence(after):
                if not self._is_over(after):
                    await forward(line)
            case Break(after, halfway=True):
                if self._is_over(after):
                    await forward(line[: len(line) // 2])
                    raise Abort
                await forward(line)
            case End(after) | Break(after) | Fail(_, after):
                await forward(line)
                if self._is_over(after - 1):
                    await self._finish(forward)
            case Repeat():
                await forward(line)
                if self.rule.is_active:
                    self.rule.touch()
                    await forward(line)
            case Lag(seconds):
                await self._lag(line, seconds, forward)
            case Shuffle(seconds):
                await self._hold(line, seconds, forward)

    def _is_over(self, after: int) -> bool:
        self._passed += 1
        if self._passed <= after:
            return False
        self.rule.touch()
        return True

    async def _finish(self, forward: Forward) -> None:
        match self.effect:
            case Break():
                raise Abort
            case Fail(status, _):
                await forward(_error(status))
                raise _Over
            case _:
                raise _Over

    async def _lag(self, line: bytes, seconds: float, forward: Forward) -> None:
        if not self.rule.is_active and not self._late:
            await forward(line)
            return
        due = trio.current_time()
        if self.rule.is_active:
            self.rule.touch()
            due += seconds
        self._late.append((due, line))
        if len(self._late) == 1:
            self.stream.later(due, self._catch_up, forward)

    async def _catch_up(self, forward: Forward) -> None:
        while self._late:
            due, line = self._late[0]
            await trio.sleep_until(due)
            await forward(line)
            self._late.popleft()

    async def _hold(self, line: bytes, seconds: float, forward: Forward) -> None:
        if _subject(line) is None or (not self.rule.is_active and not self._held):
            await self._let_go(forward)
            async with self._order:
                await forward(line)
            return
        self._held.append(line)
        self.rule.touch()
        if len(self._held) == 1:
            self.stream.later(trio.current_time() + seconds, self._let_go, forward)

    async def _let_go(self, forward: Forward) -> None:
        async with self._order:
            held, self._held = self._held, []
            for line in shuffled(held, self.rule.rng):
                await forward(line)


@attrs.define(eq=False)
class _Stream:
    """One streamed answer on its way."""

    request: Request
    answer: Streaming
    strikes: list[_Strike] = attrs.field(init=False, factory=list)
    _scope: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)
    _nursery: trio.Nursery | None = attrs.field(init=False, default=None)
    _ending: Exception | None = attrs.field(init=False, default=None)
    _last: bytes = attrs.field(init=False, default=b"")
    _lock: trio.Lock = attrs.field(init=False, factory=trio.Lock)

    def struck(self, rule: Striker, effect: WatchEffect) -> None:
        """Let one more effect work on what comes."""
        strike = _Strike(rule, effect, self)
        self.strikes.append(strike)
        if self._nursery is not None:
            strike.begin()

    def over(self, ending: Exception, last: bytes = b"") -> None:
        """End the stream as soon as it can, with one more line."""
        self._ending, self._last = ending, last
        self._scope.cancel(reason="the stream was struck")

    def later(self, at: float, run: Callable[..., Awaitable[None]], *args: object) -> None:
        """Do something at a time, unless the stream is over by then."""

        async def wait() -> None:
            await trio.sleep_until(at)
            try:
                await run(*args)
            except _ENDINGS as ending:
                self.over(ending)

        assert self._nursery is not None, "events only come once it runs"
        self._nursery.start_soon(wait, name="late events")

    async def run(self, send: Send) -> None:
        """Write the answer, as far as the strikes let it; a `Streaming`'s run."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                for strike in self.strikes:
                    strike.begin()
                try:
                    await self.answer.run(partial(self._write, send))
                    if any(isinstance(strike.effect, Silence) for strike in self.strikes):
                        # A half-open connection does not end either.
                        await trio.sleep_forever()
                except _ENDINGS as ending:
                    self.over(ending)
        if self._last:
            await send(self._last)
        if self._ending is not None and not isinstance(self._ending, _Over):
            raise self._ending

    async def _write(self, send: Send, piece: bytes) -> None:
        if not self.strikes:
            await send(piece)
            return
        *lines, rest = piece.split(b"\n")
        for line in [*(line + b"\n" for line in lines), *([rest] if rest else [])]:
            await self._through(send, 0, line)

    async def _through(self, send: Send, position: int, line: bytes) -> None:
        if position == len(self.strikes):
            # Late events and new ones may meet here.
            async with self._lock:
                await send(line)
        else:
            forward = partial(self._through, send, position + 1)
            await self.strikes[position].pass_on(line, forward)


@attrs.define(eq=False)
class Streams:
    """The streamed answers of one host that are under way."""

    _open: list[_Stream] = attrs.field(init=False, factory=list)

    def watched(
        self, request: Request, answer: Streaming, strikes: Sequence[tuple[Striker, WatchEffect]]
    ) -> Streaming:
        """An answer as the strikes leave it; later ones work on it, too."""
        stream = _Stream(request, answer)
        for rule, effect in strikes:
            stream.struck(rule, effect)

        async def run(send: Send) -> None:
            self._open.append(stream)
            try:
                await stream.run(send)
            finally:
                self._open.remove(stream)

        return attrs.evolve(answer, run=run)

    def strike(self, rule: Striker, effect: WatchEffect) -> None:
        """Take hold of what is open already, in the order in which it was opened."""
        for stream in tuple(self._open):
            if rule.fires(stream.request):
                stream.struck(rule, effect)


def shuffled(lines: Sequence[bytes], rng: random.Random) -> list[bytes]:
    """Lines in another order, those about one object in theirs."""
    rows: dict[str, list[bytes]] = {}
    for line in lines:
        rows.setdefault(_subject(line) or "", []).append(line)
    result = []
    while rows:
        subject = rng.choice(list(rows))
        result.append(rows[subject].pop(0))
        if not rows[subject]:
            del rows[subject]
    return result


def _subject(line: bytes) -> str | None:
    """The object that an event is about; None for a bookmark, an error, and what is no event."""
    try:
        event = orjson.loads(line)
        metadata = event["object"]["metadata"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if event.get("type") not in ("ADDED", "MODIFIED", "DELETED"):
        return None
    return f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"


def _error(status: FrozenJSON) -> bytes:
    return orjson.dumps({"type": "ERROR", "object": status}) + b"\n"
