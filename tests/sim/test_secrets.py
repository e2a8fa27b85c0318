"""
No secret of a tenant or of the daemon shows where it should not.

Canaries are planted in a manifest, and everything that the daemon says in a life full of trouble is
searched for them: logs, status, metrics, and what requests are recorded as.
"""

import base64
import io

import attrs
import orjson
import trio

from provider.lease.manifest import Credentials
from provider.telemetry.logs import json_sink, text_sink
from simulator.wire.messages import Response
from tests.sim import tenants
from tests.sim.scene import play
from tests.sim.test_gateway import ask, path_of, probe, until_ready
from tests.unit.gateway.fakes import SECRET

CANARIES = ("canary-env-value", "canary-user", "canary-password", "canary@mail.example.com", SECRET)
SPELLINGS = {
    *CANARIES,
    *(base64.b64encode(canary.encode()).decode().rstrip("=") for canary in CANARIES),
    base64.b64encode(b"canary-user:canary-password").decode(),
}


def manifest(image="nginx:1.27"):
    credentials = Credentials(
        host="registry.example.com",
        email="canary@mail.example.com",
        username="canary-user",
        password="canary-password",
    )
    service = tenants.web(image, env=("TOKEN=canary-env-value", "EMPTY="))
    return tenants.manifest(attrs.evolve(service, credentials=credentials))


async def refuse(_number, request, carry_out):
    """Refuse Deployments in words that quote the field and nothing of its value."""
    if request.method != "PATCH" or "/deployments/" not in request.path:
        return await carry_out()
    await trio.lowlevel.checkpoint()
    body = {
        "kind": "Status",
        "code": 422,
        "reason": "Invalid",
        "status": "Failure",
        "message": "Deployment.apps is invalid: spec.template.spec.containers[0].env[0]: Invalid",
    }
    return Response(422, (("content-type", "application/json"),), orjson.dumps(body))


async def story(scene):
    """Deploy, update, be refused, lose answers, restart, be torn down; what was said meanwhile."""
    said = []

    async def listen():
        for path in ("/status", path_of(lease)):
            said.append((await ask(scene, "GET", path)).body.decode())
        for path in ("/metrics", "/readyz"):
            said.append((await probe(scene, path)).body.decode())

    lease = tenants.lease()
    await scene.start()
    await until_ready(scene)
    scene.win(lease, manifest())
    await scene.until_complete(lease)
    await listen()
    scene.watch_requests(refuse)
    scene.send(lease, manifest("nginx:1.28"))
    await scene.pause(30)
    await listen()
    scene.watch_requests(_lose_answers)
    scene.send(lease, manifest("nginx:1.29"))
    await scene.pause(30)
    await listen()
    scene.watch_requests()
    await scene.until_complete(lease)
    await scene.kill()
    await scene.start()
    await scene.until_complete(lease)
    _break(scene, lease)
    await scene.pause(30)
    await listen()
    scene.close(lease)
    await scene.until(lambda: scene.status(lease) is None, 300, "gone")
    await listen()
    return said, scene.logs, [entry.target for entry in scene.world.journal.requests]


async def _lose_answers(number, _request, carry_out):
    answer = await carry_out()
    return Response(500) if number % 3 == 0 else answer


def _break(scene, lease):
    """A bug in the manager whose text holds the whole manifest."""
    manager = scene.daemon.service.manager(lease)

    def broken(*_args, **_kwargs):
        raise RuntimeError(f"cannot do with {manifest()}")

    object.__setattr__(manager._converging, "permitted", broken)
    scene.daemon.submit(lease, manifest("nginx:1.30"), "dc1")


def test_no_secret_is_said_anywhere():
    said, logs, requests = play(story)

    stream = io.StringIO()
    for record in logs:
        json_sink(stream)(record)
        text_sink(stream)(record)
    texts = [*said, *requests, stream.getvalue()]
    assert "manager broke" in stream.getvalue()
    assert any("spec.template.spec.containers[0].env[0]" in text for text in said)
    assert [spelling for spelling in SPELLINGS if any(spelling in text for text in texts)] == []


def test_a_manifests_own_text_holds_no_secret():
    shown = repr(manifest())

    assert "nginx:1.27" in shown
    assert [canary for canary in CANARIES if canary in shown] == []


def test_the_search_would_find_what_is_there():
    assert "canary-env-value" in str([service.env for service in manifest()[0].services])
