"""What one lease's manager shows of itself; an immutable snapshot, published at each step."""

from typing import Protocol

import attrs

from provider.deployment.phases import Phase
from provider.lease.identity import LeaseID


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


class Publish(Protocol):
    """Replaces fields of the lease's status."""

    def __call__(
        self,
        *,
        phase: Phase | None = None,
        event: str | None = None,
        refusal: str | None = None,
        withheld: tuple[str, ...] | None = None,
    ) -> None:
        """`None` leaves a field as it is."""
        ...
