"""A chain with several nodes, and the market client of all of them, over the daemon's own HTTP stack."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import orjson
import trio

from provider.http.client import open_http
from provider.lease.identity import LeaseID
from provider.market.endpoint import Endpoint
from provider.market.market import Market
from simulator.faults.network import Network
from simulator.market.chain import Chain
from simulator.market.rest import MarketServer
from simulator.wire.messages import Handler, Request, Response
from tests.unit.market.sim_market import OWNER, PROVIDER, HandClock

Twist = Callable[[Request, Response], Response]


def lease(dseq: int = 1) -> LeaseID:
    return LeaseID(OWNER, dseq, 1, 1, PROVIDER)


@attrs.define
class Bench:
    """A chain, a client of it, and twists that may change answers on their way."""

    clock: HandClock
    chain: Chain
    network: Network
    market: Market
    asked: list[str] = attrs.field(factory=list)
    """The last part of each path."""
    asked_of: list[str] = attrs.field(factory=list)
    """The node of each question, as it went."""
    twist: Twist | None = None
    """Changes the answers of every node."""
    twists: dict[str, Twist] = attrs.field(factory=dict)
    """Changes the answers of one."""

    def handler(self, host: str) -> Handler:
        async def handle(request: Request) -> Response:
            self.asked.append(request.path.rpartition("/")[2])
            self.asked_of.append(host)
            answer = await MarketServer(self.chain).handle(request)
            twist = self.twists.get(host, self.twist)
            return twist(request, answer) if twist else answer

        return handle


@asynccontextmanager
async def open_bench(*hosts: str) -> AsyncIterator[Bench]:
    hosts = hosts or ("market.sim",)
    clock = HandClock()
    chain = Chain(clock)
    network = Network()
    async with AsyncExitStack() as stack, trio.open_nursery() as network_nursery:
        await network_nursery.start(network.run)
        backend = network.link("daemon").backend
        market = Market(
            endpoints=[
                Endpoint(
                    await stack.enter_async_context(
                        open_http(f"http://{host}", network_backend=backend)
                    ),
                    host,
                )
                for host in hosts
            ],
            provider=PROVIDER,
            chain_id=chain.chain_id,
            wall=clock,
        )
        bench = Bench(clock, chain, network, market)
        for host in hosts:
            network.listen(host, bench.handler(host))
        yield bench
        network_nursery.cancel_scope.cancel(reason="the bench is done")


def without_height(_request: Request, answer: Response) -> Response:
    return attrs.evolve(answer, headers=(("content-type", "application/json"),))


def at_height(height: int) -> Twist:
    def twist(_request: Request, answer: Response) -> Response:
        return attrs.evolve(answer, headers=(("x-cosmos-block-height", str(height)),))

    return twist


def answering(path: str, body: object, status: int = 200) -> Twist:
    def twist(request: Request, answer: Response) -> Response:
        if not request.path.endswith(path):
            return answer
        return attrs.evolve(answer, status=status, body=orjson.dumps(body))

    return twist
