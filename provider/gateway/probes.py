"""
The listener for kubelet and Prometheus: no token, and nothing that names a tenant.

    GET /livez      200 while the event loop runs on time
    GET /readyz     200, or 503 with each reason on a line of its own
    GET /metrics    text format 0.0.4
"""

from collections import Counter
from collections.abc import Mapping

import attrs
import trio

from provider.deployment.phases import Phase
from provider.gateway.messages import Request, Response, text
from provider.gateway.routes import Route, dispatch
from provider.gateway.served import Served
from provider.ledger.capacity import Capacity
from provider.ledger.nodes import CPU, EPHEMERAL, MEMORY
from provider.telemetry.exposition import CONTENT_TYPE, exposition
from provider.telemetry.metrics import Metrics
from provider.workload.graphics import RESOURCES

BEAT_SECONDS = 1.0
WEDGED_SECONDS = 30.0
"""Without a beat for so long the loop is wedged: nothing in this daemon computes for a second."""

_QUANTITIES = {EPHEMERAL: "storage-ephemeral", **dict.fromkeys(RESOURCES.values(), "gpu")}
"""The Go provider's words where ours are others."""
_SHOWN = (CPU, MEMORY, "storage-ephemeral", "gpu")
_UNITS = {CPU: 1000}
"""What our numbers are divided by: the book counts thousandths of a core."""


@attrs.define(eq=False)
class Heartbeat:
    """
    A task that wants to run again and again, and notes when it did.

    A loop that is stuck answers no probe at all; this one also catches a loop that answers, but no
    longer runs its timers.
    """

    seconds: float = BEAT_SECONDS
    """Between two beats; well below `WEDGED_SECONDS`."""
    _last: float = attrs.field(factory=trio.current_time, init=False)

    async def run(self) -> None:
        """
        Beat until cancelled.

        Cancellation:
            The beats end, and the daemon soon counts as wedged.
        """
        while True:
            self._last = trio.current_time()
            await trio.sleep(self.seconds)

    @property
    def age_seconds(self) -> float:
        """Since the last beat."""
        return trio.current_time() - self._last


@attrs.frozen(eq=False)
class Probes:
    """Answers kubelet and Prometheus."""

    served: Served
    metrics: Metrics
    heartbeat: Heartbeat

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        routes = (
            Route("GET", "/livez", self._livez),
            Route("GET", "/readyz", self._readyz),
            Route("GET", "/metrics", self._metrics),
        )
        return await dispatch(routes, request)

    async def _livez(self, _request: Request, _named: Mapping[str, str]) -> Response:
        age = self.heartbeat.age_seconds
        if age > WEDGED_SECONDS:
            return text(f"wedged: no beat for {age:.0f} s\n", 503)
        return text("ok\n")

    async def _readyz(self, _request: Request, _named: Mapping[str, str]) -> Response:
        reasons = self.served.readiness()
        if not reasons:
            return text("ok\n")
        return text("".join(f"{reason.name}: {reason.text}\n" for reason in reasons), 503)

    async def _metrics(self, _request: Request, _named: Mapping[str, str]) -> Response:
        look(self.served, self.metrics)
        return Response(200, exposition(self.metrics.registry).encode(), CONTENT_TYPE)


def look(served: Served, metrics: Metrics) -> None:
    """Bring the gauges that show a state, not an event, up to this moment."""
    metrics.ready.set(not served.readiness())
    phases = Counter(status.phase for status in served.statuses())
    for phase in Phase:
        metrics.leases.labels(phase.value).set(phases[phase])
    metrics.close_owed.clear()
    for cause, owed in Counter(one.cause for one in served.obligations()).items():
        metrics.close_owed.labels(cause).set(owed)
    for brake in served.brakes():
        metrics.brake_engaged.labels(brake.name).set(brake.engaged)
    for endpoint in served.market():
        metrics.market_endpoint_up.labels(endpoint.url).set(endpoint.ok)
    _look_at_inventory(served.capacity(), metrics)


def _look_at_inventory(capacity: Capacity, metrics: Metrics) -> None:
    """Sums over the nodes, in the units of the Go provider."""
    allocatable, available, committed = Counter[str](), Counter[str](), Counter[str]()
    for node in capacity.nodes:
        for total, amounts in (
            (allocatable, node.allocatable),
            (available, node.available),
            (committed, node.committed),
        ):
            for name, amount in amounts.items():
                total[_QUANTITIES.get(name, name)] += amount
    metrics.inventory_allocatable.labels("nodes").set(len(capacity.nodes))
    metrics.inventory_reservations.labels("none", "quantity").set(capacity.leases)
    for quantity in _SHOWN:
        unit = _UNITS.get(quantity, 1)
        metrics.inventory_allocatable.labels(quantity).set(allocatable[quantity] / unit)
        metrics.inventory_available.labels(quantity).set(available[quantity] / unit)
        metrics.inventory_reservations.labels("active", quantity).set(committed[quantity] / unit)
