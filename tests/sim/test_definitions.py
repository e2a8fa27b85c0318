"""
Stack definitions that tenants really deploy, each from its text to pods that are Ready, and away again.

Those whose rendering would repeat a key of a list (a container's port, a Service's) are each a test:
server-side apply refuses such a list whole. The others share worlds, by what they need of one.
"""

from collections import Counter
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import attrs
import pytest
import trio

from provider.cluster.submission import Accepted, Rejected
from provider.lease.groups import encode_groups
from provider.lease.version import version_hash
from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError
from provider.workload import crds
from provider.workload.options import RenderOptions
from simulator import deterministic
from simulator.controllers.settings import ControllerSettings, NodeShape, gpu_label
from simulator.world import open_world
from tests.sim import checks, tenants
from tests.sim.scene import SEED, Scene, name_of

FOLDER = Path(__file__).parents[1] / "data" / "sdl" / "awesome"

REPEATING = {
    "CodiMD--deploy.yaml": {("database", "port 5432/TCP")},
    "bitcoin-knots-mempool-ui--deploy-mempool.yaml": {
        ("app", "port 8332/TCP"),
        ("db", "port 3306/TCP"),
    },
    "discourse--deploy.yml": {("postgresql", "port 5432/TCP"), ("redis", "port 6379/TCP")},
    "litellm--deploy.yaml": {("litellm", "port 4000/TCP")},
    "metabase--deploy.yaml": {("postgres", "port 5432/TCP")},
    "mlflow--deploy.yaml": {("minio", "port 9000/TCP")},
    "mordhau--deploy.yaml": {("mordhau", "port 27016/TCP"), ("mordhau", "port 27021/TCP")},
    "phoenix--deploy.yaml": {("phoenix", "port 6006/TCP")},
    "squad--deploy.yaml": {("squad", "port 27016/TCP"), ("squad", "port 27021/TCP")},
    "steampipe--deploy.yaml": {("steampipe", "port 27016/TCP"), ("steampipe", "port 27021/TCP")},
    "valheim--deploy.yaml": {("valheim", "port 27016/TCP"), ("valheim", "port 27021/TCP")},
}
"""Service and key; `test_every_definition_that_repeats_a_key_is_known` finds them anew."""

NOT_COMPILED = 7
"""Why, is the business of tests/unit/sdl/test_tenants.py."""

LARGE = {"cpu": "512", "memory": "4Ti", "ephemeral_storage": "32Ti"}


def graphics_node(model, count, *, ram, interface):
    """A node as the inventory operator labels it: a number at every label of a card."""
    found = {
        gpu_label("nvidia", model): str(count),
        gpu_label("nvidia", model, ram=ram): str(count),
        gpu_label("nvidia", model, interface=interface): str(count),
    }
    return NodeShape(
        **LARGE,
        labels={"akash.network": "true", **found},
        extended={"nvidia.com/gpu": str(count)},
    )


GRAPHICS = (
    graphics_node("rtx4090", 16, ram="24Gi", interface="pcie"),
    # The scheduler spreads what the book of capacity packs: two that want all eight need two to spare.
    *(graphics_node("a100", 8, ram="80Gi", interface="sxm") for _ in range(4)),
    graphics_node("h200", 8, ram="141Gi", interface="sxm"),
)
PLAIN = (NodeShape(**LARGE), NodeShape(**LARGE))
OFFERING = RenderOptions(leased_ips=True, static_hosts_domain="ingress.example.com")
"""What it takes to serve all of them."""
DEFAULT = ControllerSettings()
RUNTIME_CLASS = {
    "apiVersion": "node.k8s.io/v1",
    "kind": "RuntimeClass",
    "metadata": {"name": "nvidia"},
    "handler": "nvidia",
}


# ── the definitions ─────────────────────────────────────────────────────────────────────────────


