"""
The gateway with the real daemon behind it, in virtual time.

Requests go straight to the handlers; what they cross on a real machine, a loopback socket, is tested in
`tests/unit/gateway`.
"""

from functools import partial

import orjson
import trio

from provider.gateway.operator import Operator
from provider.gateway.probes import Heartbeat, Probes
from provider.gateway.token import Token
from provider.lease.codec import encode_manifest
from provider.lease.groups import encode_groups
from provider.lease.version import version_hash
from provider.sdl.compile import compile_sdl
from simulator.market.leases import DeploymentName
from simulator.wire.messages import Response
from simulator.world import MARKET
from tests.sim import checks, tenants
from tests.sim.scene import name_of, play
from tests.unit.gateway.fakes import SECRET, asked, told

SDL = """\
version: "2.0"
services:
  web:
    image: {image}
    env: ["A=1"]
    expose: [{{port: 80, accept: ["{host}"], to: [{{global: true}}]}}]
profiles:
  compute:
    web: {{resources: {{cpu: {{units: 0.1}}, memory: {{size: 128Mi}}, storage: {{size: 512Mi}}}}}}
  placement:
    dc1: {{pricing: {{web: {{denom: uakt, amount: 100}}}}}}
deployment:
  web: {{dc1: {{profile: web, count: 1}}}}
"""


def compiled(image="nginx:1.27", host="web.example.com"):
    return compile_sdl(SDL.format(image=image, host=host))


def won(scene, lease, wanted):
    """The tenant has put hash and groups on the chain; nothing was sent yet."""
    scene.world.chain.open(
        name_of(lease),
        manifest_hash=version_hash(wanted.manifest),
        groups=encode_groups(wanted.groups),
    )


def updated(scene, lease, wanted):
    """The tenant has put the hash of another manifest on the chain."""
    name = DeploymentName(lease.owner, lease.dseq)
    scene.world.chain.update(name, version_hash(wanted.manifest))


async def ask(scene, method, path, body=b""):
    daemon = scene.daemon
    operator = Operator(daemon, Token(SECRET), daemon.metrics)
    return await operator.handle(asked(method, path, body))


def path_of(lease):
    return f"/leases/{lease.owner}/{lease.dseq}/{lease.gseq}/{lease.oseq}"


async def put(scene, lease, wanted):
    body = orjson.dumps(encode_manifest(wanted.manifest))
    return await ask(scene, "PUT", f"{path_of(lease)}/manifest", body)


async def probe(scene, path):
    probes = Probes(scene.daemon, scene.daemon.metrics, Heartbeat())
    return await probes.handle(asked("GET", path))


async def until_ready(scene):
    await scene.until(lambda: not scene.daemon.readiness(), 60, "ready")


def record_of(scene, lease):
    return next(
        obj
        for kind, obj in scene.objects()
        if kind == checks.RECORDS and obj["metadata"]["name"] == lease.namespace
    )


# ── manifests in ────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_manifest_is_on_record_when_it_is_answered():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        answer = await put(scene, lease, wanted)
        generation = record_of(scene, lease)["metadata"]["generation"]
        await scene.until_complete(lease)
        return answer.status, told(answer), generation

    assert play(story) == (200, {"generation": 1, "new": True}, 1)


def test_the_same_manifest_again_is_no_new_generation_and_no_write():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        await put(scene, lease, wanted)
        await scene.until_complete(lease)
        since = scene.world.clock.now()
        again = await put(scene, lease, wanted)
        await scene.pause(60)
        return told(again), checks.daemon_writes(scene, since)

    assert play(story) == ({"generation": 1, "new": False}, [])


def test_the_same_manifest_after_a_restart_is_no_new_generation_and_no_write():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        await put(scene, lease, wanted)
        await scene.until_complete(lease)
        await scene.kill()
        since = scene.world.clock.now()
        await scene.start()
        await until_ready(scene)
        again = await put(scene, lease, wanted)
        await scene.pause(60)
        return told(again), checks.daemon_writes(scene, since)

    assert play(story) == ({"generation": 1, "new": False}, [])


