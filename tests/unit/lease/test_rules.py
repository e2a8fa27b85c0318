import attrs
import pytest

from provider.lease.manifest import (
    CPU,
    GPU,
    Expose,
    Group,
    ManifestError,
    Memory,
    Resources,
    Service,
    Storage,
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
