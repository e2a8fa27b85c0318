"""
The state that verbs work on: one simulated cluster.

Every verb is one synchronous step over it, so no two writes interleave and a refusal leaves nothing
behind.
"""

import hashlib
import random
from uuid import UUID

import attrs

from simulator.access.authenticator import Authenticator
from simulator.access.authorizer import Authorizer
from simulator.admission.allocation import Allocator
from simulator.admission.webhooks import Backend
from simulator.journal import CommitEntry, Journal
from simulator.jsontypes import JSONObject
from simulator.ports import Clock
from simulator.storage.history import Event
from simulator.storage.store import Store
from simulator.storage.versions import Version
from simulator.timestamps import timestamp
from simulator.verbs.caller import Caller
from simulator.verbs.registry import Registry, Served

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Alphabet of generated names: no vowels, no look-alikes (apimachinery pkg/util/rand)."""
_NAME_SUFFIX = 5
_NAME_BASE_MAX = 63 - _NAME_SUFFIX
_WATCH_SECONDS = 1800.0


@attrs.define(eq=False)
class Cluster:
    """Objects, kinds and the sources of time and chance of one cluster."""

    clock: Clock
    seed: int = 0
    journal: Journal = attrs.field(factory=Journal)
    store: Store = attrs.field(factory=Store)
    registry: Registry = attrs.field(factory=Registry)
    service_accounts: bool = False
    """Whether pods get the token of a ServiceAccount, and need one; wherever controllers run."""
    webhooks: dict[str, Backend] = attrs.field(factory=dict)
    """Who answers for the admission webhook of a name; behind the others nobody does."""
    allocator: Allocator = attrs.field(init=False)
    authorizer: Authorizer = attrs.field(init=False)
    authenticator: Authenticator = attrs.field(init=False)
    """Its key follows from the seed; a server whose tokens must not be guessed sets another."""
    _uids: random.Random = attrs.field(init=False)
    _names: random.Random = attrs.field(init=False)
    _watches: random.Random = attrs.field(init=False)
    _tokens: random.Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.authorizer = Authorizer(self.store)
        key = hashlib.sha256(f"{self.seed}/tokens".encode()).digest()
        self.authenticator = Authenticator(self.store, self.clock.now, key)
        self.draw_from(str(self.seed))

    def draw_from(self, seed: str) -> None:
        """Draw everything that is left to chance from a seed of its own; only before any object."""
        self._uids = random.Random(f"{seed}/uids")
        self._names = random.Random(f"{seed}/names")
        self._watches = random.Random(f"{seed}/watches")
        self._tokens = random.Random(f"{seed}/tokens")
        self.allocator = Allocator(
            random.Random(f"{seed}/addresses"), random.Random(f"{seed}/ports")
        )

    def now(self) -> str:
        """The wall time as `metav1.Time`."""
        return timestamp(self.clock.now())

    def new_uid(self) -> str:
        """A fresh uid, a version 4 UUID drawn from the seed."""
        return _uuid(self._uids)

    def new_token_id(self) -> str:
        """The name of a new token; drawn on its own, so that tokens change no uid."""
        return _uuid(self._tokens)

    def generated_name(self, base: str) -> str:
        """A name for `generateName`: the base, cut to fit, and five letters."""
        suffix = "".join(self._names.choices(_NAME_LETTERS, k=_NAME_SUFFIX))
        return base[:_NAME_BASE_MAX] + suffix

    def watch_seconds(self) -> float:
        """How long a watch lives that sets no timeout, as `--min-request-timeout` has it."""
        return self._watches.uniform(_WATCH_SECONDS, 2 * _WATCH_SECONDS)

    def get(self, served: Served, namespace: str, name: str) -> Version | None:
        """The newest state of an object."""
        return self.store.get(served.storage, namespace, name)

    def commit(
        self, caller: Caller, served: Served, namespace: str, name: str, obj: JSONObject
    ) -> Version:
        """Store a new state and write it down; `obj` belongs to the store from here on."""
        event = self.store.commit(served.storage, namespace, name, obj)
        return self._record(caller, served, namespace, name, event)

    def remove(
        self, caller: Caller, served: Served, namespace: str, name: str, last: JSONObject
    ) -> Version:
        """Take an object out of the store; `last` is its final state."""
        event = self.store.remove(served.storage, namespace, name, last)
        return self._record(caller, served, namespace, name, event)

    def _record(
        self, caller: Caller, served: Served, namespace: str, name: str, event: Event
    ) -> Version:
        version = event.version
        entry = CommitEntry(
            time=self.clock.now(),
            revision=event.revision,
            type=event.type,
            resource=served.path,
            namespace=namespace,
            name=name,
            object=version.object,
            previous=event.previous.object if event.previous else None,
            user=caller.user,
            request=caller.request,
        )
        self.journal.committed(entry, version.encoded)
        return version


def _uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
