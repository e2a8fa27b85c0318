"""What the tour saw through the API, as values that the verdicts are computed from."""

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from simulator.jsontypes import FrozenJSON

Inventory: TypeAlias = Mapping[str, str]
"""Every object of some leases: `Kind namespace/name` → uid."""


@attrs.frozen
class PodSighting:
    """One pod."""

    name: str
    uid: str
    service: str
    image: str
    running: bool
    """Phase Running, condition Ready, and not on its way out."""
    restarts: int
    """Of all its containers."""

    @classmethod
    def read(cls, pod: FrozenJSON) -> "PodSighting":
        """Read a Pod object."""
        metadata, status = pod["metadata"], pod.get("status", {})
        conditions = {c["type"]: c["status"] for c in status.get("conditions", ())}
        return cls(
            name=metadata["name"],
            uid=metadata["uid"],
            service=metadata.get("labels", {}).get("akash.network/manifest-service", ""),
            image=pod["spec"]["containers"][0]["image"],
            running=status.get("phase") == "Running"
            and conditions.get("Ready") == "True"
            and "deletionTimestamp" not in metadata,
            restarts=sum(c.get("restartCount", 0) for c in status.get("containerStatuses", ())),
        )


@attrs.frozen
class LeaseSighting:
    """What runs for one lease."""

    pods: tuple[PodSighting, ...]
    """By name."""
    ready: int
    """Replicas that its Deployments and StatefulSets call ready."""
    wanted: int
    """Replicas that the tenant's manifest asks for."""

    @property
    def running(self) -> int:
        """Pods that run and are Ready."""
        return sum(pod.running for pod in self.pods)

    @property
    def whole(self) -> bool:
        """True when every replica is ready and every pod runs."""
        return self.wanted == self.ready == self.running == len(self.pods)
