"""
Runs a Trio program in virtual time with a scheduler order drawn from a seed; lets parts of it stand still.

The only file that touches Trio's private parts: its switch for a repeatable scheduler, its run queue,
what it is woken with, and which scope is inside which. Each is asserted where it is used, so that
another version of Trio says what it lacks. Trio shuffles the tasks that are ready at the same moment
on purpose; with the switch on it sorts them first and shuffles with its own generator, so that a seed
names one interleaving, whatever `PYTHONHASHSEED` is. Autojump works only with Trio's own `MockClock`,
and only while nothing waits for a socket or a thread.

Source: python-trio/trio#890 (the switch), #2675 (the wish for a public one).
"""

import os
import random
import select
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
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


class AbandonedError(Exception):
    """The program was ended from outside, with tasks in it that refused to end."""

    def __init__(self, tasks: Sequence[trio.lowlevel.Task]) -> None:
        super().__init__("a task refused to end")
        self._tasks = tasks

    def bury(self) -> None:
        """Close what is left of its tasks, innermost first; whatever they say to that is not heard."""
        for task in reversed(self._tasks):
            with suppress(BaseException):
                task.coro.close()
            for nursery in task.child_nurseries:
                # Its finalizer would complain about them.
                nursery._children.clear()  # noqa: SLF001


def abandon() -> None:
    """
    End the program that `run` runs at its next turn, whatever its tasks say; only inside it.

    For a program in which a cancellation does not arrive: a task that shields itself and waits for
    ever would keep it for ever. Its tasks are thrown away where they stand.
    """
    root = trio.lowlevel.current_root_task()
    assert root is not None, "a program runs"
    tasks = [root]
    for task in tasks:
        tasks += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    error = AbandonedError(tasks)

    def over() -> float:
        raise error

    # The loop asks its clock in every turn, outside of all tasks.
    trio.lowlevel.current_clock().current_time = over  # type: ignore[method-assign]


def run(seed: int, async_fn: Callable[[*Args], Awaitable[Result]], *args: *Args) -> Result:
    """
    `trio.run` under a virtual clock that jumps as soon as every task waits.

    Virtual time starts at 0. The seed names the interleaving; what else the program draws is the
    program's business. Trio's switch and generator are as before afterwards, also after an error.

    Raises:
        AssertionError: this version of Trio lacks the private names.
        AbandonedError: somebody called `abandon`.
    """
    with _seeded_scheduler(seed):
        try:
            return trio.run(async_fn, *args, clock=trio.testing.MockClock(autojump_threshold=0))
        except trio.TrioInternalError as error:
            if not isinstance(error.__cause__, AbandonedError):
                raise
            error.__cause__.bury()
            raise error.__cause__ from None


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


def leave_wakeups_to_others() -> None:
    """
    Give Trio an epoll and a socket pair to wake itself with that no other process has.

    For a copy of a process, made by a fork inside a program: the kernel shares both with the process
    that it is a copy of, and with all its other copies. Outside a program it does nothing.

    Raises:
        AssertionError: this version of Trio lacks the private names, or waits without an epoll.
    """
    runner = getattr(trio_scheduler.GLOBAL_RUN_CONTEXT, "runner", None)
    if runner is None:
        return
    poll, wakeup = runner.io_manager, runner.entry_queue.wakeup
    assert isinstance(getattr(poll, "_epoll", None), select.epoll), (
        f"trio {trio.__version__} does not wait in the epoll "
        "trio._core._run.GLOBAL_RUN_CONTEXT.runner.io_manager._epoll: run a version that does, on Linux"
    )
    reads, writes = socket.socketpair()
    for own, old in ((reads, wakeup.wakeup_sock), (writes, wakeup.write_sock)):
        own.setblocking(False)
        os.dup2(own.fileno(), old.fileno())
        own.close()
    poll._epoll.close()  # noqa: SLF001
    poll._epoll = select.epoll()  # noqa: SLF001
    for number, waiting in poll._registered.items():  # noqa: SLF001
        poll._epoll.register(number, waiting.current_flags | select.EPOLLONESHOT)  # noqa: SLF001


def innermost_scope(task: trio.lowlevel.Task) -> trio.CancelScope:
    """The scope that a task waits in now; Trio shows tasks and nurseries, but not this."""
    return _scope_of(task._cancel_status)  # noqa: SLF001


def scope_around(scope: trio.CancelScope) -> trio.CancelScope:
    """The scope that another one was entered in, be it a nursery's or a task's own."""
    inner = scope._cancel_status  # noqa: SLF001
    assert inner is not None, "nobody is in it"
    return _scope_of(inner._parent)  # noqa: SLF001


def _scope_of(status: object) -> trio.CancelScope:
    scope = getattr(status, "_scope", None)
    assert isinstance(scope, trio.CancelScope), (
        f"trio {trio.__version__} no longer knows the scope of a cancel status as `_scope`, or there is "
        "none: pin a version that does"
    )
    return scope
