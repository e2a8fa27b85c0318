"""A Deployment and the ReplicaSets that it controls, as one pass of its controller sees them. Pure."""

from collections.abc import Iterable

import attrs

from simulator.controllers.templates import same_template
from simulator.jsontypes import JSONObject

REVISION = "deployment.kubernetes.io/revision"


def newest(deployment: JSONObject, replica_sets: Iterable[JSONObject]) -> JSONObject | None:
    """The ReplicaSet of the Deployment's present template; of several the oldest."""
    template = deployment["spec"]["template"]
    for replica_set in by_age(replica_sets):
        if same_template(replica_set["spec"]["template"], template):
            return replica_set
    return None


@attrs.frozen
class Situation:
    """A Deployment, what it controls, and what follows from both."""

    deployment: JSONObject
    replica_sets: tuple[JSONObject, ...]
    """Controlled by the Deployment, in any order."""
    old_pods_run: bool = False
    """Whether pods of older ReplicaSets still run; asked for by Recreate only."""
    new: JSONObject | None = attrs.field(init=False)
    old: tuple[JSONObject, ...] = attrs.field(init=False)
    """All but the new one, by age."""

    @new.default
    def _find_new(self) -> JSONObject | None:
        return newest(self.deployment, self.replica_sets)

    @old.default
    def _find_old(self) -> tuple[JSONObject, ...]:
        others = (item for item in self.replica_sets if item is not self.new)
        return tuple(by_age(others))

    @property
    def all(self) -> tuple[JSONObject, ...]:
        """The old ones, then the new one if it is there."""
        return self.old if self.new is None else (*self.old, self.new)

    @property
    def wanted(self) -> int:
        """`spec.replicas`."""
        return int(self.deployment["spec"]["replicas"])

    @property
    def revision(self) -> str:
        """What the new ReplicaSet's revision must be: one more than that of any old one."""
        return str(max(map(revision_of, self.old), default=0) + 1)


def revision_of(replica_set: JSONObject) -> int:
    """The revision that a ReplicaSet was made for; 0 if it does not say."""
    annotations = replica_set["metadata"].get("annotations") or {}
    try:
        return int(annotations.get(REVISION, "0"))
    except ValueError:
        return 0


def age(replica_set: JSONObject) -> tuple[str, str]:
    """Sorts the older first, those of one second by name."""
    metadata = replica_set["metadata"]
    return metadata["creationTimestamp"], metadata["name"]


def by_age(replica_sets: Iterable[JSONObject]) -> list[JSONObject]:
    """The oldest first."""
    return sorted(replica_sets, key=age)
