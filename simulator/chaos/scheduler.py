"""Counts and hashes what Trio runs, so that two runs can be compared, and ends one that runs in circles."""

import hashlib

import attrs
import trio

INSTANT_STEPS_MAX = 400_000
"""Task steps without a moment of virtual time passing; a world of a hundred leases takes 20,000."""

STEPS_MAX = 20_000_000
"""Of a whole run; an hour of twenty leases takes 40,000, a month of one a million."""

_AT_ONCE = 10_000
"""Names that are kept before they are hashed."""


@attrs.define(eq=False)
class TaskSteps(trio.abc.Instrument):
    """Every task step of a run."""

    scope: trio.CancelScope
    """Cancelled when the program runs in circles."""
    count: int = attrs.field(init=False, default=0)
    stuck_in: str = attrs.field(init=False, default="")
    """Name of the task that ran when the program was found to run in circles."""
    instant: float = attrs.field(init=False, default=0.0)
    """Trio's time of the last step."""
    _digest: "hashlib._Hash" = attrs.field(init=False, factory=hashlib.sha256)
    _names: list[str] = attrs.field(init=False, factory=list)
    """Of the tasks that ran at this instant, not hashed yet."""
    _here: int = attrs.field(init=False, default=0)
    """Steps at this instant that are hashed."""

    def after_io_wait(self, timeout: float) -> None:  # noqa: ARG002  # as Trio calls it
        """A pass of the scheduler begins: the only moment at which time goes on."""
        now = trio.current_time()
        if now != self.instant:
            self._flush()
            self.instant, self._here = now, 0
        elif len(self._names) > _AT_ONCE:
            self._flush()

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
        if self._here > INSTANT_STEPS_MAX or self.count > STEPS_MAX:
            self.stuck_in = self.stuck_in or self._names[-1]
            self.scope.cancel(reason="the program runs in circles")
        self._names = []

    def trace(self) -> str:
        """SHA-256 over the names of the tasks that ran, and when; 64 hex digits."""
        self._flush()
        return self._digest.hexdigest()
