"""One lease's health over time: what is seen now, and how much of its budgets that has used up."""

from collections.abc import Callable, Mapping

import attrs

from provider.reconcile.budget import Account
from provider.reconcile.health import Cause, Health, Verdict, unknown
from provider.settings import DeploymentSettings
from provider.telemetry.metrics import Metrics


def budgets(settings: DeploymentSettings) -> Mapping[Cause, float]:
    """Seconds of observed unhealth that each cause is given."""
    return {
        Cause.IMAGE: settings.budget_image_seconds,
        Cause.CRASH_LOOP: settings.budget_crash_loop_seconds,
        Cause.UNSCHEDULABLE: settings.budget_unschedulable_seconds,
        Cause.NODE_LOST: settings.budget_node_lost_seconds,
        Cause.REFUSED: settings.budget_refused_seconds,
    }


@attrs.define(eq=False)
class Vitals:
    """Told by the monitor at each look; read by status and closing."""

    budgets: Mapping[Cause, float]
    nothing_accepted: Callable[[], bool]
    """True while the only manifest that there ever was stands refused."""
    changed: Callable[[], None]
    """Called after each look."""
    metrics: Metrics
    health: Health = attrs.field(factory=lambda: unknown("not looked at yet"), init=False)
    account: Account = attrs.field(factory=Account, init=False)
    renewals: int = attrs.field(default=0, init=False)
    """How many newer manifests were recorded: what was counted for older ones is forgotten."""

    @property
    def verdict(self) -> Verdict:
        """What is seen now; a lease whose first manifest was refused runs nothing, and that is seen."""
        return Verdict.UNHEALTHY if self.nothing_accepted() else self.health.verdict

    @property
    def cause(self) -> Cause | None:
        """Why it is unhealthy, when it is."""
        return Cause.REFUSED if self.nothing_accepted() else self.health.cause

    @property
    def spent(self) -> Cause | None:
        """The cause that has used up its budget, while the lease still is unhealthy for that."""
        spent = self.account.spent(self.budgets)
        return spent if self.verdict is Verdict.UNHEALTHY and self.cause is spent else None

    def has_recovered(self, cause: str) -> bool:
        """True when it is healthy, and for long enough to believe it after that cause."""
        known = next((c for c in Cause if c.value == cause), None)
        return self.verdict is Verdict.HEALTHY and self.account.has_recovered(known)

    def look(self, health: Health, as_of: float | None, now: float) -> None:
        """Take a look in that is taken `now`; `as_of` is up to when it is known to hold; Trio times."""
        before = self.verdict
        self.health = health
        if self.verdict is not before:
            state = {Verdict.HEALTHY: "up", Verdict.UNHEALTHY: "down"}.get(self.verdict, "unknown")
            self.metrics.health.labels(state).inc()
        self.account = self.account.observe(self.verdict, self.cause, as_of, now=now)
        self.changed()

    def renew(self) -> None:
        """The tenant sent something else: it begins with full budgets."""
        self.account = Account()
        self.renewals += 1
        self.changed()