def test_the_same_manifest_twice_at_once_is_one_generation():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        answers = []

        async def send():
            answers.append(told(await put(scene, lease, wanted)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            nursery.start_soon(send)
        await scene.until_complete(lease)
        return answers, record_of(scene, lease)["metadata"]["generation"]

    answers, generation = play(story)

    assert [answer["generation"] for answer in answers] == [1, 1]
    assert generation == 1


def test_an_update_is_the_next_generation():
    async def story(scene):
        lease = tenants.lease()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, compiled())
        await put(scene, lease, compiled())
        await scene.until_complete(lease)
        newer = compiled("nginx:1.28")
        updated(scene, lease, newer)
        answer = await put(scene, lease, newer)
        await scene.until_complete(lease)
        return told(answer), told(await ask(scene, "GET", path_of(lease)))

    answer, shown = play(story)

    assert answer == {"generation": 2, "new": True}
    assert (shown["accepted_generation"], shown["newest_generation"]) == (2, 2)


def test_a_manifest_whose_hash_is_not_on_the_chain_is_rejected():
    async def story(scene):
        lease = tenants.lease()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, compiled())
        since = scene.world.clock.now()
        answer = await put(scene, lease, compiled("nginx:1.28"))
        await scene.pause(30)
        return answer.status, told(answer), checks.daemon_writes(scene, since)

    status, answer, writes = play(story)

    assert status == 422
    assert "hash" in answer["rule"]
    assert writes == []


def test_a_manifest_that_breaks_a_rule_is_rejected_with_its_place():
    async def story(scene):
        lease = tenants.lease()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, compiled())
        body = orjson.loads(orjson.dumps(encode_manifest(compiled().manifest)))
        body[0]["services"][0]["image"] = ""
        answer = await ask(scene, "PUT", f"{path_of(lease)}/manifest", orjson.dumps(body))
        return answer.status, told(answer)

    status, answer = play(story)

    assert status == 422
    assert answer["path"].startswith("[0].services[0]")
    assert answer["rule"]


def test_a_lease_that_nobody_has_is_404_and_gets_no_manager():
    async def story(scene):
        await scene.start()
        await until_ready(scene)
        answer = await put(scene, tenants.lease(), compiled())
        return answer.status, scene.daemon.statuses()

    assert play(story) == (404, ())


def test_a_lease_that_closes_is_409():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        await put(scene, lease, wanted)
        await scene.until_complete(lease)
        scene.close(lease)
        await scene.until(
            lambda: scene.status(lease).phase.startswith("teardown"), 60, "tearing down"
        )
        during = await put(scene, lease, wanted)
        await scene.until(lambda: scene.status(lease) is None, 300, "gone")
        return during.status, (await put(scene, lease, wanted)).status

    assert play(story) == (409, 409)


def test_while_the_market_is_unknown_one_is_told_to_come_back():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        silence(scene)
        await scene.pause(30)
        answer = await put(scene, lease, wanted)
        return answer.status, dict(answer.headers)

    status, headers = play(story)

    assert status == 503
    assert int(headers["retry-after"]) >= 1


def silence(scene):
    """From here on the market answers 500."""

    async def broken(_request):
        await trio.lowlevel.checkpoint()
        return Response(500)

    scene.world.network.listen(MARKET, broken)


# ── readiness ───────────────────────────────────────────────────────────────────────────────────


def names(answer):
    return {line.partition(":")[0] for line in answer.body.decode().splitlines()}


def test_a_daemon_that_has_not_started_is_not_ready():
    async def story(scene):
        await scene.start()
        scene.daemon = type(scene.daemon)(
            settings=scene.daemon.settings,
            wall=scene.daemon.wall,
            rng=scene.daemon.rng,
            log=scene.daemon.log,
        )
        return await probe(scene, "/readyz"), await ask(scene, "GET", "/status")

    ready, status = play(story)

    assert (ready.status, names(ready)) == (503, {"starting"})
    assert told(status)["ready"] is False


def test_a_daemon_that_has_seen_nothing_yet_says_what_it_waits_for():
    async def story(scene):
        await scene.start()
        return await probe(scene, "/readyz")

    answer = play(story)

    assert answer.status == 503
    assert {"cluster not seen", "nodes not seen", "market unknown", "not the holder"} <= names(
        answer
    )


def test_a_cluster_without_the_kinds_is_told_how_to_get_them():
    async def story(scene):
        definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        await scene.meddle("DELETE", f"{definition}/providerhosts.akash.network")
        await scene.pause(10)
        await scene.start()
        await scene.pause(30)
        return (await probe(scene, "/readyz")).body.decode()

    (line,) = [line for line in play(story).splitlines() if line.startswith("cluster not seen")]

    assert "providerhosts" in line
    assert "provider crds" in line


def test_it_becomes_ready_by_itself():
    async def story(scene):
        await scene.start()
        await until_ready(scene)
        return (await probe(scene, "/readyz")).status

    assert play(story) == 200


def test_a_market_that_falls_silent_is_a_reason():
    async def story(scene):
        await scene.start()
        await until_ready(scene)
        silence(scene)
        await scene.pause(60)
        return names(await probe(scene, "/readyz"))

    assert play(story) == {"market unknown"}


