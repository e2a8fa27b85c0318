"""
Stands between the daemon and a real API server, so that the tour can look on, delay and cut.

The daemon talks to a host of the tour's own network; each request goes on to the real server with the
credentials of the kubeconfig. The outage of the tour is one of this wire, never of the cluster.
"""

import attrs

from provider.http.client import HttpClient
from provider.http.errors import HttpError
from simulator.journal import Journal, RequestEntry
from simulator.ports import Clock
from simulator.wire.messages import Abort, Answer, Request, Response, Send, Streaming

_PASSED_ON = ("content-type", "retry-after")
_JSON = (("content-type", "application/json"),)


@attrs.frozen(eq=False)
class Relay:
    """A handler for the wire."""

    http: HttpClient
    """The real server."""
    clock: Clock
    journal: Journal = attrs.field(factory=Journal)

    async def handle(self, request: Request) -> Answer:
        """
        Carry one request there and its answer back; a watch is carried piece by piece.

        Raises:
            Abort: no answer came; the daemon finds its connection closed, as behind any balancer.
        """
        number = self.journal.begin_request()
        if request.query_value("watch") and request.method == "GET":
            answer: Answer = self._watched(request)
        else:
            answer = await self._carried(request)
        self.journal.answered(
            RequestEntry(
                number=number,
                time=self.clock.now(),
                user="",
                agent=request.headers.get("user-agent", ""),
                method=request.method,
                target=request.target,
                body=b"",
                status=answer.status,
                answer=b"",
            )
        )
        return answer

    async def _carried(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        try:
            answer = await self.http.request(
                request.method,
                path,
                query=request.query,
                body=request.body,
                content_type=request.headers.get("content-type", ""),
                accept=request.headers.get("accept", "application/json"),
            )
        except HttpError as error:
            raise Abort(str(error)) from error
        headers = tuple(
            (name, answer.headers[name]) for name in _PASSED_ON if name in answer.headers
        )
        return Response(answer.status, headers, answer.body)

    def _watched(self, request: Request) -> Streaming:
        """A refusal of the watch arrives as an ERROR object in it, which clients know anyway."""
        path = request.target.partition("?")[0]

        async def run(send: Send) -> None:
            try:
                async with self.http.stream("GET", path, query=request.query) as stream:
                    if stream.status != 200:
                        status = await stream.read(1024 * 1024)
                        await send(b'{"type":"ERROR","object":' + status.strip() + b"}\n")
                        return
                    async for piece in stream:
                        await send(piece)
            except HttpError as error:
                raise Abort(str(error)) from error

        return Streaming(200, _JSON, run)
