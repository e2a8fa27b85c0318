import attrs
import pytest

from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Credentials,
    Expose,
    Group,
    HTTPOptions,
    ManifestError,
    Memory,
    Params,
    Resources,
    Service,
    Storage,
    StorageParams,
)
from provider.lease.rules import validate

RESOURCES = Resources(1, CPU(100), Memory(2**20), (), GPU(0), ())
HTTP = Expose(8080, external_port=80, global_=True, hosts=("www.example.com",))
INNER = Expose(5432, service="web")


def service(name="web", **changes):
    return attrs.evolve(Service(name, "nginx", RESOURCES, 1, expose=(HTTP,)), **changes)


def manifest(**changes):
    return (Group("westcoast", (service(**changes),)),)


def resources(**changes):
    return manifest(resources=attrs.evolve(RESOURCES, **changes))


def expose(**changes):
    return manifest(expose=(attrs.evolve(HTTP, **changes),))


def cases(*next_cases):
    return expose(http_options=HTTPOptions(next_cases=next_cases))


def kept(name="data", **attributes):
    pairs = tuple(Attribute(key, value) for key, value in attributes.items())
    return Storage(name, 2**20, pairs or (Attribute("persistent", "true"),))


def stored(*volumes, mounts=(), **changes):
    params = Params(storage=tuple(StorageParams(*mount) for mount in mounts))
    return manifest(resources=attrs.evolve(RESOURCES, storage=volumes), params=params, **changes)


NODE_PORT = Expose(8080, global_=True)
LEASED = Expose(8080, global_=True, ip="myip")


def test_plain_manifest_passes():
    validate(manifest())