def test_a_second_daemon_waits_ready_for_reads():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        await put(scene, lease, wanted)
        await scene.until_complete(lease)
        await scene.start()
        await scene.pause(60)
        return names(await probe(scene, "/readyz")), told(await ask(scene, "GET", "/status"))

    reasons, status = play(story)

    assert reasons == {"not the holder"}
    assert len(status["leases"]) == 1


def test_an_api_server_that_falls_silent_is_a_reason():
    async def story(scene):
        await scene.start()
        await until_ready(scene)
        scene._link.cut(silent=True)
        await scene.pause(200)
        return names(await probe(scene, "/readyz"))

    assert "cluster not heard" in play(story)


def test_a_daemon_that_leaves_is_not_ready():
    async def story(scene):
        await scene.start()
        await until_ready(scene)
        scene.daemon.drain()
        return names(await probe(scene, "/readyz"))

    assert "leaving" in play(story)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────


def test_status_shows_lease_market_and_room():
    async def story(scene):
        lease, wanted = tenants.lease(), compiled()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, wanted)
        await put(scene, lease, wanted)
        await scene.until_complete(lease)
        return told(await ask(scene, "GET", "/status"))

    status = play(story)

    (row,) = status["leases"]
    assert (row["phase"], row["health"], row["hostnames"]) == (
        "deploy-complete",
        "healthy",
        ["web.example.com"],
    )
    assert status["ready"] is True
    assert status["market"][0]["ok"] is True
    assert {brake["name"]: brake["engaged"] for brake in status["brakes"]} == {
        "losses": False,
        "closures": False,
    }
    assert status["obligations"] == []
    assert status["capacity"]["leases"] == 1
    assert status["capacity"]["nodes"]


def test_a_refused_manifest_shows_the_object_and_field_that_were_refused():
    async def story(scene):
        lease = tenants.lease()
        await scene.start()
        await until_ready(scene)
        won(scene, lease, compiled())
        await put(scene, lease, compiled())
        await scene.until_complete(lease)
        newer = compiled("nginx:1.28")
        updated(scene, lease, newer)
        scene.watch_requests(partial(_refuse_deployments))
        await put(scene, lease, newer)
        await scene.pause(30)
        return told(await ask(scene, "GET", path_of(lease)))

    shown = play(story)

    assert shown["refusal"]
    assert "Deployment" in shown["refusal_object"]
    assert shown["refusal_field"] == "spec.template.spec.containers[0].image"
    assert shown["accepted_generation"] == 1


async def _refuse_deployments(_number, request, carry_out):
    if request.method != "PATCH" or "/deployments/" not in request.path:
        return await carry_out()
    await trio.lowlevel.checkpoint()
    field = "spec.template.spec.containers[0].image"
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": f'Deployment.apps "web" is invalid: {field}: Invalid value',
        "reason": "Invalid",
        "details": {
            "name": "web",
            "group": "apps",
            "kind": "Deployment",
            "causes": [{"reason": "FieldValueInvalid", "message": "Invalid value", "field": field}],
        },
        "code": 422,
    }
    headers = (("content-type", "application/json"),)
    return Response(422, headers, orjson.dumps(status))


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def test_a_hostname_moves_to_another_lease_of_its_owner():
    async def story(scene):
        first, second = tenants.lease(1000), tenants.lease(2000)
        await scene.start()
        await until_ready(scene)
        for lease in (first, second):
            won(scene, lease, compiled())
            await put(scene, lease, compiled())
            await scene.until_complete(lease)
        before = scene.status(second).withheld
        name = f"{second.owner}/{second.dseq}/1/1"
        body = orjson.dumps({"lease": name})
        answer = await ask(scene, "POST", "/hostnames/web.example.com/transfer", body)
        await scene.until(lambda: scene.status(second).hostnames == ("web.example.com",))
        return before, answer.status, scene.status(first).withheld

    before, status, after = play(story)

    assert before == ("web.example.com",)
    assert status == 200
    assert after == ("web.example.com",)


def test_a_hostname_of_another_owner_does_not_move():
    async def story(scene):
        first, second = tenants.lease(1000), tenants.lease(2000, owner=tenants.BOB)
        await scene.start()
        await until_ready(scene)
        for lease, wanted in ((first, compiled()), (second, compiled(host="other.example.com"))):
            won(scene, lease, wanted)
            await put(scene, lease, wanted)
            await scene.until_complete(lease)
        body = orjson.dumps({"lease": str(second)})
        answer = await ask(scene, "POST", "/hostnames/web.example.com/transfer", body)
        await scene.pause(30)
        return answer.status, told(answer), scene.status(first).hostnames

    status, answer, still = play(story)

    assert status == 422
    assert tenants.ALICE not in str(answer)
    assert still == ("web.example.com",)
