"""Every request is counted: what it was, and what came of it."""

import random

import pytest
import trio

from provider.http.client import open_http
from provider.http.errors import HttpError
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import POD, ObjectKey
from provider.kubernetes.outcomes import CreateOnly, Version
from provider.kubernetes.requests import READ_ATTEMPTS
from simulator.faults.network import Network
from simulator.wire.messages import Abort, Send, Streaming
from tests.unit.kubernetes.server import Script, json_answer, page, pod, refusal

KEY = ObjectKey(POD, "ns", "a")
DONE = json_answer(200, pod("a", 1))


async def watch(client: KubernetesClient) -> None:
    try:
        async with client.watch(POD, resource_version="1", label_selector="", timeout_seconds=9):
            pass
    except HttpError:
        pass


async def quiet(send: Send) -> None:
    await send(b"")


CASES = {
    "get": (lambda c: c.get(KEY), DONE),
    "list": (lambda c: c.list(POD), page([], 1)),
    "watch": (watch, Streaming(200, (), quiet)),
    "create": (lambda c: c.apply(pod("a", 1), fence=CreateOnly()), DONE),
    "apply": (lambda c: c.apply(pod("a", 1), fence=Version("u", "1")), DONE),
    "try": (lambda c: c.apply(pod("a", 1), fence=CreateOnly(), dry_run=True), DONE),
    "patch": (lambda c: c.merge_patch(KEY, {}, field_manager="x"), DONE),
    "delete": (lambda c: c.delete(KEY), DONE),
}


@pytest.mark.parametrize("verb", CASES)
async def test_every_request_is_counted_with_what_came_of_it(verb, autojump_clock):
    call, fine = CASES[verb]
    counted: list[tuple[str, str, str]] = []

    async def counted_with(answer: object) -> list[tuple[str, str, str]]:
        counted.clear()
        script = Script([answer])  # type: ignore[list-item]
        network = Network()
        network.listen("api.sim", script.handle)
        async with trio.open_nursery() as nursery:
            await nursery.start(lambda task_status: network.run(task_status=task_status))
            backend = network.link("daemon").backend
            async with open_http("http://api.sim", network_backend=backend) as http:
                client = KubernetesClient(
                    http, rng=random.Random(1), called=lambda *what: counted.append(what)
                )
                await call(client)
            nursery.cancel_scope.cancel()
        return counted

    tries = READ_ATTEMPTS if verb in ("get", "list") else 1
    assert await counted_with(fine) == [(verb, "pods", "success")]
    assert await counted_with(refusal(403, "Forbidden")) == [(verb, "pods", "fail")]
    assert await counted_with(Abort()) == [(verb, "pods", "unknown")] * tries
