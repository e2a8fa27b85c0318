"""Growing, capped, jittered pauses between attempts."""

import random

import attrs


@attrs.define(eq=False)
class Backoff:
    """
    Delays that double from `base_seconds` to `cap_seconds`, each times a random 0.75–1.25.

    Jitter keeps a thousand leases from coming back in the same instant; it comes from the passed
    generator, so that a simulated run repeats.
    """

    rng: random.Random
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    _attempt: int = attrs.field(default=0, init=False)

    @property
    def attempts(self) -> int:
        """How many delays were drawn since the last reset."""
        return self._attempt

    def next_seconds(self, at_least: float | None = None) -> float:
        """The next pause in seconds; never below `at_least` (a server's Retry-After)."""
        delay = min(self.cap_seconds, self.base_seconds * 2.0 ** min(self._attempt, 30))
        self._attempt += 1
        jittered: float = delay * self.rng.uniform(0.75, 1.25)
        return max(jittered, at_least or 0.0)

    def reset(self) -> None:
        """Start again from `base_seconds`, after a success."""
        self._attempt = 0
