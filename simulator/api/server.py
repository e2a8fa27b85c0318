"""
The API server: one request in, one answer out; a handler for the wire.

Everything that is asked and answered goes into the journal, watch chunks into its trace.
"""

import attrs

from simulator import failures
from simulator.access.attributes import attributes
from simulator.access.authenticator import certified, impersonated
from simulator.access.users import User
from simulator.api import answers, discovery, resources, reviews
from simulator.api.routing import GroupRoute, Route, route
from simulator.journal import RequestEntry
from simulator.ports import Refused
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Answer, Request, Response, Send, Streaming

MAX_BODY_BYTES = 3_145_728
"""Limit of a request body; above it 413. The wire should let a little more through, see `handle`."""


@attrs.define
class _Asking:
    """What is found out about who asks, for the journal also when that ends in a refusal."""

    user: str = ""


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
        asking = _Asking()
        try:
            answer = await self._answer(request, number, asking)
        except Refused as refused:
            answer = answers.refusal(refused)
        body = answer.body if isinstance(answer, Response) else b""
        self.cluster.journal.answered(
            RequestEntry(
                number=number,
                time=self.cluster.clock.now(),
                user=asking.user,
                agent=request.headers.get("user-agent", ""),
                method=request.method,
                target=request.target,
                body=request.body,
                status=answer.status,
                answer=body,
                client=request.source,
            )
        )
        return self._traced(answer, number) if isinstance(answer, Streaming) else answer

    async def _answer(self, request: Request, number: int, asking: _Asking) -> Answer:
        user = self._user(request)
        asking.user = user.name
        if not user.privileged:
            query = dict(reversed(request.query))
            asked = attributes(request.method, request.path, query)
            self.cluster.authorizer.check(user, asked)
        if len(request.body) > MAX_BODY_BYTES:
            text = f"Request entity too large: limit is {MAX_BODY_BYTES}"
            raise failures.too_large(text)
        agent = request.headers.get("user-agent", "").partition("/")[0]
        caller = Caller(user.name, agent, number, user.groups)
        found = route(request.path)
        if isinstance(found, Route):
            if reviews.answers_to(found):
                return reviews.respond(self.cluster, user, caller, request, found)
            return await resources.respond(self.cluster, caller, request, found)
        if isinstance(found, GroupRoute):
            return discovery.respond(self.cluster.registry, request, found)
        return discovery.probe(self.cluster.registry, request)

    def _user(self, request: Request) -> User:
        """
        Who asks.

        Raises:
            Refused: 401; 403, it may not act as whom it wants to be taken for.
        """
        peer = request.peer
        shown = certified(peer.common_name, peer.organizations) if peer else None
        user = self.cluster.authenticator.user(request.headers, shown)
        return impersonated(self.cluster.authorizer, user, request.headers)

    def _traced(self, streaming: Streaming, number: int) -> Streaming:
        """The same stream, each chunk of which also goes into the trace."""

        async def run(send: Send) -> None:
            async def traced(chunk: bytes) -> None:
                self.cluster.journal.streamed(number, self.cluster.clock.now(), chunk)
                await send(chunk)

            await streaming.run(traced)

        return Streaming(streaming.status, streaming.headers, run)