@pytest.mark.parametrize(
    "good",
    [
        manifest(name="a"),
        manifest(name="a" * 63),
        manifest(name="a-0"),
        manifest(env=("A=", "A", "_a.b-c=x=y", "_1=")),
        manifest(count=0),
        manifest(expose=(HTTP, INNER)),
        expose(external_port=0),
        expose(external_port=65535, port=65535),
        expose(proto="UDP"),
        expose(hosts=None),
        expose(hosts=("a", "1.2", "x-y.z")),
        resources(storage=(Storage("default", 2**64 - 1),), cpu=CPU(2**32 - 1)),
        # Nothing is named after such volumes.
        resources(storage=(Storage("default", 1), Storage("default", 2), Storage("_", 1))),
        expose(hosts=("1.2.3", "1.2.3.4.example.com", "1.2.3.256")),
        cases("error", "timeout", "500", "429"),
        cases("off"),
        cases(),
        stored(kept("a"), kept("b", **{"class": "ram"}), mounts=(("a", "/a"), ("b", "/a"))),
        stored(kept("a"), mounts=(("a", ""),)),
        stored(kept("x" * 10), name="a" * 52),
        manifest(params=Params(permissions_read=("deployment", "logs", "events"))),
        manifest(credentials=Credentials("registry.example", "", "me", "secret")),
        manifest(name="a" * 60, expose=(NODE_PORT,)),
        manifest(name="a" * 51, expose=(LEASED,)),
        manifest(expose=(LEASED, attrs.evolve(LEASED, proto="UDP"))),
        manifest(expose=(attrs.evolve(LEASED, ip="x" * 195, external_port=10000),)),
        manifest(expose=(attrs.evolve(LEASED, ip="my_ip" * 99),)),
        (
            Group("a", (service("api", expose=None), service("web", expose=(HTTP,)))),
            Group("b", (service("web", expose=None),)),
        ),
    ],
)
def test_manifest_within_the_rules_passes(good):
    validate(good)


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ((), ""),
        ((*manifest(), Group("westcoast", (service(expose=None),))), "[1].name"),
        ((Group("westcoast"),), "[0].services"),
        ((Group("g", (service("web"), service("api", expose=None))),), "[0].services[1].name"),
        ((Group("g", (service("web"), service("web", expose=None))),), "[0].services[1].name"),
        (manifest(expose=None), ""),
        (manifest(expose=(INNER,)), ""),
        (manifest(name=""), "[0].services[0].name"),
        (manifest(name="1web"), "[0].services[0].name"),
        (manifest(name="web-"), "[0].services[0].name"),
        (manifest(name="Web"), "[0].services[0].name"),
        (manifest(name="web\n"), "[0].services[0].name"),
        (manifest(name="a" * 64), "[0].services[0].name"),
        (manifest(image=""), "[0].services[0].image"),
        (manifest(env=("A=1", "=x")), "[0].services[0].env[1]"),
        (manifest(env=("",)), "[0].services[0].env[0]"),
        (manifest(env=("1A=x",)), "[0].services[0].env[0]"),
        (manifest(env=("A B=x",)), "[0].services[0].env[0]"),
        (manifest(env=("..A=x",)), "[0].services[0].env[0]"),
        (manifest(env=(".=x",)), "[0].services[0].env[0]"),
        (resources(id=0), "[0].services[0].resources.id"),
        (resources(cpu=None), "[0].services[0].resources.cpu"),
        (resources(memory=None), "[0].services[0].resources.memory"),
        (resources(gpu=None), "[0].services[0].resources.gpu"),
        (resources(storage=None), "[0].services[0].resources.storage"),
        (resources(endpoints=None), "[0].services[0].resources.endpoints"),
        (resources(cpu=CPU(2**32)), "[0].services[0].resources.cpu.units"),
        (resources(gpu=GPU(2**32)), "[0].services[0].resources.gpu.units"),
        (resources(memory=Memory(2**64)), "[0].services[0].resources.memory.size"),
        (
            resources(storage=(Storage("default", 2**64),)),
            "[0].services[0].resources.storage[0].size",
        ),
        (manifest(expose=(INNER, HTTP)), "[0].services[0].expose[1]"),
        (
            manifest(expose=(attrs.evolve(HTTP, global_=False, hosts=None), HTTP)),
            "[0].services[0].expose[1]",
        ),
        (expose(port=0), "[0].services[0].expose[0].port"),
        (expose(port=65536), "[0].services[0].expose[0].port"),
        (expose(external_port=65536), "[0].services[0].expose[0].externalPort"),
        (expose(proto="tcp"), "[0].services[0].expose[0].proto"),
        (expose(proto=""), "[0].services[0].expose[0].proto"),
        (expose(hosts=("a", "A.example")), "[0].services[0].expose[0].hosts[1]"),
        (expose(hosts=("*.example.com",)), "[0].services[0].expose[0].hosts[0]"),
        (expose(hosts=("a..b",)), "[0].services[0].expose[0].hosts[0]"),
        (expose(hosts=("a" * 254,)), "[0].services[0].expose[0].hosts[0]"),
        (expose(hosts=("a", "10.0.0.1")), "[0].services[0].expose[0].hosts[1]"),
        (expose(hosts=("010.00.0.001",)), "[0].services[0].expose[0].hosts[0]"),
        (manifest(image=" nginx"), "[0].services[0].image"),
        (manifest(image="nginx\n"), "[0].services[0].image"),
        (cases("error", "600"), "[0].services[0].expose[0].httpOptions.nextCases[1]"),
        (cases("error; } evil"), "[0].services[0].expose[0].httpOptions.nextCases[0]"),
        (cases("off", "error"), "[0].services[0].expose[0].httpOptions.nextCases[0]"),
        (stored(kept("a_b")), "[0].services[0].resources.storage[0].name"),
        (stored(kept("")), "[0].services[0].resources.storage[0].name"),
        (stored(kept("a"), kept("a")), "[0].services[0].resources.storage[1].name"),
        (
            stored(Storage("A", 1), mounts=(("A", "/a"),)),
            "[0].services[0].resources.storage[0].name",
        ),
        (stored(kept("a"), mounts=(("b", "/b"),)), "[0].services[0].params.storage[0].name"),
        (stored(kept("a"), mounts=(("a", "b"),)), "[0].services[0].params.storage[0].mount"),
        (stored(kept("a"), mounts=(("a", "/b:c"),)), "[0].services[0].params.storage[0].mount"),
        (stored(kept("x" * 11), name="a" * 52), "[0].services[0].name"),
        (stored(kept("x"), name="a" * 53), "[0].services[0].name"),
        (manifest(name="a" * 61, expose=(NODE_PORT,)), "[0].services[0].name"),
        (manifest(name="a" * 52, expose=(LEASED,)), "[0].services[0].name"),
        (
            manifest(params=Params(permissions_read=("logs", "secrets"))),
            "[0].services[0].params.permissions.read[1]",
        ),
        (manifest(credentials=Credentials("", "", "me", "x")), "[0].services[0].credentials.host"),
        (manifest(expose=(LEASED, LEASED)), "[0].services[0].expose[1].ip"),
        (
            manifest(expose=(LEASED, attrs.evolve(LEASED, port=9000, external_port=8080))),
            "[0].services[0].expose[1].ip",
        ),
        (
            (Group("a", (service(expose=(LEASED,)),)), Group("b", (service(expose=(LEASED,)),))),
            "[1].services[0].expose[0].ip",
        ),
        (
            manifest(expose=(HTTP, attrs.evolve(LEASED, global_=False, service="x"))),
            "[0].services[0].expose[1].ip",
        ),
        (
            manifest(expose=(attrs.evolve(LEASED, ip="x" * 196, external_port=10000),)),
            "[0].services[0].expose[0].ip",
        ),
        (expose(hosts=("a", "a")), "[0].services[0].expose[0].hosts[1]"),
        (
            (Group("a", (service(),)), Group("b", (service(),))),
            "[1].services[0].expose[0].hosts[0]",
        ),
    ],
)
def test_broken_rule_is_refused_with_its_path(bad, path):
    with pytest.raises(ManifestError) as caught:
        validate(bad)

    assert caught.value.path == path


def test_every_refusal_says_what_would_be_right():
    with pytest.raises(ManifestError) as caught:
        validate(manifest(name="a" * 61, expose=(NODE_PORT,)))

    assert caught.value.rule == (
        f"'{'a' * 61}' is too long: its node port would be named '{'a' * 61}-np', expected at most "
        "63 characters"
    )
