"""
The Namespace controller: empties a terminating namespace and lets it go.

It waits first, so that other controllers hear of the deletion; then it deletes pods and, once they
have gone, everything else. What stays makes it come back: after an estimate where it knows what it
waits for, else at growing distances. Each of its own condition changes starts the wait again, too;
that is why a namespace with a pod of 30 s grace is gone after 10 s rather than after 18.

Source: kubernetes pkg/controller/namespace/{namespace_controller.go,deletion}.
"""

from collections import Counter
from collections.abc import Sequence

import attrs

from simulator import timestamps
from simulator.controllers import catalog
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import CUSTOM_RESOURCE_DEFINITION, NAMESPACE, POD
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.namespace_conditions import Findings, conditions
from simulator.controllers.ownership import is_deleting
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.worker import NotYetError, work
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.ports import Client, Refused

_FINALIZER = "kubernetes"


@attrs.frozen
class Remains:
    """What is left of one kind after an attempt to delete it."""

    count: int = 0
    finalizers: Counter[str] = attrs.field(factory=Counter)
    seconds: int = 0
    """After which it is expected to be gone; 0 where nothing is left, or nobody knows why."""


@attrs.define(eq=False)
class Namespaces:
    """Ends namespaces."""

    context: Context
    _client: Client = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._client = self.context.controller_client("namespace-controller")
        self._queue = self.context.queue()
        self.context.informer(NAMESPACE).subscribe(self._namespace_changed)
        self.context.informer(CUSTOM_RESOURCE_DEFINITION)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _namespace_changed(self, _before: JSONObject | None, after: JSONObject | None) -> None:
        if after is not None and is_deleting(after):
            self._queue.add_after(key_of(after), self.context.settings.namespace_grace_seconds)

    async def _reconcile(self, key: Key) -> None:
        """
        One attempt.

        Raises:
            NotYetError: something stays that nothing explains.
        """
        try:
            namespace = await self._client.get(NAMESPACE.name, *key)
        except Refused as refusal:
            if refusal.code == 404:
                return
            raise
        if not is_deleting(namespace) or not namespace["spec"].get("finalizers"):
            return
        findings, seconds = await self._empty(namespace)
        namespace = await self._tell(namespace, findings)
        if findings.failures:
            raise NotYetError
        if seconds:
            self._queue.add_after(key, seconds // 2 + 1)
            return
        left = [item for item in namespace["spec"]["finalizers"] if item != _FINALIZER]
        finalized = {**namespace, "spec": {**namespace["spec"], "finalizers": left}}
        await self._client.update(NAMESPACE.name, *key, finalized, subresource="finalize")

    async def _empty(self, namespace: JSONObject) -> tuple[Findings, int]:
        """Delete content; returns what was found, and the seconds until it should be gone."""
        name = namespace["metadata"]["name"]
        definitions = self.context.informer(CUSTOM_RESOURCE_DEFINITION)
        kinds = [kind for kind in catalog.everything(definitions) if kind.namespaced]
        findings, seconds = Findings(), 0
        for kind in sorted(kinds, key=lambda kind: kind != POD):
            found = await self._empty_of(namespace, kind)
            seconds = max(seconds, found.seconds)
            if found.count and not found.seconds:
                gvr = f"{kind.group}/{kind.version}, Resource={kind.plural}"
                text = f"unexpected items still remain in namespace: {name} for gvr: {gvr}"
                findings = findings.failed(text)
            elif found.count:
                findings = findings.left(kind, found.count, found.finalizers)
            if kind == POD and found.count:
                break
        return findings, seconds

    async def _empty_of(self, namespace: JSONObject, kind: Resource) -> Remains:
        """Delete all of one kind and count what stays."""
        name = namespace["metadata"]["name"]
        try:
            items, _ = await self._client.list(kind.name, name)
        except Refused as refusal:
            if refusal.code == 404:
                # The kind was withdrawn in the meantime, and its objects with it.
                return Remains()
            raise
        if not items:
            return Remains()
        seconds = self._pods_end_in(namespace, items) if kind == POD else 0
        for item in items:
            await self._delete(kind, item)
        left, _ = await self._client.list(kind.name, name)
        finalizers = Counter(
            finalizer for item in left for finalizer in item["metadata"].get("finalizers") or ()
        )
        if finalizers and not seconds:
            seconds = self.context.settings.finalizer_estimate_seconds
        return Remains(len(left), finalizers, seconds if left else 0)

    def _pods_end_in(self, namespace: JSONObject, pods: Sequence[JSONObject]) -> int:
        """The longest grace of a pod that runs, less what went by since the namespace's deletion."""
        grace = max(
            (
                int(pod["spec"].get("terminationGracePeriodSeconds", 0))
                for pod in pods
                if not pod_facts.is_finished(pod)
            ),
            default=0,
        )
        deleted = timestamps.seconds(namespace["metadata"]["deletionTimestamp"])
        return max(0, int(grace - (self.context.clock.now() - deleted)))

    async def _delete(self, kind: Resource, item: JSONObject) -> None:
        try:
            await self._client.delete(kind.name, *key_of(item), propagation="Background")
        except Refused as refusal:
            if refusal.code not in (404, 409):
                raise

    async def _tell(self, namespace: JSONObject, findings: Findings) -> JSONObject:
        """Write the conditions, if they say something new; returns the newest namespace."""
        known = namespace["status"].get("conditions") or []
        told = conditions(known, findings, self.context.now())
        if told == known:
            return namespace
        changed = {**namespace, "status": {**namespace["status"], "conditions": told}}
        return self.context.informer(NAMESPACE).accept(
            await self._client.update(
                NAMESPACE.name, *key_of(namespace), changed, subresource="status"
            )
        )
