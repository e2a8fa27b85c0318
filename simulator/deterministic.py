"""
Runs a Trio program in virtual time with a scheduler order drawn from a seed; lets parts of it stand still.

The only file that touches Trio's private switch for a repeatable scheduler, and its run queue. Trio shuffles the tasks
that are ready at the same moment on purpose; with the switch on it sorts them first and shuffles
with its own generator, so that a seed names one interleaving, whatever `PYTHONHASHSEED` is. Autojump
works only with Trio's own `MockClock`, and only while nothing waits for a socket or a thread.

Source: python-trio/trio#890 (the switch), #2675 (the wish for a public one).
"""

import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

import trio
import trio.testing
from trio._core import _run as trio_scheduler

Result = TypeVar("Result")
Args = TypeVarTuple("Args")


@contextmanager
def _seeded_scheduler(seed: int) -> Iterator[None]:
    found = isinstance(getattr(trio_scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING", None), bool)
    assert found, (
        f"trio {trio.__version__} has no trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING any more: "
        "pin a version that has it"
    )
    source = getattr(trio_scheduler, "_r", None)
    assert isinstance(source, random.Random), (
        f"trio {trio.__version__} no longer draws its scheduler order from trio._core._run._r: "
        "pin a version that does"
    )
    before = (trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING, source.getstate())  # noqa: SLF001
    trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # noqa: SLF001
    source.seed(seed)
    try:
        yield
    finally:
        trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = before[0]  # type: ignore[misc]  # noqa: SLF001
        source.setstate(before[1])


def run(seed: int, async_fn: Callable[[*Args], Awaitable[Result]], *args: *Args) -> Result:
    """
    `trio.run` under a virtual clock that jumps as soon as every task waits.

    Virtual time starts at 0. The seed names the interleaving; what else the program draws is the
    program's business. Trio's switch and generator are as before afterwards, also after an error.

    Raises:
        AssertionError: this version of Trio lacks the private names.
    """
    with _seeded_scheduler(seed):
        return trio.run(async_fn, *args, clock=trio.testing.MockClock(autojump_threshold=0))


_STANDING: trio.lowlevel.RunVar[dict[trio.lowlevel.Task, "_Standstill"]] = trio.lowlevel.RunVar(
    "standing still"
)


class _Standstill(trio.abc.Instrument):
    """A task and all below it; what wakes one of them is put in a row."""

    def __init__(self, root: trio.lowlevel.Task, queue: deque[trio.lowlevel.Task]) -> None:
        self._root = root
        self._queue = queue
        self._woken: deque[trio.lowlevel.Task] = deque()

    def task_scheduled(self, task: trio.lowlevel.Task) -> None:
        """Take a task off the run queue that was put there just now."""
        if self._holds(task):
            self._woken.append(self._queue.pop())

    def begin(self) -> None:
        """Take what was about to run already off the run queue."""
        trio.lowlevel.add_instrument(self)
        tasks = tuple(self._queue)
        self._queue.clear()
        for task in tasks:
            (self._woken if self._holds(task) else self._queue).append(task)

    def end(self) -> None:
        """Put all of them back, those first that were woken first."""
        trio.lowlevel.remove_instrument(self)
        self._queue.extend(self._woken)

    def _holds(self, task: trio.lowlevel.Task | None) -> bool:
        while task is not None and task is not self._root:
            nursery = task.parent_nursery
            task = None if nursery is None else nursery.parent_task
        return task is not None


def pause(root: trio.lowlevel.Task) -> None:
    """
    Let a task and all below it stand still, as a process does that was stopped or its machine moved.

    They stand from the scheduler's next pass on; those whose turn it is in this one still take their
    step. Whatever wakes one of them, a timer, a byte or a cancellation, has its effect when they go on:
    who cancels them for good has to `resume` them, too, or waits for ever. Once more does nothing.

    Raises:
        AssertionError: this version of Trio lacks the private names.
    """
    runner = getattr(trio_scheduler.GLOBAL_RUN_CONTEXT, "runner", None)
    queue = getattr(runner, "runq", None)
    assert isinstance(queue, deque), (
        f"trio {trio.__version__} no longer keeps the tasks that are ready in the deque "
        "trio._core._run.GLOBAL_RUN_CONTEXT.runner.runq: pin a version that does"
    )
    standing = _STANDING.get({})
    _STANDING.set(standing)
    if root not in standing:
        standing[root] = _Standstill(root, queue)
        standing[root].begin()


def resume(root: trio.lowlevel.Task) -> None:
    """Let what stands still since `pause` go on, in the order in which it was woken; else do nothing."""
    still = _STANDING.get({}).pop(root, None)
    if still is not None:
        still.end()
