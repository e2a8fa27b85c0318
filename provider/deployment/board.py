"""Where one lease's manager publishes what it does; status and log say the same."""

import attrs

from provider.deployment.hold import is_held_back
from provider.deployment.lease_record import LeaseRecord
from provider.deployment.phases import Phase
from provider.deployment.status import DeploymentStatus, Refusal
from provider.deployment.surroundings import Surroundings
from provider.deployment.vitals import Vitals
from provider.kubernetes.kinds import PROVIDER_HOST
from provider.lease.identity import LeaseID


@attrs.define(eq=False)
class Board:
    """One lease's; each method is one step."""

    lease: LeaseID
    around: Surroundings
    status: DeploymentStatus = attrs.field(init=False)
    """Immutable; replaced at each step."""

    def __attrs_post_init__(self) -> None:
        self.status = DeploymentStatus(self.lease, Phase.DEPLOY_PENDING)

    @property
    def record(self) -> LeaseRecord:
        """What the store shows of the record."""
        return LeaseRecord(self.lease, self.around.store, self.around.options)

    def is_held_back(self) -> bool:
        """True while an operator's annotation on the tenant namespace says: hands off."""
        return is_held_back(self.around.store, self.lease)

    def report(self, event: str) -> None:
        """What happens, or is waited for."""
        self.publish(event=event)

    def alarm(self, what: str) -> None:
        """A human has to look; told every time, reports once."""
        event = f"ALARM: {what}"
        if event != self.status.event:
            self.around.metrics.alarms.inc()
            self.around.log.error("alarm", lease=str(self.lease), what=what)
            self.publish(event=event)

    def publish(
        self,
        *,
        phase: Phase | None = None,
        event: str | None = None,
        refusal: Refusal | None = None,
        withheld: tuple[str, ...] | None = None,
        missing: str | None = None,
        accepted: bool = False,
    ) -> None:
        """Replace what is given in the status, and what the store and the books know anyway."""
        before = self.status
        if refusal is not None and refusal.text and refusal.text != before.refusal:
            self.around.log.warning(
                "manifest refused",
                lease=str(self.lease),
                why=refusal.text,
                object=refusal.object,
                field=refusal.field,
            )
        if event is not None and event != before.event:
            self.around.log.info("lease", lease=str(self.lease), what=event)
        store, place = self.around.store, self.lease.namespace
        generation = self.record.generation or before.generation
        refused = refusal or Refusal(before.refusal, before.refusal_object, before.refusal_field)
        self.status = attrs.evolve(
            before,
            generation=generation,
            accepted_generation=generation if accepted else before.accepted_generation,
            hostnames=tuple(stored.key.name for stored in store.select(PROVIDER_HOST, place)),
            phase=before.phase if phase is None else phase,
            event=before.event if event is None else event,
            refusal=refused.text,
            refusal_object=refused.object,
            refusal_field=refused.field,
            withheld=before.withheld if withheld is None else withheld,
            missing=before.missing if missing is None else missing,
            close_owed=self.record.owed(),
            held_by_operator=self.is_held_back(),
        )

    def show_health(self, vitals: Vitals) -> None:
        """What is seen of it now, and what that has used up."""
        cause = vitals.cause
        self.status = attrs.evolve(
            self.status,
            health=vitals.verdict.name.lower(),
            cause=cause.value if cause is not None else "",
            ready=vitals.health.ready,
            wanted=vitals.health.wanted,
            unhealthy_seconds={c.value: s for c, s in vitals.account.seconds.items()},
            close_owed=self.record.owed(),
            held_by_operator=self.is_held_back(),
        )

    def forget_health(self) -> None:
        """Nobody looks at it any more: what was seen last would be a lie in an hour."""
        self.status = attrs.evolve(self.status, health="unknown", cause="")
