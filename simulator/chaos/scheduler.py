"""Counts and hashes what Trio runs, so that two runs can be compared, and ends one that runs in circles."""

import hashlib

import attrs
import trio

from simulator import deterministic

INSTANT_STEPS_MAX = 400_000
"""Task steps without a moment of virtual time passing; a world of a hundred leases takes 20,000."""

STEPS_MAX = 20_000_000
"""Of a whole run; an hour of twenty leases takes 40,000, a month of one a million."""

_IDLE_PASSES_MAX = 10_000

_AT_ONCE = 10_000
"""Names that are kept before they are hashed."""


@attrs.define(eq=False)
class TaskSteps(trio.abc.Instrument):
    """Every task step of a run."""

    scope: trio.CancelScope
    """Cancelled when the program runs in circles."""
    leave_at: float
    """Virtual time at which the program is abandoned, should it still run."""
    count: int = attrs.field(init=False, default=0)
    stuck: str = attrs.field(init=False, default="")
    """How the program was found to run in circles; "" while it does not."""
    instant: float = attrs.field(init=False, default=0.0)
    """Trio's time of the last step."""
    _digest: "hashlib._Hash" = attrs.field(init=False, factory=hashlib.sha256)
    _names: list[str] = attrs.field(init=False, factory=list)
    """Of the tasks that ran at this instant, not hashed yet."""
    _here: int = attrs.field(init=False, default=0)
    """Steps at this instant that are hashed."""

    _seen: int = attrs.field(init=False, default=0)
    """How many names there were at the pass before."""
    _idle_passes: int = attrs.field(init=False, default=0)
    """Passes in a row in which neither a task ran nor time went on."""

    def after_io_wait(self, timeout: float) -> None:  # noqa: ARG002  # as Trio calls it
        """A pass of the scheduler begins: the only moment at which time goes on."""
        now = trio.current_time()
        if now != self.instant:
            self._flush()
            self.instant, self._here, self._idle_passes = now, 0, 0
            if now > self.leave_at:
                deterministic.abandon()
        elif len(self._names) > self._seen:
            self._idle_passes = 0
            if len(self._names) > _AT_ONCE:
                self._flush()
        else:
            self._idle_passes += 1
            if self._idle_passes > _IDLE_PASSES_MAX:
                self._stop("everything waits for ever")
        self._seen = len(self._names)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Take one step into account."""
        self._names.append(task.name)

    def _flush(self) -> None:
        """Names are hashed by the instant: one call for many steps."""
        if not self._names:
            return
        self._here += len(self._names)
        self.count += len(self._names)
        self._digest.update(f"{self.instant!r} {' '.join(self._names)}\n".encode())
        last, self._names = self._names[-1], []
        if self._here > INSTANT_STEPS_MAX or self.count > STEPS_MAX:
            self._stop(f"no time passes, or too little, for so many steps; last in task {last!r}")

    def _stop(self, why: str) -> None:
        """Cancel the program; abandon it when that has not helped by the next time."""
        if self.stuck:
            deterministic.abandon()
        self.stuck = self.stuck or why
        self.scope.cancel(reason=why)
        self._here = self._idle_passes = 0

    def trace(self) -> str:
        """SHA-256 over the names of the tasks that ran, and when; 64 hex digits."""
        self._flush()
        return self._digest.hexdigest()
