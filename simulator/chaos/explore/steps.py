"""
Counts the steps of the tasks that serve one lease, from outside.

A Trio instrument: the scenario cannot see it. What it calls before a step runs in the scheduler,
between two steps, so that whatever it does falls on exactly that step.
"""

import hashlib
from collections import Counter
from collections.abc import Callable

import attrs
import trio
from trio.lowlevel import Task

from simulator.world import World


@attrs.frozen
class Step:
    """One step of one task of the lease."""

    number: int
    """From 1, over all of the lease's tasks in the window."""
    task: str
    """Its name; several tasks of one manager may have the same."""
    ordinal: int
    """From 1, over the steps in the window of tasks of this name."""
    time: float
    """Trio's."""
    prefix: str
    """16 hex digits over every task step up to it, and every byte, answer and commit before it: two
    runs that agree here were one run so far."""


Before = Callable[[Step], None]


@attrs.define(eq=False)
class Steps(trio.abc.Instrument):
    """
    The steps of a lease's manager and of the tasks below it, in every process of the daemon.

    Hang it in before the first daemon starts: the prefix is taken over all steps from then on.
    """

    world: World
    lease: str
    """As the daemon names its tasks: `owner/dseq/gseq/oseq/provider`."""
    before: Before
    """Called just before each step that counts and is wanted."""
    wanted: Callable[[int], bool] = lambda _number: True
    """By its number; making a `Step` costs more than counting it."""
    since: float = 0.0
    """Trio's time; what comes earlier does not count."""
    until: float | None = None
    """What comes then or later does not count; None for no end."""
    broken: Exception | None = attrs.field(default=None, init=False)
    """What `before` raised; Trio would only log it."""
    count: int = attrs.field(default=0, init=False)
    _ordinals: Counter[str] = attrs.field(factory=Counter, init=False)
    _serves: dict[Task, bool] = attrs.field(factory=dict, init=False)
    _every: "hashlib._Hash" = attrs.field(factory=hashlib.sha256, init=False)
    _now: float = attrs.field(default=-1.0, init=False)

    def before_task_step(self, task: Task) -> None:
        """Trio's hook."""
        now = trio.current_time()
        if now != self._now:
            self._now = now
            self._every.update(b"%r\n" % now)
        self._every.update(task.name.encode() + b"\n")
        serves = self._serves.get(task)
        if serves is None:
            serves = self._serves[task] = self._is_below_manager(task)
        if not serves or now < self.since or (self.until is not None and now >= self.until):
            return
        self.count += 1
        self._ordinals[task.name] += 1
        if self.broken is None and self.wanted(self.count):
            try:
                self.before(self._step(task, now))
            except Exception as broken:  # noqa: BLE001 - raised again by whoever runs this
                self.broken = broken

    def task_exited(self, task: Task) -> None:
        """Trio's hook; no ended task is held."""
        self._serves.pop(task, None)

    def _is_below_manager(self, task: Task | None) -> bool:
        wanted = f"manager {self.lease}"
        while task is not None:
            if task.name == wanted:
                return True
            nursery = task.parent_nursery
            task = nursery.parent_task if nursery is not None else None
        return False

    def _step(self, task: Task, now: float) -> Step:
        return Step(self.count, task.name, self._ordinals[task.name], now, self.prefix())

    def prefix(self) -> str:
        """What is the same in two runs that were one so far; 16 hex digits."""
        prefix = self._every.copy()
        prefix.update(self.world.trace_hash().encode())
        return prefix.hexdigest()[:16]
