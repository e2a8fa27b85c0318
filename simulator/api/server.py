"""
The API server: one request in, one answer out; a handler for the wire.

Everything that is asked and answered goes into the journal, watch chunks into its trace.
"""

import attrs

from simulator import failures
from simulator.api import answers, discovery, resources
from simulator.api.routing import GroupRoute, Route, route
from simulator.journal import RequestEntry
from simulator.ports import Refused
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Answer, Request, Response, Send, Streaming

MAX_BODY_BYTES = 3_145_728
"""Limit of a request body; above it 413. The wire should let a little more through, see `handle`."""

ADMIN = "system:admin"
"""Who comes without credentials, as behind `kubectl proxy`: plain HTTP is for loopback only."""


@attrs.define(eq=False)
class ApiServer:
    """The HTTP face of a cluster."""

    cluster: Cluster

    async def handle(self, request: Request) -> Answer:
        """
        Answer one request.

        A body too long gets its Status here; give the wire a larger limit than `MAX_BODY_BYTES`,
        or it refuses with plain text.

        Cancellation:
            A write is one step: it is done or not, never half.
        """
        number = self.cluster.journal.begin_request()
        try:
            answer = await self._answer(request, number)
        except Refused as refused:
            answer = answers.refusal(refused)
        body = answer.body if isinstance(answer, Response) else b""
        self.cluster.journal.answered(
            RequestEntry(
                number=number,
                time=self.cluster.clock.now(),
                user=ADMIN,
                agent=request.headers.get("user-agent", ""),
                method=request.method,
                target=request.target,
                body=request.body,
                status=answer.status,
                answer=body,
            )
        )
        return self._traced(answer, number) if isinstance(answer, Streaming) else answer

    async def _answer(self, request: Request, number: int) -> Answer:
        if len(request.body) > MAX_BODY_BYTES:
            text = f"Request entity too large: limit is {MAX_BODY_BYTES}"
            raise failures.too_large(text)
        if "authorization" in request.headers:
            # No tokens are issued, so every one of them is wrong.
            raise failures.unauthorized()
        agent = request.headers.get("user-agent", "").partition("/")[0]
        caller = Caller(ADMIN, agent, number)
        found = route(request.path)
        if isinstance(found, Route):
            return await resources.respond(self.cluster, caller, request, found)
        if isinstance(found, GroupRoute):
            return discovery.respond(self.cluster.registry, request, found)
        return discovery.probe(request)

    def _traced(self, streaming: Streaming, number: int) -> Streaming:
        """The same stream, each chunk of which also goes into the trace."""

        async def run(send: Send) -> None:
            async def traced(chunk: bytes) -> None:
                self.cluster.journal.streamed(number, self.cluster.clock.now(), chunk)
                await send(chunk)

            await streaming.run(traced)

        return Streaming(streaming.status, streaming.headers, run)
