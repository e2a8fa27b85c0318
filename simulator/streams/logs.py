"""
The log of a container: what it has written, and as it goes on writing.

Source: core/v1 PodLogOptions and its validation; pkg/kubelet/kuberuntime/logs (which lines, when a
follower is through).
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

import attrs
import trio

from simulator.storage.history import Event
from simulator.streams.containers import Container, Life, again, life_of
from simulator.streams.inside import inside
from simulator.streams.output import Line, lines
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Send

_KEPT_LINES = 10_000
"""A log has no more; older lines were rotated away."""


@attrs.frozen(kw_only=True)
class LogOptions:
    """What a reader wants of a log."""

    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    since: float | None = None
    """Seconds since 1970."""
    limit_bytes: int | None = None


@attrs.define(eq=False)
class Log:
    """One reader of one run of a container."""

    cluster: Cluster
    container: Container
    options: LogOptions
    _life: Life = attrs.field(init=False)
    _left: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """
        Find the run.

        Raises:
            Refused: 400, it has not started, or there was none before.
        """
        self._life = life_of(self.container, previous=self.options.previous)
        limit = self.options.limit_bytes
        self._left = float("inf") if limit is None else limit

    def text(self) -> bytes:
        """All that is written by now."""
        return b"".join(self._shown(line) for line in self._written(self.cluster.clock.now()))

    async def follow(self, send: Send, *, history: bool = True) -> None:
        """
        Send what is written by now, then what is written later, until the run ends.

        Args:
            send: takes pieces of the log.
            history: whether to begin with what was written before.

        Cancellation:
            At any point; lines may then have been sent in part.
        """
        woken = trio.Event()

        def wake(_event: Event) -> None:
            woken.set()

        unsubscribe = self.cluster.store.subscribe("pods", wake)
        seen = self.cluster.clock.now()
        try:
            if history:
                await send(self.text())
            while self._left > 0:
                woken = trio.Event()
                ended = self._ended()
                until = seen if ended is None else max(ended, seen)
                now = max(self.cluster.clock.now(), until)
                fresh = [line for line in self._lines() if seen < line.at <= now]
                if fresh:
                    await send(b"".join(self._shown(line) for line in fresh))
                seen = now
                if ended is not None:
                    return
                with trio.move_on_after(self._seconds_to_next(seen)):
                    await woken.wait()
        finally:
            unsubscribe()

    def _ended(self) -> float | None:
        """When the run ended; None while it goes on."""
        if self._life.ended is not None:
            return self._life.ended
        container = again(self.cluster, self.container)
        if container is not None and container.identity == self.container.identity:
            if container.running_since is not None:
                return None
            stopped = (container.status.get("state") or {}).get("terminated")
            if stopped is None:
                stopped = (container.status.get("lastState") or {}).get("terminated")
            code = (stopped or {}).get("exitCode", 0)
            self._life = attrs.evolve(self._life, exit_code=code)
        ended = self.cluster.clock.now()
        self._life = attrs.evolve(self._life, ended=ended)
        return ended

    def _lines(self) -> Iterator[Line]:
        """The lines of the run up to its end, or up to the first that is still to come."""
        now = self.cluster.clock.now()
        for line in lines(self.container.spec, self._life, inside(self.cluster, self.container)):
            yield line
            if line.at > now:
                return

    def _seconds_to_next(self, now: float) -> float:
        following = (line.at - now for line in self._lines() if line.at > now)
        return next(following, float("inf"))

    def _written(self, until: float) -> Iterator[Line]:
        since = self.options.since
        kept = deque[Line](maxlen=_KEPT_LINES)
        for line in self._lines():
            if line.at <= until and (since is None or line.at >= since):
                kept.append(line)
        tail = self.options.tail
        if tail is not None and tail < len(kept):
            return iter(list(kept)[len(kept) - tail :])
        return iter(kept)

    def _shown(self, line: Line) -> bytes:
        text = line.text
        if self.options.timestamps:
            moment = datetime.fromtimestamp(line.at, UTC)
            text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z ").encode() + text
        if len(text) > self._left:
            text = text[: int(self._left)]
        self._left -= len(text)
        return text
