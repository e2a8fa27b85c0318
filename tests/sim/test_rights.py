"""The daemon runs with the rights that `provider rbac` prints, and uses every one of them."""

from pathlib import Path

import attrs
import orjson
import yaml

from provider.lease.manifest import Attribute, Credentials, Expose, Params, Storage, StorageParams
from provider.workload import crds, rights
from provider.workload.options import RenderOptions
from provider.workload.rights import EVERYWHERE, NAME, PASSED_ON, RECORDS, Right
from simulator.access.attributes import attributes
from simulator.api.server import MAX_BODY_BYTES
from simulator.wire.messages import Request, Response
from simulator.world import KUBERNETES
from tests.sim import tenants
from tests.sim.scene import play

DEPLOY = Path(__file__).parents[2] / "deploy" / "provider.yaml"
LEASE = tenants.lease()
SECOND = tenants.lease(1001)


def everything(image="nginx:1"):
    """A web app with a private image, rights, a leased address and a node port, and its database."""
    web = tenants.web(image=image)
    udp = Expose(
        53,
        proto="UDP",
        global_=True,
        ip="front",
        endpoint_sequence_number=1,
        http_options=tenants.OPTIONS,
    )
    game = Expose(7777, global_=True, http_options=tenants.OPTIONS)
    web = attrs.evolve(
        web,
        expose=tuple(sorted((*web.expose, udp, game), key=lambda e: (e.service, e.port, e.proto))),
        credentials=Credentials("ghcr.io", "", "alice", "s3cret"),
        params=Params(permissions_read=("logs", "events")),
    )
    return tenants.manifest(web, tenants.database())


def plain():
    """The same services without all that, each run by the other kind of controller."""
    web = attrs.evolve(
        tenants.web(host="plain.example.com"),
        resources=tenants.resources(
            Storage("default", 512 * 2**20),
            Storage("data", 2**30, (Attribute("class", "beta2"), Attribute("persistent", "true"))),
        ),
        params=Params(storage=(StorageParams("data", "/data"),)),
    )
    database = attrs.evolve(tenants.database(), resources=tenants.resources(), params=None)
    return tenants.manifest(web, database)


def shown_objects():
    return list(yaml.safe_load_all(DEPLOY.read_text()))


async def installed(scene):
    """What deploy/provider.yaml says, in the cluster; a token of the daemon's ServiceAccount."""
    known = {"lease"} | {crd["metadata"]["name"] for crd in crds.definitions()}
    await scene.world.install(
        obj for obj in shown_objects() if obj["metadata"]["name"] not in known
    )
    path = f"/api/v1/namespaces/{NAME}/serviceaccounts/{NAME}/token"
    answer = await scene.world.api.handle(
        Request(method="POST", path=path, headers={"content-type": "application/json"}, body=b"{}")
    )
    return orjson.loads(answer.body)["status"]["token"]


def as_service_account(scene, token):
    """From here on the daemon's requests carry the token."""

    async def handle(request):
        if request.headers.get("user-agent", "").startswith("leasekeeper"):
            headers = {**request.headers, "authorization": f"Bearer {token}"}
            request = attrs.evolve(request, headers=headers)
        return await scene.handle(request)

    scene.world.network.listen(KUBERNETES, handle, max_body_bytes=MAX_BODY_BYTES + 65_536)


def used(scene):
    """Rights that the daemon's requests took: (place, right)."""
    for entry in scene.world.journal.requests:
        if not entry.agent.startswith("leasekeeper"):
            continue
        request = Request(method=entry.method, path=entry.target.partition("?")[0], headers={})
        query = dict(
            pair.partition("=")[::2] for pair in entry.target.partition("?")[2].split("&") if pair
        )
        asked = attributes(request.method, request.path, query)
        if not asked.resource:
            continue
        resource = "/".join(filter(None, (asked.resource, asked.subresource)))
        place = "records" if asked.namespace == "lease" else "everywhere"
        yield place, Right(asked.group, resource, asked.verb)
        if asked.verb == "patch" and b'"resourceVersion":"1"' in entry.body:
            yield place, Right(asked.group, resource, "create")


def conflicting():
    """A hook that answers the first apply of each kind as if somebody had written just before."""
    met = set()

    async def hook(_number, request, carry_out):
        plural = request.path.split("/")[-2]
        if request.method == "PATCH" and plural not in met and b"dryRun" not in request.body:
            met.add(plural)
            status = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": "Conflict",
                "message": "the object has been modified",
                "code": 409,
            }
            return Response(409, (("content-type", "application/json"),), orjson.dumps(status))
        return await carry_out()

    return hook


async def life(scene):
    """A lease with everything, updated to nothing, another one that takes its hostname, and the end."""
    scene.options = RenderOptions(leased_ips=True)
    as_service_account(scene, await installed(scene))
    await scene.start()
    await scene.until(scene.ready)
    scene.watch_requests(conflicting())
    scene.win(LEASE, everything())
    await scene.until_complete(LEASE)
    scene.send(LEASE, everything(image="nginx:2"))
    await scene.pause(60)
    await scene.until_complete(LEASE)
    scene.send(LEASE, plain())
    await scene.pause(60)
    await scene.until_complete(LEASE)
    scene.win(SECOND, everything())
    await scene.until_complete(SECOND)
    await scene.drain()
    await scene.start()
    await scene.until_complete(SECOND)
    for lease in (LEASE, SECOND):
        scene.close(lease)
    await scene.until(lambda: scene.status(LEASE) is None and scene.status(SECOND) is None, 600)
    await scene.drain()
    refused = [
        f"{entry.method} {entry.target}: {entry.answer.decode()}"
        for entry in scene.world.journal.requests
        if entry.agent.startswith("leasekeeper")
        and entry.status in (401, 403)
        and b"cannot" in entry.answer
    ]
    return refused, set(used(scene))


def test_the_daemon_is_refused_nothing_and_uses_every_right():
    refused, taken = play(life)

    assert refused == []
    everywhere = {right for place, right in taken if place == "everywhere"}
    records = {right for place, right in taken if place == "records"}
    assert EVERYWHERE - everywhere == set(), "rights that nobody uses"
    assert RECORDS - records == set(), "rights in the records namespace that nobody uses"
    assert everywhere - EVERYWHERE - PASSED_ON == set()
    assert records - RECORDS - EVERYWHERE == set()


def test_the_manifest_to_deploy_holds_what_the_commands_print():
    shown = shown_objects()

    for obj in (*crds.definitions(), *rights.objects("leasekeeper", "lease")):
        assert obj in shown
