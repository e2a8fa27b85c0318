"""
Heartbeats of nodes: a Lease in `kube-node-lease` for each, renewed for as long as its machine is well.

Off by default, as a quiet cluster should write nothing; for those who look at the Leases.

Source: kubernetes pkg/kubelet (nodelease), component-helpers/apimachinery/lease.
"""

import attrs
import trio

from simulator import timestamps
from simulator.controllers.catalog import LEASE, NODE
from simulator.controllers.context import Context
from simulator.jsontypes import JSONObject
from simulator.ports import Refused

NAMESPACE = "kube-node-lease"
_DURATION_SECONDS = 40


@attrs.define(eq=False)
class Heartbeats:
    """The hearts of all machines."""

    context: Context

    def __attrs_post_init__(self) -> None:
        self.context.informer(NODE)

    async def run(self) -> None:
        """Beat until cancelled; not at all where the settings say so."""
        seconds = self.context.settings.heartbeat_seconds
        while seconds > 0:
            for node in self.context.informer(NODE):
                name = node["metadata"]["name"]
                if self.context.machines.dark_since(name) is None:
                    await self._beat(node)
            await trio.sleep(seconds)

    async def _beat(self, node: JSONObject) -> None:
        name = node["metadata"]["name"]
        client = self.context.client_for(f"system:node:{name}")
        spec: JSONObject = {"renewTime": timestamps.micro_timestamp(self.context.clock.now())}
        owner = {
            "apiVersion": NODE.api_version,
            "kind": NODE.kind,
            "name": name,
            "uid": node["metadata"]["uid"],
        }
        try:
            await client.patch(LEASE.name, NAMESPACE, name, {"spec": spec})
        except Refused as refusal:
            if refusal.code != 404:
                return
            spec |= {"holderIdentity": name, "leaseDurationSeconds": _DURATION_SECONDS}
            metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]}
            try:
                await client.create(LEASE.name, NAMESPACE, {"metadata": metadata, "spec": spec})
            except Refused:
                # The next beat tries again, as a kubelet does.
                return
