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
from provider.telemetry.exposition import CONTENT_TYPE, exposition
from provider.telemetry.metrics import Metrics

BEAT_SECONDS = 1.0
WEDGED_SECONDS = 30.0
"""Without a beat for so long the loop is wedged: nothing in this daemon computes for a second."""


@attrs.define(eq=False)
class Heartbeat:
    """
    A task that wants to run every second, and notes when it did.

    A loop that is stuck answers no probe at all; this one also catches a loop that answers, but no
    longer runs its timers.
    """

    _last: float = attrs.field(factory=trio.current_time, init=False)

    async def run(self) -> None:
        """
        Beat until cancelled.

        Cancellation:
            The beats end, and the daemon soon counts as wedged.
        """
        while True:
            self._last = trio.current_time()
            await trio.sleep(BEAT_SECONDS)

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
