"""What cluster and chain hold now, lease by lease."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import attrs

from simulator.chaos.checks import kinds
from simulator.chaos.evidence import LeaseFacts
from simulator.jsontypes import JSONObject
from simulator.market.chain import UnknownLeaseError
from simulator.world import World

_NO_TENANTS = frozenset({"v1/events", "events.k8s.io/v1/events"})


@attrs.define(eq=False)
class Holding:
    """The objects of one lease."""

    objects: dict[tuple[str, str], JSONObject] = attrs.field(factory=dict)
    """By (resource, name): what is in its namespace, that, the record, and claims that name it."""

    @property
    def record(self) -> JSONObject | None:
        """Its record."""
        return next((obj for (r, _), obj in self.objects.items() if r == kinds.RECORDS), None)

    @property
    def generations(self) -> dict[str, int | None]:
        """Generations of its workloads, by name."""
        return {
            name: kinds.generation_of_workload(obj)
            for (resource, name), obj in self.objects.items()
            if resource in kinds.WORKLOADS
        }

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """(plural, name) of all."""
        return {(kinds.plural_of(resource), name) for resource, name in self.objects}


def holdings(world: World, leases: Mapping[str, LeaseFacts]) -> dict[str, Holding]:
    """What there is of each lease; events, which nobody has to clean up, aside."""
    spaces = {facts.namespace: name for name, facts in leases.items()}
    names = {facts.name: name for name, facts in leases.items()}
    found: dict[str, Holding] = defaultdict(Holding)
    for resource, obj in _objects(world):
        metadata = obj["metadata"]
        lease = spaces.get(metadata.get("namespace") or metadata["name"])
        if lease is None and resource == kinds.RECORDS:
            lease = spaces.get(metadata["name"])
        if lease is None and resource in kinds.CLAIMS:
            named = kinds.lease_of_labels(obj)
            lease = names.get(named) if named else None
        if lease is not None:
            found[lease].objects[resource, metadata["name"]] = obj
    return {name: found[name] for name in leases}


def _objects(world: World) -> Iterator[tuple[str, JSONObject]]:
    for served in world.cluster.registry:
        if served.path in _NO_TENANTS:
            continue
        for version in world.cluster.store.items(served.storage):
            yield served.path, version.object


def is_held(world: World, facts: LeaseFacts) -> bool | None:
    """Whether the chain has the lease as open; None when it never was opened."""
    try:
        return not world.chain.lease(facts.name).state.final
    except UnknownLeaseError:
        return None
