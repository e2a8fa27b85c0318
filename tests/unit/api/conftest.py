"""An API server to send requests to, without a wire."""

import attrs
import orjson
import pytest

from simulator.api.server import ApiServer
from simulator.jsontypes import JSONValue
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Request, Response, Streaming


class FixedClock:
    """2026-01-01T00:00:00Z, for ever."""

    def now(self) -> float:
        return 1_767_225_600.0


@attrs.frozen
class Http:
    """Requests as a client would send them."""

    server: ApiServer

    async def send(
        self,
        method: str,
        target: str,
        body: JSONValue = None,
        *,
        raw: bytes = b"",
        **headers: str,
    ) -> Response:
        answer = await self.server.handle(request(method, target, body, raw=raw, **headers))
        assert isinstance(answer, Response)
        return answer

    async def ok(
        self, method: str, target: str, body: JSONValue = None, **headers: str
    ) -> JSONValue:
        answer = await self.send(method, target, body, **headers)
        assert answer.status < 300, answer.body
        return orjson.loads(answer.body)

    async def refused(
        self, method: str, target: str, body: JSONValue = None, **headers: str
    ) -> tuple[int, str]:
        """Status code and message."""
        answer = await self.send(method, target, body, **headers)
        status = orjson.loads(answer.body)
        assert (status["kind"], status["code"]) == ("Status", answer.status)
        return answer.status, status["message"]

    async def stream(self, target: str, **headers: str) -> Streaming:
        answer = await self.server.handle(request("GET", target, **headers))
        assert isinstance(answer, Streaming)
        return answer


def request(
    method: str, target: str, body: JSONValue = None, *, raw: bytes = b"", **headers: str
) -> Request:
    path, _, query = target.partition("?")
    pairs = tuple(pair.partition("=")[::2] for pair in query.split("&")) if query else ()
    given = {"user-agent": "tester/1.0"} | {k.replace("_", "-"): v for k, v in headers.items()}
    content = raw if body is None else orjson.dumps(body)
    return Request(method, path, pairs, given, content)


@pytest.fixture
def server() -> ApiServer:
    cluster = Cluster(FixedClock())
    bootstrap(cluster)
    return ApiServer(cluster)


@pytest.fixture
def http(server: ApiServer) -> Http:
    return Http(server)