@cache
def compiled():
    """Every definition that compiles, by the name of its file."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        try:
            found[path.name] = compile_sdl(path.read_text())
        except SdlError:
            continue
    return found


def services(definition):
    return [service for group in definition.manifest for service in group.services]


def repeated(service):
    """Keys that the service gives more than once where Kubernetes has a map in the guise of a list."""
    exposes = service.expose or ()
    keys = Counter(
        [f"variable {entry.partition('=')[0]}" for entry in service.env or ()]
        + [f"mount {s.mount}" for s in (service.params.storage if service.params else ())]
        + [f"port {expose.port}/{expose.proto}" for expose in exposes]
    )
    return {key for key, count in keys.items() if count > 1}


def needs_graphics(definition):
    return any(s.resources.gpu and s.resources.gpu.units for s in services(definition))


def needs_address(definition):
    return any(expose.ip for s in services(definition) for expose in s.expose or ())


def needs_volume(definition):
    return any(
        attribute.key == "persistent" and attribute.value == "true"
        for s in services(definition)
        for volume in s.resources.storage
        for attribute in volume.attributes or ()
    )


KINDS = {
    "graphics cards": needs_graphics,
    "leased addresses": needs_address,
    "volumes that stay": needs_volume,
    "nothing special": lambda _: True,
}


def batch(kind):
    """Names of what repeats no key and needs this, and nothing of what comes before it."""
    names = []
    for name, definition in compiled().items():
        first = next(k for k, needs in KINDS.items() if needs(definition))
        if first == kind and name not in REPEATING:
            names.append(name)
    return names


# ── the world ───────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _opened(nodes, options, controllers):
    async with (
        # Two nodes of the chain: many leases are closed at once.
        open_world(seed=SEED, controllers=controllers, nodes=nodes, market_nodes=2) as world,
        trio.open_nursery() as nursery,
    ):
        await world.install((*crds.definitions(), RUNTIME_CLASS))
        scene = Scene(world, SEED, nursery, options=options)
        await scene.start()
        await scene.until(lambda: not scene.daemon.readiness(), what="ready")
        await scene.until(lambda: len(scene.daemon.capacity().nodes) == len(nodes), what="nodes")
        yield scene
        nursery.cancel_scope.cancel()


def play(story, *, nodes=PLAIN, options=OFFERING, controllers=DEFAULT):
    """Run a story in a world with such nodes."""

    async def main():
        async with _opened(nodes, options, controllers) as scene:
            return await story(scene)

    return deterministic.run(SEED, main)


async def sent(scene, lease, definition):
    """The tenant has won the lease and sends the manifest, as the chain knows it."""
    scene.world.chain.open(
        name_of(lease),
        manifest_hash=version_hash(definition.manifest),
        groups=encode_groups(definition.groups),
    )
    return await scene.daemon.accept(lease, definition.manifest)


async def lived(scene, definitions):
    """Each of them whole and healthy, then closed, and nothing left."""
    leases = {tenants.lease(7000 + n): one for n, one in enumerate(definitions)}
    for lease, definition in leases.items():
        assert await sent(scene, lease, definition) == Accepted(1, new=True)
    for lease, definition in leases.items():
        await scene.until_complete(lease)
        assert_runs_whole(scene, lease, definition)
    quiet = scene.world.clock.now()
    await scene.pause(90)
    assert checks.daemon_writes(scene, quiet) == []
    for lease in leases:
        scene.close(lease)
    await scene.until(lambda: not any(checks.remains(scene, lease) for lease in leases), 150)
    assert checks.murders(scene, *leases) == []
    assert [pod for lease in leases for pod in checks.naked_pods(scene, lease)] == []
    assert [r["event"] for r in scene.logs if r["level"] == "error"] == []


def assert_runs_whole(scene, lease, definition):
    """A Ready pod for each replica, with each port, variable and mount of its service, and each once."""
    pods = [
        obj
        for kind, obj in scene.objects()
        if kind == checks.PODS and obj["metadata"]["namespace"] == lease.namespace
    ]
    for service in services(definition):
        mine = [
            pod
            for pod in pods
            if pod["metadata"]["labels"]["akash.network/manifest-service"] == service.name
        ]
        assert len(mine) == service.count
        for pod in mine:
            ready = {c["type"]: c["status"] for c in pod["status"]["conditions"]}["Ready"]
            assert ready == "True"
            assert_has_each_key_once(pod["spec"]["containers"][0], service)


def assert_has_each_key_once(container, service):
    ports = [(p["containerPort"], p["protocol"]) for p in container.get("ports", ())]
    assert sorted(ports) == sorted({(e.port, e.proto) for e in service.expose or ()})
    names = [variable["name"] for variable in container["env"]]
    assert len(names) == len(set(names))
    assert {entry.partition("=")[0] for entry in service.env or ()} <= set(names)
    mounts = [m["mountPath"] for m in container.get("volumeMounts", ())]
    assert len(mounts) == len(set(mounts))
    assert {s.mount for s in (service.params.storage if service.params else ())} <= set(mounts)


# ── tests ───────────────────────────────────────────────────────────────────────────────────────


def test_every_definition_that_repeats_a_key_is_known():
    found = {
        name: {(s.name, key) for s in services(one) for key in repeated(s)}
        for name, one in compiled().items()
    }

    assert {name: keys for name, keys in found.items() if keys} == REPEATING


def test_every_definition_that_compiles_is_in_one_batch_or_a_test_of_its_own():
    together = [name for kind in KINDS for name in batch(kind)]

    assert sorted([*together, *REPEATING]) == sorted(compiled())
    assert len(compiled()) == len(list(FOLDER.iterdir())) - NOT_COMPILED
    assert all(batch(kind) for kind in KINDS)


@pytest.mark.parametrize("name", REPEATING)
def test_a_definition_that_repeats_a_key_becomes_ready_and_goes_without_a_trace(name):
    async def story(scene):
        await lived(scene, [compiled()[name]])

    play(story)


@pytest.mark.parametrize("kind", KINDS)
def test_definitions_become_ready_together_and_go_without_a_trace(kind):
    async def story(scene):
        await lived(scene, [compiled()[name] for name in batch(kind)])

    play(story, nodes=GRAPHICS if kind == "graphics cards" else PLAIN)


REPEATS_ALL = """
version: "2.0"
services:
  game:
    image: example.com/game:1
    env: [MODE=first, MAP=dust, MODE=last]
    expose:
      - {port: 8080, as: 80, accept: [game.example.com], to: [{global: true}]}
      - {port: 8080, as: 8081, to: [{global: true}, {service: bot}]}
      - {port: 27015, proto: tcp, to: [{global: true}]}
      - {port: 27015, proto: udp, to: [{global: true}]}
      - {port: 27015, proto: udp, to: [{service: bot}]}
  bot:
    image: example.com/bot:1
