"""
The nodes of a cluster in the hands of whoever runs it: what a test or a plan does to them.

What happens to machines happens at once; what an operator does goes through the API, as an
administrator or as the node itself, and is in the journal.
"""

from collections.abc import Mapping

import attrs

from simulator import timestamps
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import NODE, POD
from simulator.controllers.machines import Machines
from simulator.controllers.nodes import Nodes, healthy
from simulator.controllers.ownership import is_deleting
from simulator.controllers.settings import NodeShape
from simulator.ports import Client, Refused

_BROKEN = "container runtime network not ready: cni plugin not initialized"


@attrs.define(eq=False)
class Fleet:
    """Every method that awaits raises `Refused` when the API server does not agree."""

    nodes: Nodes
    machines: Machines

    # ── machines ────────────────────────────────────────────────────────────────────────────────

    def go_dark(self, name: str) -> None:
        """From here on nothing is heard of a machine; what runs on it runs on."""
        self.machines.go_dark(name)

    def come_back(self, name: str) -> None:
        """Its kubelet answers again."""
        self.machines.come_back(name)

    def slow_down(self, name: str, factor: float) -> None:
        """Let pods take so many times as long on a node, from the next stage on; 1 is as usual."""
        self.machines.slow_down(name, factor)

    # ── nodes ───────────────────────────────────────────────────────────────────────────────────

    async def add(self, shape: NodeShape | None = None) -> str:
        """Let one more node in, of the usual shape or of this one; returns its name."""
        items, _ = await self._admin().list(NODE.name)
        numbers = [item["metadata"]["name"].removeprefix("node") for item in items]
        number = 1 + max((int(text) for text in numbers if text.isdigit()), default=0)
        return await self.nodes.join(number, shape or self.nodes.settings.node)

    async def remove(self, name: str) -> None:
        """Take a node away with its machine; its pods go a while later."""
        await self._admin().delete(NODE.name, "", name)

    async def report(self, name: str, *, ready: bool) -> None:
        """Let a node's kubelet say that it is ready, or that its runtime is broken."""
        now = timestamps.timestamp(self.nodes.clock.now())
        conditions = healthy(now)
        if not ready:
            broken = {"status": "False", "reason": "KubeletNotReady", "message": _BROKEN}
            conditions = [{**c, **broken} if c["type"] == "Ready" else c for c in conditions]
        kubelet = self.nodes.client_for(f"system:node:{name}")
        patch = {"status": {"conditions": conditions}}
        await kubelet.patch(NODE.name, "", name, patch, subresource="status")

    async def label(self, name: str, labels: Mapping[str, str | None]) -> None:
        """Set labels of a node; None takes one away."""
        await self._admin().patch(NODE.name, "", name, {"metadata": {"labels": labels}})

    async def offer(self, name: str, amounts: Mapping[str, str | None]) -> None:
        """Set what a node has and pods may take, by resource; None takes one away."""
        kubelet = self.nodes.client_for(f"system:node:{name}")
        patch = {"status": {"capacity": amounts, "allocatable": amounts}}
        await kubelet.patch(NODE.name, "", name, patch, subresource="status")

    async def cordon(self, name: str) -> None:
        """Let no more pods go to a node."""
        await self._admin().patch(NODE.name, "", name, {"spec": {"unschedulable": True}})

    async def uncordon(self, name: str) -> None:
        """Let pods go there again."""
        await self._admin().patch(NODE.name, "", name, {"spec": {"unschedulable": None}})

    async def drain(self, name: str) -> None:
        """Cordon a node and delete the pods on it, as `kubectl drain --disable-eviction` does."""
        await self.cordon(name)
        admin = self._admin()
        items, _ = await admin.list(POD.name)
        for pod in items:
            if pod_facts.node_name(pod) != name or is_deleting(pod):
                continue
            metadata = pod["metadata"]
            try:
                await admin.delete(
                    POD.name, metadata["namespace"], metadata["name"], uid=metadata["uid"]
                )
            except Refused as refusal:
                if refusal.code != 404:
                    raise

    def _admin(self) -> Client:
        return self.nodes.client_for("system:admin")
