"""A scripted API server on the simulated network, and a client of it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import orjson
import trio

from provider.http.client import open_http
from provider.kubernetes.client import KubernetesClient
from simulator.faults.network import Network
from simulator.wire.messages import Answer, Handler, Request, Response

JSONObject = dict[str, Any]


def pod(name: str, version: int, *, namespace: str = "ns", **extra: Any) -> JSONObject:
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        "resourceVersion": str(version),
        **extra,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def json_answer(code: int, body: object, *headers: tuple[str, str]) -> Response:
    return Response(code, (("content-type", "application/json"), *headers), orjson.dumps(body))


def status(code: int, reason: str = "", message: str = "", **details: Any) -> JSONObject:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
        "details": details,
    }


def refusal(code: int, reason: str = "", message: str = "", **details: Any) -> Response:
    return json_answer(code, status(code, reason, message, **details))


def page(items: list[JSONObject], version: int, token: str = "") -> Response:
    without_type = [{k: v for k, v in item.items() if k == "metadata"} for item in items]
    metadata = {"resourceVersion": str(version), **({"continue": token} if token else {})}
    return json_answer(
        200,
        {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": without_type},
    )


@attrs.define
class Script:
    """Answers requests one after another; an answer may be a handler, an error or a Response."""

    answers: list[Response | Exception | Callable[[Request], Answer]]
    requests: list[Request] = attrs.field(factory=list)

    async def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


@asynccontextmanager
async def open_client(handler: Handler) -> AsyncIterator[tuple[KubernetesClient, Network]]:
    network = Network()
    network.listen("api.sim", handler)
    async with trio.open_nursery() as nursery:
        await nursery.start(lambda task_status: network.run(task_status=task_status))
        async with open_http(
            "http://api.sim", network_backend=network.link("daemon").backend
        ) as http:
            yield KubernetesClient(http, rng=random.Random(7)), network
        nursery.cancel_scope.cancel()
