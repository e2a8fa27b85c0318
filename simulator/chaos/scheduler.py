"""Counts and hashes what Trio runs, so that two runs can be compared, and ends one that runs in circles."""

import hashlib

import attrs
import trio

INSTANT_STEPS_MAX = 400_000
"""Task steps without a moment of virtual time passing; a world of a hundred leases takes 20,000."""


@attrs.define(eq=False)
class TaskSteps(trio.abc.Instrument):
    """Every task step of a run."""

    scope: trio.CancelScope
    """Cancelled when the program runs in circles."""
    count: int = attrs.field(init=False, default=0)
    stuck_in: str = attrs.field(init=False, default="")
    """Name of the task that ran when the program was found to run in circles."""
    _digest: "hashlib._Hash" = attrs.field(init=False, factory=hashlib.sha256)
    _names: list[str] = attrs.field(init=False, factory=list)
    instant: float = attrs.field(init=False, default=0.0)
    """Trio's time of the last step."""

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Take one step into account."""
        now = trio.current_time()
        if now != self.instant:
            self._flush()
            self.instant = now
        self._names.append(task.name)
        if len(self._names) > INSTANT_STEPS_MAX:
            self.stuck_in = self.stuck_in or task.name
            self._flush()
            self.scope.cancel(reason="no time passes")

    def _flush(self) -> None:
        """Names are hashed by the instant: one call for many steps."""
        if self._names:
            self.count += len(self._names)
            self._digest.update(f"{self.instant!r} {' '.join(self._names)}\n".encode())
            self._names = []

    def trace(self) -> str:
        """SHA-256 over the names of the tasks that ran, and when; 64 hex digits."""
        self._flush()
        return self._digest.hexdigest()
