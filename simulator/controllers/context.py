"""What every controller is given."""

import random
from collections.abc import Callable

import attrs

from simulator import timestamps
from simulator.controllers.informer import Handler, Informer, Informers, key_of
from simulator.controllers.machines import Machines
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.settings import ControllerSettings
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.ports import Client, Clock


@attrs.frozen
class Context:
    """The clients, caches, clock and settings of one control plane."""

    client_for: Callable[[str], Client]
    """A client that acts as the user of this name."""
    informers: Informers
    clock: Clock
    rng: random.Random
    settings: ControllerSettings
    machines: Machines = attrs.field(factory=Machines)

    def controller_client(self, name: str) -> Client:
        """The client of one of kube-controller-manager's controllers, under its own account."""
        return self.client_for(f"system:serviceaccount:kube-system:{name}")

    def informer(self, kind: Resource) -> Informer:
        """The shared cache of a kind."""
        return self.informers.of(kind.name)

    def recorder(self, client: Client, component: str) -> Recorder:
        """A component's way to write Events."""
        return Recorder(client, self.clock, component)

    def queue(self, reaction_seconds: float | None = None) -> KeyQueue[Key]:
        """A new queue of keys; None takes the reaction time of most controllers."""
        usual = self.settings.reaction_seconds
        return KeyQueue(self.settings, usual if reaction_seconds is None else reaction_seconds)

    def now(self) -> str:
        """The wall time as Kubernetes writes it."""
        return timestamps.timestamp(self.clock.now())


def enqueue(queue: KeyQueue[Key]) -> Handler:
    """A handler that has every changed object itself looked at."""

    def handle(before: JSONObject | None, after: JSONObject | None) -> None:
        changed = after if after is not None else before
        assert changed is not None
        queue.add(key_of(changed))

    return handle