profiles:
  compute:
    small: {resources: {cpu: {units: 1}, memory: {size: 512Mi}, storage: {size: 1Gi}}}
  placement:
    here: {pricing: {small: {denom: uakt, amount: 1}}}
deployment:
  game: {here: {profile: small, count: 1}}
  bot: {here: {profile: small, count: 1}}
"""


def test_of_what_is_given_twice_the_last_value_runs_and_each_port_is_open_once():
    """A variable, a container's port, a Service's port; none of the tenants' at hand repeats a variable."""
    definition = compile_sdl(REPEATS_ALL)
    assert repeated(definition.manifest[0].services[1]) >= {"variable MODE", "port 8080/TCP"}

    async def story(scene):
        lease = tenants.lease()
        assert await sent(scene, lease, definition) == Accepted(1, new=True)
        await scene.until_complete(lease)
        assert_runs_whole(scene, lease, definition)
        return {
            f"{kind} {obj['metadata']['name']}": obj["spec"]
            for kind, obj in scene.objects()
            if obj["metadata"].get("namespace") == lease.namespace and "spec" in obj
        }

    specs = play(story)

    container = specs["apps/v1/deployments game"]["template"]["spec"]["containers"][0]
    assert {v["name"]: v.get("value") for v in container["env"]}["MODE"] == "last"
    inside = specs["v1/services game"]["ports"]
    keys = [(port["port"], port["protocol"]) for port in inside]
    assert len(keys) == len(set(keys))
    assert {(80, "TCP"), (8081, "TCP"), (27015, "UDP")} <= set(keys)
    outside = specs["v1/services game-np"]["ports"]
    opened = {(port["port"], port["protocol"]) for port in outside}
    assert {(8081, "TCP"), (27015, "TCP"), (27015, "UDP")} <= opened


