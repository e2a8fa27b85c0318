import attrs
import pytest

from provider.lease.hostrules import require_hosts
from provider.lease.manifest import (
    CPU,
    GPU,
    Expose,
    Group,
    ManifestError,
    Memory,
    Resources,
    Service,
)

HTTP = Expose(8080, external_port=80, global_=True)
RESOURCES = Resources(1, CPU(100), Memory(2**20), (), GPU(0), ())


def manifest(*expose):
    return (Group("dc1", (Service("web", "nginx", RESOURCES, 1, expose=expose),)),)


def test_an_ingress_without_a_hostname_is_refused_where_none_is_generated():
    with pytest.raises(ManifestError) as caught:
        require_hosts(manifest(Expose(1), HTTP), static_hosts=False)

    assert caught.value.path == "[0].services[0].expose[1].hosts"


@pytest.mark.parametrize(
    ("expose", "static_hosts"),
    [
        (HTTP, True),
        (attrs.evolve(HTTP, hosts=("a.example.com",)), False),
        (Expose(7000, global_=True), False),
        (attrs.evolve(HTTP, proto="UDP"), False),
        (Expose(80, service="db"), False),
    ],
)
def test_everything_else_passes(expose, static_hosts):
    require_hosts(manifest(expose), static_hosts=static_hosts)
