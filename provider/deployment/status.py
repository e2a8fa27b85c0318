"""What one lease's manager shows of itself; an immutable snapshot, published at each step."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from provider.deployment.phases import Phase
from provider.lease.identity import LeaseID


@attrs.frozen
class CloseOwed:
    """A closing that the market has not seen yet."""

    cause: str
    since: float
    """Wall time, seconds since 1970-01-01 UTC."""
    sent: bool = False
    """True once a transaction may have been broadcast: from then on only the market ends it."""


@attrs.frozen
class Refusal:
    """Why a manifest is not what runs; all empty when none was refused."""

    text: str = ""
    object: str = ""
    field: str = ""


@attrs.frozen
class DeploymentStatus:
    """One row of the status."""

    lease: LeaseID
    phase: Phase
    generation: int = 0
    """`metadata.generation` of the record: 0 before there is one."""
    ready: int = 0
    wanted: int = 0
    health: str = "unknown"
    """healthy, unhealthy or unknown."""
    hostnames: tuple[str, ...] = ()
    """Declared by this lease."""
    withheld: tuple[str, ...] = ()
    """Wanted, but held by another lease of the same owner."""
    event: str = ""
    """The last thing that happened, or what is being waited for."""
    refusal: str = ""
    """Why the newest manifest is not what runs; "" when it is."""
    refusal_object: str = ""
    """The object that the API server refused, `Deployment <namespace>/web`; "" for none."""
    refusal_field: str = ""
    """The field that was refused, of the object or of the manifest; "" when nobody named one."""
    accepted_generation: int = 0
    """Generation of the record that was last accepted whole; 0 when that is not known."""
    missing: str = ""
    """What the cluster has no room for; "" when nothing is missing."""
    cause: str = ""
    """Why it is unhealthy: image, crash loop, unschedulable, node lost, refused; "" when it is not."""
    unhealthy_seconds: Mapping[str, float] = attrs.field(factory=dict)
    """Per cause, for how long it was observed; what its budget is measured by."""
    close_owed: CloseOwed | None = None
    """That the lease has to be closed on the market; `None` when it need not be."""
    held_by_operator: bool = False
    """An operator's annotation on the tenant namespace: observed only, nothing is applied or closed."""

    @property
    def newest_generation(self) -> int:
        """Generation that is to be brought about: the record's."""
        return self.generation


class Publish(Protocol):
    """Replaces fields of the lease's status."""

    def __call__(
        self,
        *,
        phase: Phase | None = None,
        event: str | None = None,
        refusal: Refusal | None = None,
        withheld: tuple[str, ...] | None = None,
        missing: str | None = None,
        accepted: bool = False,
    ) -> None:
        """`None` leaves a field as it is; `accepted`: the record's generation is whole now."""
        ...
