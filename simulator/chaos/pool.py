"""
Worker processes that play many runs at once and answer in JSON lines.

    parent (Trio)  ──  {"number": 3, "job": "plan", "item": {…}}   ─▶  worker, one item at a time
                   ◀─  {"number": 3, "result": {…}, "megabytes": 210}

A worker that dies costs the item that it was at and no more: that item fails by name, and another
worker takes its place. One that has grown too large is replaced between two items. A cancel, and so
Ctrl-C, ends all of them at once.
"""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

import attrs
import orjson
import trio

from simulator.jsontypes import JSONObject

COMMAND = (sys.executable, "-m", "simulator", "chaos", "worker")
MEGABYTES_MAX = 600
"""A worker whose memory has once been larger is not given another item."""
_LINES_KEPT = 20
"""Of what a worker says on stderr, for the text of a failure."""
_LAST_WORDS_SECONDS = 1
_PIECE_BYTES = 65_536

Result = tuple[int, JSONObject]


@asynccontextmanager
async def run_all(
    job: str, items: Iterable[JSONObject], jobs: int, *, command: tuple[str, ...] = COMMAND
) -> AsyncIterator[AsyncIterator[Result]]:
    """
    Open a pool that works through items.

        async with run_all("plan", items, jobs=2) as results:
            async for number, result in results: ...

    Args:
        job: a name in `worker.JOBS`.
        items: taken one by one as workers become free, so that they may be drawn on the way and
            may end early, by the clock for instance.
        jobs: how many workers, at least 1.
        command: what starts a worker.

    Returns:
        Pairs of an item's place in `items`, from 0, and its result, in the order of their ends. Where
        the job or its worker broke, the result is `{"failure": text}`.

    Cancellation:
        Workers are killed; leaving the block early is a cancel.
    """
    pool = _Pool(job, iter(enumerate(items)), command)
    results_in, results_out = trio.open_memory_channel[Result](jobs)
    async with trio.open_nursery() as nursery:
        async with results_in:
            for number in range(1, jobs + 1):
                nursery.start_soon(pool.keep, results_in.clone(), name=f"worker {number}")
        async with results_out:
            yield results_out
        nursery.cancel_scope.cancel(reason="nobody waits for results any more")


@attrs.define(eq=False)
class _Pool:
    """What its keepers share."""

    job: str
    items: Iterator[tuple[int, JSONObject]]
    command: tuple[str, ...]

    async def keep(self, results: trio.MemorySendChannel[Result]) -> None:
        """Work with one worker after another until no item is left."""
        async with results:
            # An item is taken before its worker is started: nobody starts one for nothing.
            taken = next(self.items, None)
            while taken is not None:
                async with _open_worker(self.command) as worker:
                    while taken is not None and not worker.is_spent:
                        number, item = taken
                        result = await worker.work(self.job, number, item)
                        await results.send((number, result))
                        taken = next(self.items, None)


@attrs.define(eq=False)
class _Worker:
    """One process."""

    process: trio.Process
    is_spent: bool = attrs.field(default=False, init=False)
    """True when it takes no further item: dead, or too large."""
    _said: deque[str] = attrs.field(factory=lambda: deque(maxlen=_LINES_KEPT), init=False)
    _silent: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set when it can say nothing more."""
    _unread: bytes = attrs.field(default=b"", init=False)

    async def work(self, job: str, number: int, item: JSONObject) -> JSONObject:
        """Have one item done; what goes wrong is in the result."""
        self._said.clear()
        asked = orjson.dumps({"number": number, "job": job, "item": item}) + b"\n"
        try:
            assert self.process.stdin is not None, "opened with a pipe"
            await self.process.stdin.send_all(asked)
            line = await self._line()
        except trio.BrokenResourceError:
            line = b""
        if not line:
            return await self._died(number)
        answer: JSONObject = orjson.loads(line)
        self.is_spent = answer["megabytes"] > MEGABYTES_MAX
        result: JSONObject = answer["result"]
        return result

    async def _died(self, number: int) -> JSONObject:
        self.is_spent = True
        code = await self.process.wait()
        with trio.move_on_after(_LAST_WORDS_SECONDS):
            await self._silent.wait()
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
        last = f": {self._said[-1]}" if self._said else ""
        return {"failure": f"the worker of item {number} ended {how}{last}"}

    async def _line(self) -> bytes:
        """Its next line; empty when it has ended."""
        assert self.process.stdout is not None, "opened with a pipe"
        pieces = [self._unread]
        while b"\n" not in pieces[-1]:
            piece = await self.process.stdout.receive_some(_PIECE_BYTES)
            if not piece:
                return b""
            pieces.append(bytes(piece))
        line, _, self._unread = b"".join(pieces).partition(b"\n")
        return line

    async def listen(self) -> None:
        """Keep the last of what it says on stderr."""
        assert self.process.stderr is not None, "opened with a pipe"
        rest = b""
        async for piece in self.process.stderr:
            *lines, rest = (rest + piece).split(b"\n")
            self._said.extend(line.decode(errors="replace") for line in lines if line.strip())
        self._silent.set()


@asynccontextmanager
async def _open_worker(command: tuple[str, ...]) -> AsyncIterator[_Worker]:
    # A session of its own: its copies end with it, and Ctrl-C is for this process to answer.
    process = await trio.lowlevel.open_process(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    worker = _Worker(process)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker.listen)
            yield worker
            nursery.cancel_scope.cancel(reason="the worker is no longer wanted")
    finally:
        # Nothing of it is worth waiting for: what it had to say has been read.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with trio.CancelScope(shield=True):
            await process.wait()
