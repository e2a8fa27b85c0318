"""
For how long a lease was observed unhealthy, by cause, and when that is too long.

    observed ──▶ unhealthy, image ──────▶ unknown ──▶ unhealthy, crash loop ──▶ healthy
    counted      up to the stamp          nothing     from its first look on    all forgotten

The stamp lags behind the look, by a minute in a quiet cluster: what a look is the first to find is
counted from that look on, not from a stamp at which it may not yet have been so.

A container that crashes is ready for a moment each time: after a crash loop only lasting health is
health. Only what was seen counts, and only up to the moment for which it is known: time in which nobody could
look is nobody's fault. Nothing is kept over a restart; what is owed by then is on the record.
"""

from collections.abc import Mapping

import attrs

from provider.reconcile.health import Cause, Verdict

STEADY_SECONDS = 600.0
"""So long a container has to run before the kubelet, too, forgets that it crashed."""


@attrs.frozen
class Account:
    """What was counted so far; Trio times in seconds."""

    seconds: Mapping[Cause, float] = attrs.field(factory=dict)
    as_of: float | None = None
    """Up to when it is counted, or from when on it will be; `None` before the first look."""
    cause: Cause | None = None
    """What was observed then; `None` unless it was unhealthy."""
    healthy_since: float | None = None
    """Since when it has been observed healthy without a break; `None` unless it was."""

    def observe(
        self, verdict: Verdict, cause: Cause | None, as_of: float | None, *, now: float
    ) -> "Account":
        """
        Go on to a newer look.

        Args:
            verdict: what is seen now.
            cause: of it, when unhealthy.
            as_of: up to when what was seen is known to be so; never the future. What was seen at the
                look before held until then, or its end would have been told. `None`: not known.
            now: when this look is taken.
        """
        moment = self.as_of if as_of is None else as_of
        seconds = dict(self.seconds)
        if self.cause is not None and self.as_of is not None and moment is not None:
            counted = seconds.get(self.cause, 0.0) + max(0.0, moment - self.as_of)
            seconds[self.cause] = counted
        is_up = verdict is Verdict.HEALTHY
        found = cause if verdict is Verdict.UNHEALTHY else None
        goes_on = found == self.cause and is_up == (self.healthy_since is not None)
        if goes_on and self.as_of is not None:
            # A stamp may fall behind where this began, or back; no moment counts twice.
            begin = self.as_of if moment is None else max(self.as_of, moment)
        else:
            begin = now
        if not is_up:
            return Account(seconds, begin, found)
        since = self.healthy_since if self.healthy_since is not None else begin
        healthy = Account(seconds, begin, healthy_since=since)
        crashed = Cause.CRASH_LOOP in seconds
        forget = healthy.has_recovered(Cause.CRASH_LOOP if crashed else None)
        return attrs.evolve(healthy, seconds={}) if forget else healthy

    def has_recovered(self, cause: Cause | None) -> bool:
        """True when it is healthy for long enough to believe it after unhealth of that cause."""
        if self.healthy_since is None or self.as_of is None:
            return False
        needed = STEADY_SECONDS if cause is Cause.CRASH_LOOP else 0.0
        return self.as_of - self.healthy_since >= needed

    def spent(self, budgets: Mapping[Cause, float]) -> Cause | None:
        """The first cause whose budget is spent; `None` while none is."""
        return next(
            (cause for cause in Cause if self.seconds.get(cause, 0.0) >= budgets[cause]), None
        )
