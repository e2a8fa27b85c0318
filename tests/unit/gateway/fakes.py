"""A daemon that answers what a test tells it to, and requests to ask it with."""

import attrs
import orjson
import trio

from provider.cluster.submission import Accepted, Transferred
from provider.gateway.messages import Request
from provider.gateway.operator import Operator
from provider.gateway.token import Token
from provider.lease.identity import LeaseID
from provider.ledger.capacity import Capacity, NodeCapacity
from provider.telemetry.metrics import Metrics

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
OWNER = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"
LEASE = LeaseID(OWNER, 1000, 1, 1, PROVIDER)
PATH = f"/leases/{OWNER}/1000/1/1"
SECRET = "a-token-of-more-than-16-characters"


@attrs.define
class FakeDaemon:
    provider: str = PROVIDER
    submission: object = Accepted(1, True)
    transferred: object = Transferred("a.example.com", LEASE)
    shown: dict = attrs.field(factory=dict)
    accepted: list = attrs.field(factory=list)
    moved: list = attrs.field(factory=list)
    released: list = attrs.field(factory=list)

    async def accept(self, lease, manifest):
        await trio.lowlevel.checkpoint()
        self.accepted.append((lease, manifest))
        return self.submission

    async def transfer(self, hostname, lease):
        await trio.lowlevel.checkpoint()
        self.moved.append((hostname, lease))
        return self.transferred

    def release_brake(self, name):
        known = name in {brake.name for brake in self.brakes()}
        if known:
            self.released.append(name)
        return known

    def statuses(self):
        return self.shown.get("statuses", ())

    def readiness(self):
        return self.shown.get("readiness", ())

    def brakes(self):
        return self.shown.get("brakes", ())

    def obligations(self):
        return self.shown.get("obligations", ())

    def capacity(self):
        return self.shown.get("capacity", Capacity((), 0, ()))

    def market(self):
        return self.shown.get("market", ())


def operator(daemon=None, metrics=None):
    return Operator(daemon or FakeDaemon(), Token(SECRET), metrics or Metrics())


def asked(method, path, body=b"", **headers):
    """A request with the token, and JSON when there is a body."""
    given = {"authorization": f"Bearer {SECRET}"}
    if body:
        given["content-type"] = "application/json"
    return Request(method, path, {**given, **headers}, body)


def told(response):
    return orjson.loads(response.body)


GIB = 2**30
NODE = NodeCapacity(
    "node-1",
    allocatable={"cpu": 8000, "memory": 16 * GIB, "nvidia.com/gpu": 2, "pods": 110},
    foreign={"cpu": 500},
    committed={"cpu": 1500, "nvidia.com/gpu": 1},
    available={"cpu": 6000, "memory": 16 * GIB, "nvidia.com/gpu": 1, "pods": 109},
    overfull=False,
    closed="",
)
