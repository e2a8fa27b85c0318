"""
The tour on a real cluster: what has to hold before it begins, and what it must not leave behind.

The market stays simulated. Everything that is made carries a provider address that nobody else has
and lives in namespaces of its own; all of it goes at the end, also after Ctrl-C.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import attrs
import trio

from provider.concurrency.cleanup import cleanup
from provider.concurrency.clock import SystemClock
from provider.kubernetes.access import Access
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import (
    CUSTOM_RESOURCE_DEFINITION,
    MANIFEST,
    NAMESPACE,
    NODE,
    Kind,
    ObjectKey,
    key_of,
)
from provider.kubernetes.outcomes import Absent, CreateOnly, Done, Found, Listing
from provider.sdl.compile import compile_sdl
from provider.workload import labels, volumes
from provider.workload.crds import definitions
from simulator.demo import tenants
from simulator.demo.relay import Relay
from simulator.demo.stage import Stage
from simulator.demo.tenants import Cast
from simulator.faults.network import Network
from simulator.faults.rules import Rules
from simulator.jsontypes import FrozenJSON
from simulator.market.answers import Answers
from simulator.market.chain import Chain
from simulator.market.rest import MarketServer
from simulator.world import KUBERNETES, MARKET

PATIENCE = 10.0
"""Images are pulled, disks are made."""

SWEEP_SECONDS = 300.0
"""So long the end waits for what was made to be gone."""

_LOOK_SECONDS = 1.0
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class UnfitError(Exception):
    """This cluster is not touched; the text says why, and what would help."""


def own_provider(seed: int) -> str:
    """A provider address that is nobody's: 38 characters after the prefix, from the seed."""
    digest = hashlib.sha256(f"leasekeeper-demo-{seed}".encode()).digest()
    digest += hashlib.sha256(digest).digest()
    return "akash1" + "".join(_BECH32[byte % 32] for byte in digest[:38])


@attrs.frozen(eq=False, kw_only=True)
class RealCluster:
    """A cluster that belongs to somebody."""

    client: KubernetesClient
    cast: Cast
    records_namespace: str
    made: list[ObjectKey] = attrs.field(factory=list)
    """What was made here beside the tenants' namespaces, in order; `sweep` takes it away."""

    async def check(self, *, beside_live_leases: bool) -> None:
        """
        Look whether the tour may and can be played here; nothing is written.

        Raises:
            UnfitError: another provider's records, no room for a pod, or no answer.
        """
        others = await self._other_providers()
        if others and not beside_live_leases:
            raise UnfitError(
                f"this cluster serves leases of {', '.join(sorted(others)[:3])}; choose another one, "
                "or say --beside-live-leases if the tour may run beside them"
            )
        nodes = [node for node in await self._list(NODE) if _is_ready(node)]
        if not nodes:
            raise UnfitError("no node of this cluster is Ready: kubectl get nodes")
        offered = [node["metadata"].get("labels", {}) for node in nodes]
        for label in (f"{labels.MANAGED}=true", *self._class_labels()):
            name, _, value = label.partition("=")
            if not any(node.get(name, "0") not in ("0", "false") for node in offered):
                raise UnfitError(
                    f"no Ready node is labelled {name}; tenants' pods go nowhere else: "
                    f"kubectl label node NODE {name}={value}"
                )

    def _class_labels(self) -> Iterable[str]:
        """What a node must say to offer the storage classes that the tenants ask for."""
        for tenant in self.cast.all:
            for group in compile_sdl(tenants.definition(tenant)).manifest:
                for service in group.services:
                    for name in volumes.storage_classes(service):
                        yield f"{labels.STORAGE_CAPABILITY}.class.{name}=1"

    async def _other_providers(self) -> set[str]:
        known = await self.client.get(
            ObjectKey(CUSTOM_RESOURCE_DEFINITION, "", "manifests.akash.network")
        )
        if isinstance(known, Absent):
            return set()
        own = self.cast.web_app.lease.provider
        named = {
            record["metadata"].get("labels", {}).get(labels.LEASE_PROVIDER, "unknown")
            for record in await self._list(MANIFEST)
        }
        return named - {own}

    async def install(self) -> None:
        """
        Make the records namespace, and the custom resources that are not there.

        Raises:
            UnfitError: the server refused.
        """
        place = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.records_namespace},
        }
        for obj in (*definitions(), place):
            key = key_of(obj)
            if isinstance(await self.client.get(key), Found):
                continue
            self.made.append(key)
            outcome = await self.client.apply(obj, fence=CreateOnly())
            if not isinstance(outcome, Done):
                raise UnfitError(f"cannot make {key}: {outcome}")

    async def sweep(self) -> list[str]:
        """
        Delete everything that the tour has made, and wait until it is gone.

        Returns:
            What is still there after `SWEEP_SECONDS`.

        Cancellation:
            Ends by its own deadline only: it runs when the tour was cut short, too.
        """
        left = [ObjectKey(NAMESPACE, "", tenant.lease.namespace) for tenant in self.cast.all]
        left += reversed(self.made)
        with cleanup(SWEEP_SECONDS):
            while True:
                left = [key for key in left if not await self._gone(key)]
                if not left:
                    break
                await trio.sleep(_LOOK_SECONDS)
        return [str(key) for key in left]

    async def _gone(self, key: ObjectKey) -> bool:
        found = await self.client.get(key)
        if isinstance(found, Found) and "deletionTimestamp" not in found.object["metadata"]:
            await self.client.delete(key, uid=found.object["metadata"]["uid"])
        return isinstance(found, Absent)

    async def _list(self, kind: Kind) -> tuple[FrozenJSON, ...]:
        answer = await self.client.list(kind)
        if not isinstance(answer, Listing):
            raise UnfitError(f"the API server does not list {kind.plural}: {answer.why}")
        return answer.items


@asynccontextmanager
async def real_stage(access: Access, cluster: RealCluster) -> AsyncIterator[Stage]:
    """The tour's network and market, and a relay to the real API server."""
    clock = SystemClock()
    chain = Chain(clock)
    answers = Answers(clock)
    async with access.open_http() as http, trio.open_nursery() as stage_nursery:
        relay = Relay(http, clock)
        network = Network()
        rules = Rules(relay.handle, nursery=stage_nursery)
        network.listen(KUBERNETES, rules.handle)
        markets = (MARKET, f"second.{MARKET}")
        for host in markets:
            network.listen(host, answers.recording(MarketServer(chain).handle, host))
        await stage_nursery.start(network.run, name="network")
        yield Stage(
            provider=cluster.cast.web_app.lease.provider,
            records_namespace=cluster.records_namespace,
            chain_id=chain.chain_id,
            clock=clock,
            began_at=trio.current_time(),
            network=network,
            markets=markets,
            rules=rules,
            asked=relay.journal,
            told=answers.journal,
            patience=PATIENCE,
        )
        stage_nursery.cancel_scope.cancel(reason="the tour is over")


def _is_ready(node: FrozenJSON) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