# ── what the operator does not offer ────────────────────────────────────────────────────────────

NO_ADDRESS = attrs.evolve(OFFERING, leased_ips=False)
NO_DOMAIN = attrs.evolve(OFFERING, static_hosts_domain="")
SOLD_DOMAIN = attrs.evolve(OFFERING, blocked_hostnames=(".changeme.com",))

REFUSED = {
    "Kadena--deploy.yml": (NO_ADDRESS, "[0].services[0].expose[0].ip", "not offered here"),
    "codex--deploy.yml": (NO_ADDRESS, "[0].services[0].expose[0].ip", "not offered here"),
    "cjdns-pkt--deploy.yaml": (NO_ADDRESS, "[0].services[0].expose[0].ip", "not offered here"),
    "metabase--deploy.yaml": (NO_DOMAIN, "[0].services[0].expose[0].hosts", "generates none"),
    "librespeed--deploy.yaml": (NO_DOMAIN, "[0].services[0].expose[0].hosts", "generates none"),
    "bitcoin-knots-mempool-ui--deploy-mempool.yaml": (
        SOLD_DOMAIN,
        "[0].services[1].expose[1].hosts",
        "bitcoinrpc.changeme.com is blocked",
    ),
}
"""What the operator offers, where the refusal points, and what it says."""

WAITING = {
    "ollama-gpu--deploy.yaml": "service ollama: no node has 1 GPU nvidia/*",
    "stable-diffusion-ui--deploy.yaml": "no node has 1 GPU nvidia/rtx4090",
    "Hermes-Agent--deploy.yaml": "service hermes-bot: no node offers storage class beta3",
    "polkadot--deploy.yaml": "cpu: wants 4000m, largest free on one node 2000m",
}
"""What the status says is missing in a cluster of one small node without volumes."""
SMALL = (NodeShape(cpu="2", memory="128Gi"),)
NO_VOLUMES = ControllerSettings(storage_classes=())


@pytest.mark.parametrize("name", REFUSED)
def test_what_this_provider_does_not_offer_is_refused_at_its_place_and_nothing_is_made(name):
    options, path, rule = REFUSED[name]

    async def story(scene):
        lease = tenants.lease()
        answer = await sent(scene, lease, compiled()[name])
        await scene.pause(60)
        return answer, checks.remains(scene, lease), scene.status(lease)

    answer, made, status = play(story, options=options)

    assert isinstance(answer, Rejected)
    assert answer.path == path
    assert rule in answer.rule
    assert made == []
    assert status is None or status.phase == "deploy-pending"


@pytest.mark.parametrize("name", WAITING)
def test_what_no_node_has_room_for_waits_and_says_for_what(name):
    async def story(scene):
        lease = tenants.lease()
        assert await sent(scene, lease, compiled()[name]) == Accepted(1, new=True)
        await scene.pause(60)
        kinds = {line.split()[0] for line in checks.remains(scene, lease)}
        return scene.status(lease), kinds

    status, kinds = play(story, nodes=SMALL, controllers=NO_VOLUMES)

    assert WAITING[name] in status.missing
    assert status.phase == "deploy-pending"
    assert not kinds & {checks.DEPLOYMENTS, "apps/v1/statefulsets", checks.PODS}
