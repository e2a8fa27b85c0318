"""
Writes Events about objects, in the two ways of the real control plane.

kube-controller-manager and the kubelet count repetitions in `count` (the core API); the scheduler
writes by events.k8s.io, whose Events carry `eventTime`, `action` and no count. An Event that is refused
is lost, as in the real thing: nothing depends on it.
"""

import attrs

from simulator import timestamps
from simulator.controllers.catalog import EVENT
from simulator.controllers.correlation import Correlator, Entry, Happening
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.ports import Client, Clock, Refused


@attrs.define(eq=False)
class Recorder:
    """The Events of one component."""

    client: Client
    clock: Clock
    component: str
    """`deployment-controller`, `default-scheduler` …"""
    _correlator: Correlator = attrs.field(init=False, factory=Correlator)
    _last_stamp: int = attrs.field(init=False, default=0)

    async def normal(self, kind: Resource, obj: JSONObject, reason: str, message: str) -> None:
        """Tell what went as it should."""
        await self._count(kind, obj, _happening(kind, obj, "Normal", reason, message))

    async def warning(self, kind: Resource, obj: JSONObject, reason: str, message: str) -> None:
        """Tell what did not."""
        await self._count(kind, obj, _happening(kind, obj, "Warning", reason, message))

    async def action(
        self, kind: Resource, obj: JSONObject, happening: Happening, action: str
    ) -> None:
        """Tell what was done about an object by events.k8s.io: no count, one Event each time."""
        metadata = {"name": self._name(obj), "namespace": _namespace(obj)}
        event = {
            **self._head(kind, obj, happening, metadata),
            "eventTime": timestamps.micro_timestamp(self.clock.now()),
            "action": action,
            "reportingInstance": f"{self.component}-simulator",
        }
        await self._try_create(event)

    async def _count(self, kind: Resource, obj: JSONObject, happening: Happening) -> None:
        now = self.clock.now()
        entry = self._correlator.correlate(happening, now)
        if entry is None:
            return
        name = await self._write(kind, obj, entry, now)
        if name:
            self._correlator.wrote(happening, entry, name)

    async def _write(self, kind: Resource, obj: JSONObject, entry: Entry, now: float) -> str:
        """The name of the Event written; empty if it was refused."""
        if entry.name:
            patch = {
                "message": entry.happening.message,
                "count": entry.count,
                "lastTimestamp": timestamps.timestamp(now),
            }
            try:
                await self.client.patch(EVENT.name, _namespace(obj), entry.name, patch)
            except Refused as refusal:
                if refusal.code != 404:
                    return ""
            else:
                return entry.name
        metadata = {"name": self._name(obj), "namespace": _namespace(obj)}
        event = {
            **self._head(kind, obj, entry.happening, metadata),
            "source": {"component": self.component},
            "firstTimestamp": timestamps.timestamp(entry.first),
            "lastTimestamp": timestamps.timestamp(now),
            "count": entry.count,
            "reportingInstance": "",
        }
        return str(metadata["name"]) if await self._try_create(event) else ""

    def _head(
        self, kind: Resource, obj: JSONObject, happening: Happening, metadata: JSONObject
    ) -> JSONObject:
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.kind,
            "metadata": metadata,
            "involvedObject": {
                "kind": kind.kind,
                "namespace": obj["metadata"].get("namespace", ""),
                "name": obj["metadata"]["name"],
                "uid": obj["metadata"]["uid"],
                "apiVersion": kind.api_version,
                "resourceVersion": obj["metadata"]["resourceVersion"],
            },
            "reason": happening.reason,
            "message": happening.message,
            "type": happening.type,
            "reportingComponent": self.component,
        }

    def _name(self, obj: JSONObject) -> str:
        """`<object>.<nanoseconds, hexadecimal>`; the nanoseconds rise with each Event."""
        self._last_stamp = max(self._last_stamp + 1, int(self.clock.now() * 1e9))
        return f"{obj['metadata']['name']}.{self._last_stamp:x}"

    async def _try_create(self, event: JSONObject) -> bool:
        try:
            await self.client.create(EVENT.name, event["metadata"]["namespace"], event)
        except Refused:
            return False
        return True


def about(kind: Resource, obj: JSONObject) -> tuple[str, ...]:
    """What a happening says whom it is about."""
    metadata = obj["metadata"]
    return (kind.kind, metadata.get("namespace", ""), metadata["name"], metadata["uid"])


def _namespace(obj: JSONObject) -> str:
    """Events about cluster-scoped objects are kept in `default`."""
    return obj["metadata"].get("namespace") or "default"


def _happening(kind: Resource, obj: JSONObject, type_: str, reason: str, message: str) -> Happening:
    metadata = obj["metadata"]
    about = (kind.kind, metadata.get("namespace", ""), metadata["name"], metadata["uid"])
    return Happening(about, type_, reason, message)
