"""What one pass of the Deployment controller may do. Values only."""

import attrs

from simulator.jsontypes import JSONObject


@attrs.frozen
class Create:
    """Make the new ReplicaSet."""

    replicas: int
    annotations: JSONObject


@attrs.frozen
class Annotate:
    """Give the new ReplicaSet its revision and the Deployment's annotations."""

    replica_set: JSONObject
    annotations: JSONObject


@attrs.frozen
class Adopt:
    """Write the new ReplicaSet's revision on the Deployment."""

    replica_set: JSONObject


@attrs.frozen
class Scale:
    """Give a ReplicaSet another size."""

    replica_set: JSONObject
    replicas: int


@attrs.frozen
class Prune:
    """Delete a ReplicaSet that is beyond the history limit."""

    replica_set: JSONObject


@attrs.frozen
class TellStatus:
    """Write the Deployment's status, as of the ReplicaSets that the pass began with."""

    progress: bool
    """Whether the pass rolls, so that progress, or the lack of it, is told too."""


Step = Create | Annotate | Adopt | Scale | Prune | TellStatus
