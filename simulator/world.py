"""
One simulated world: a cluster, a market, a network between them and whoever asks, one clock, one seed.

Everything in it follows from the seed and from what is asked of it. Time is Trio's: virtual where the
program runs under `simulator.deterministic`, real elsewhere.
"""

import hashlib
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import orjson
import trio

from simulator.api.server import MAX_BODY_BYTES, ApiServer
from simulator.controllers.fleet import Fleet
from simulator.controllers.machines import Machines
from simulator.controllers.nodes import Nodes
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.faults.control_plane import ControlPlane
from simulator.faults.network import Network
from simulator.faults.questions import question
from simulator.faults.revisions import Revisions
from simulator.faults.rules import Rules
from simulator.journal import Journal
from simulator.jsontypes import FrozenJSON
from simulator.market.answers import Answers
from simulator.market.chain import Chain
from simulator.market.node import Node
from simulator.market.rest import MarketServer
from simulator.market.transactions import Transactions
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Request, Response

KUBERNETES = "kubernetes.sim"
"""Name of the API server on the world's network."""

MARKET = "market.sim"
"""Name of the chain's first node on the world's network; the second is `market-2.sim`."""

EPOCH = 1_767_225_600.0
"""2026-01-01T00:00:00Z: the wall time at which every world begins."""

RECORDS_NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lease"}}
"""Where providers keep their records; made by whoever sets the cluster up."""

_INSTALLER = "installer"
"""User-Agent of what `World.install` sends."""


@attrs.frozen
class WorldClock:
    """Wall time of a world."""

    started_at: float
    """Trio time of its beginning."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return EPOCH + trio.current_time() - self.started_at


@attrs.frozen(eq=False)
class MarketNode:
    """One node of the chain on the world's network."""

    host: str
    """Its name there."""
    node: Node
    """What it makes of the chain, to be changed at will."""
    rules: Rules
    """Faults of its answers."""


@attrs.frozen(eq=False, kw_only=True)
class World:
    """What a test, a tour or a search for faults works with; made by `open_world`."""

    clock: WorldClock
    cluster: Cluster
    api: ApiServer
    chain: Chain
    answers: Answers
    """What the market has told whom."""
    network: Network
    rules: Rules
    """Faults of the API server."""
    market_nodes: tuple[MarketNode, ...]
    """The chain's nodes, at least one."""
    transactions: Transactions
    """What providers sent to any of them."""
    fleet: Fleet
    """The cluster's nodes and the machines under them."""
    control_plane: ControlPlane
    """Controllers, scheduler and kubelets; not running in a world without them."""

    @property
    def market_rules(self) -> Rules:
        """Faults of the chain's first node."""
        return self.market_nodes[0].rules

    @property
    def journal(self) -> Journal:
        """Requests to the API server and commits to its store."""
        return self.cluster.journal

    async def install(self, objects: Iterable[FrozenJSON]) -> None:
        """
        POST objects to the API server, as an operator does before anything else.

        Raises:
            InstallError: one of them was refused.
        """
        for obj in objects:
            await self._post(obj)

    async def _post(self, obj: FrozenJSON) -> None:
        api_version, kind, metadata = obj["apiVersion"], obj["kind"], obj["metadata"]
        served = next(
            (
                s
                for s in self.cluster.registry
                if (s.api_version, s.resource.kind) == (api_version, kind)
            ),
            None,
        )
        if served is None:
            raise InstallError(f"{api_version} {kind} is not served")
        root = "/apis" if served.resource.group else "/api"
        place = f"/namespaces/{metadata['namespace']}" if served.resource.namespaced else ""
        request = Request(
            method="POST",
            path=f"{root}/{api_version}{place}/{served.resource.plural}",
            headers={"content-type": "application/json", "user-agent": _INSTALLER},
            body=orjson.dumps(obj),
        )
        answer = await self.api.handle(request)
        assert isinstance(answer, Response), "a create is answered at once"
        if answer.status != 201:
            raise InstallError(f"{kind} {metadata['name']}: {answer.body.decode()}")

    def trace_hash(self) -> str:
        """SHA-256 over every request, answer byte and commit of cluster and market; 64 hex digits."""
        both = self.journal.trace_hash() + self.answers.journal.trace_hash()
        return hashlib.sha256(both.encode()).hexdigest()


class InstallError(Exception):
    """The API server refused what the world should begin with."""


def _market_node(
    seed: str, number: int, transactions: Transactions, nursery: trio.Nursery
) -> MarketNode:
    host = MARKET if number == 1 else MARKET.replace(".", f"-{number}.", 1)
    node = Node(chain=transactions.chain)
    server = MarketServer(transactions.chain, node, transactions)
    rules = Rules(server.handle, seed=f"{seed}/{host}", nursery=nursery, read=question)
    return MarketNode(host, node, rules)


@asynccontextmanager
async def open_world(
    *,
    seed: int = 0,
    controllers: ControllerSettings | None = None,
    nodes: int | Sequence[NodeShape] = 3,
    market_nodes: int = 1,
    latency_seconds: float = 0.0,
    jitter_seconds: float = 0.0,
) -> AsyncIterator[World]:
    """
    Make a world; on leaving, its network and controllers end.

    Args:
        seed: of uids, names, ports, addresses and delays; at one seed all of them are the same.
        controllers: how the control plane behaves; None for an API server without one.
        nodes: how many nodes the control plane has, or the shape of each.
        market_nodes: how many nodes of the chain there are, each a host of its own.
        latency_seconds: of the network, one way.
        jitter_seconds: up to so much more, drawn for each piece that is sent.
    """
    clock = WorldClock(trio.current_time())
    cluster = Cluster(clock, seed)
    bootstrap(cluster)
    revisions = Revisions(clock, cluster.journal)
    client_for = partial(VerbClient, cluster)
    machines = Machines()
    settings = controllers if controllers is not None else ControllerSettings()
    async with trio.open_nursery() as world_nursery:
        api = ApiServer(cluster)
        transactions = Transactions(Chain(clock))
        world = World(
            clock=clock,
            cluster=cluster,
            api=api,
            chain=transactions.chain,
            answers=Answers(clock),
            network=Network(
                latency_seconds=latency_seconds,
                jitter_seconds=jitter_seconds,
                rng=random.Random(f"{seed}/network"),
            ),
            rules=Rules(
                api.handle,
                seed=f"{seed}/{KUBERNETES}",
                nursery=world_nursery,
                revision_ago=revisions.ago,
            ),
            market_nodes=tuple(
                _market_node(f"{seed}", number, transactions, world_nursery)
                for number in range(1, market_nodes + 1)
            ),
            transactions=transactions,
            fleet=Fleet(Nodes(client_for, clock, settings), machines),
            control_plane=ControlPlane(
                client_for,
                clock,
                random.Random(f"{seed}/controllers"),
                [settings.node] * nodes if isinstance(nodes, int) else nodes,
                settings,
                machines,
                world_nursery,
                revisions.age_seconds,
            ),
        )
        # A body just over the limit is the API server's to refuse, with a Status.
        limit = MAX_BODY_BYTES + 65_536
        world.network.listen(KUBERNETES, world.rules.handle, max_body_bytes=limit)
        for market in world.market_nodes:
            handler = world.answers.recording(market.rules.handle, market.host, market.node)
            world.network.listen(market.host, handler)
        await world_nursery.start(world.network.run, name="network")
        if controllers is not None:
            # Where somebody makes accounts, pods need theirs.
            cluster.service_accounts = True
            await world.control_plane.start()
        await world.install([RECORDS_NAMESPACE])
        yield world
        world_nursery.cancel_scope.cancel(reason="the world ends")
