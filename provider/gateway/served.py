"""What the gateway asks of the daemon: the whole surface between the two."""

from typing import Protocol

from provider.cluster.shown import Brake, Obligation, Reason
from provider.cluster.submission import Submission, Transfer
from provider.deployment.status import DeploymentStatus
from provider.lease.identity import LeaseID
from provider.lease.manifest import Manifest
from provider.ledger.capacity import Capacity
from provider.market.market import EndpointStatus


class Served(Protocol):
    """A daemon, running or not yet."""

    @property
    def provider(self) -> str:
        """This provider's address."""
        ...

    async def accept(self, lease: LeaseID, manifest: Manifest) -> Submission:
        """Take a manifest; returns once its record is written, or why it is not."""
        ...

    async def transfer(self, hostname: str, lease: LeaseID) -> Transfer:
        """Move a hostname to another lease of the same owner."""
        ...

    def release_brake(self, name: str) -> bool:
        """Let go what a brake holds up; False when there is no such brake."""
        ...

    def statuses(self) -> tuple[DeploymentStatus, ...]:
        """One a lease."""
        ...

    def readiness(self) -> tuple[Reason, ...]:
        """Why the daemon is not ready; none: it is."""
        ...

    def brakes(self) -> tuple[Brake, ...]:
        """Every brake, engaged or not."""
        ...

    def obligations(self) -> tuple[Obligation, ...]:
        """Leases that must be closed on the market."""
        ...

    def capacity(self) -> Capacity:
        """Room on each node, and how much of it leases have reserved."""
        ...

    def market(self) -> tuple[EndpointStatus, ...]:
        """Each endpoint of the market, and how it answered last."""
        ...
