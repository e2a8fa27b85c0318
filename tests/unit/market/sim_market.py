"""A chain on a clock that tests move by hand, and the smallest way to ask it."""

from typing import Any

import attrs
import orjson

from simulator.market.answers import Answers
from simulator.market.chain import Chain
from simulator.market.leases import LeaseName
from simulator.market.node import Node
from simulator.market.rest import MarketServer
from simulator.market.transactions import Transactions
from simulator.wire.messages import Request, Response

OWNER = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"
PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"


def lease_name(dseq: int = 8438017, *, owner: str = OWNER, provider: str = PROVIDER) -> LeaseName:
    return LeaseName(owner, dseq, 1, 1, provider)


@attrs.define
class HandClock:
    seconds: float = 1_700_000_000.0

    def now(self) -> float:
        return self.seconds


@attrs.define
class SimMarket:
    """Chain, REST face and record, asked without a network."""

    clock: HandClock = attrs.field(factory=HandClock)
    chain: Chain = attrs.field(init=False)
    node: Node = attrs.field(init=False)
    transactions: Transactions = attrs.field(init=False)
    answers: Answers = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.chain = Chain(self.clock)
        self.node = Node(chain=self.chain)
        self.transactions = Transactions(self.chain)
        self.answers = Answers(self.clock)

    async def ask(self, method: str, path: str, body: object = None, **query: str) -> Response:
        server = MarketServer(self.chain, self.node, self.transactions)
        handle = self.answers.recording(server.handle, "market.sim", self.node)
        request = Request(
            method=method,
            path=path,
            query=tuple(query.items()),
            headers={"user-agent": "daemon"},
            body=b"" if body is None else orjson.dumps(body),
        )
        answer = await handle(request)
        assert isinstance(answer, Response)
        return answer

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.ask("GET", path, **query)
        assert answer.status == 200, answer.body
        return orjson.loads(answer.body)

    async def post(self, path: str, body: object) -> Any:
        answer = await self.ask("POST", path, body)
        assert answer.status == 200, answer.body
        return orjson.loads(answer.body)
