from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.crossvalidation import cross_validate
from provider.lease.groups import GroupSpec, Price, Requirements, ResourceUnit
from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Endpoint,
    EndpointKind,
    Expose,
    Group,
    ManifestError,
    Memory,
    Resources,
    Service,
    Storage,
)

DATA = Storage("data", 2**30, (Attribute("class", "beta3"), Attribute("persistent", "true")))
SMALL = Resources(1, CPU(100), Memory(2**20), (Storage("default", 1),), GPU(0), (Endpoint(),))
LARGE = attrs.evolve(SMALL, id=2, storage=(Storage("default", 1), DATA), endpoints=())
HTTP = Expose(80, global_=True)
NODE_PORT = Expose(7000, global_=True)
LEASED = Expose(7001, global_=True, ip="one", endpoint_sequence_number=1)


def unit(resources, count=1):
    return ResourceUnit(resources, count, Price("uakt", Decimal(1)))


def spec(*units, name="dc1"):
    return GroupSpec(name, Requirements(), units or (unit(SMALL, 2), unit(LARGE)))


def web(count=2, resources=SMALL, expose=(HTTP,), name="web"):
    return Service(name, "nginx", resources, count, expose=expose)


DB = web(1, LARGE, (Expose(5432, service="web"),), "db")


def manifest(*services, name="dc1"):
    return (Group(name, services or (DB, web())),)


def refusal(whole, *specs):
    with pytest.raises(ManifestError) as caught:
        cross_validate(whole, specs or (spec(),))
    return caught.value


def test_a_manifest_of_what_was_leased_passes():
    cross_validate(manifest(), (spec(),))


def test_groups_are_told_apart_by_name_and_not_by_position():
    both = (*manifest(), *manifest(web(1, LARGE, ()), name="dc2"))

    cross_validate(both, (spec(unit(LARGE), name="dc2"), spec()))


def test_another_number_of_groups_is_refused():
    assert refusal(manifest(), spec(), spec(name="dc2")).rule == (
        "expected 2 groups as on chain, got 1"
    )


def test_a_group_that_is_not_on_chain_is_refused():
    error = refusal(manifest(name="dc9"))

    assert (error.path, "dc1" in error.rule) == ("[0].name", True)


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"id": 3}, "id"),
        ({"cpu": CPU(101)}, "cpu"),
        ({"cpu": CPU(100, (Attribute("arch", "arm64"),))}, "cpu"),
        ({"cpu": None}, "cpu"),
        ({"memory": Memory(2**20 + 1)}, "memory"),
        ({"gpu": GPU(1)}, "gpu"),
        ({"gpu": GPU(0, (Attribute("vendor/nvidia/model/*", "true"),))}, "gpu"),
        ({"storage": (Storage("other", 1),)}, "storage[0]"),
        ({"storage": (Storage("default", 2),)}, "storage[0]"),
        ({"storage": (Storage("default", 1, (Attribute("class", "ram"),)),)}, "storage[0]"),
    ],
)
def test_resources_that_are_not_the_leased_ones_are_refused(changed, path):
    error = refusal(manifest(DB, web(resources=attrs.evolve(SMALL, **changed))))

    assert error.path == f"[0].services[1].resources.{path}"
    assert "expected" in error.rule


def test_one_volume_more_than_leased_is_refused_and_crashes_nothing():
    more = attrs.evolve(SMALL, storage=(*SMALL.storage, DATA))

    error = refusal(manifest(DB, web(resources=more)))
    assert (error.path, error.rule) == (
        "[0].services[1].resources.storage",
        "expected 1 volumes as on chain, got 2",
    )


@pytest.mark.parametrize("volumes", [(), None, LARGE.storage[:1]])
def test_fewer_volumes_than_leased_are_no_match(volumes):
    fewer = attrs.evolve(DB, resources=attrs.evolve(LARGE, storage=volumes))

    assert refusal(manifest(fewer, web())).path == "[0].services[0].resources.storage"


def test_more_replicas_than_leased_are_refused():
    assert refusal(manifest(DB, web(3))).path == "[0].services[1].count"


def test_services_of_one_unit_share_its_replicas():
    shared = (web(1, expose=()), web(1, name="web2"))
    cross_validate(manifest(*shared), (spec(unit(SMALL, 2)),))

    more = (web(2, expose=()), web(1, name="web2"))
    assert refusal(manifest(*more), spec(unit(SMALL, 2))).path == "[0].services[1].count"


@pytest.mark.parametrize("services", [(DB, web(1)), (web(),), (DB, web(0))])
def test_replicas_that_nobody_runs_are_refused(services):
    error = refusal(manifest(*services))

    assert error.path == "[0].services"
    assert "under-utilised" in error.rule


@pytest.mark.parametrize("expose", [HTTP, NODE_PORT, LEASED])
def test_an_endpoint_that_was_not_leased_is_refused(expose):
    bare = attrs.evolve(SMALL, endpoints=())
    error = refusal(manifest(web(1, bare, (expose,))), spec(unit(bare)))

    assert error.path == "[0].services[0].expose[0]"


@pytest.mark.parametrize("kind", EndpointKind)
def test_a_leased_endpoint_that_nobody_uses_is_refused(kind):
    leased = attrs.evolve(SMALL, endpoints=(Endpoint(kind),))
    error = refusal(manifest(web(1, leased, ())), spec(unit(leased)))

    assert "under-utilised" in error.rule


def test_what_a_service_says_of_its_endpoints_does_not_count_but_what_it_exposes():
    claimed = attrs.evolve(SMALL, endpoints=())
    cross_validate(manifest(DB, web(resources=claimed)), (spec(),))


_RESOURCES = st.builds(
    Resources,
    id=st.integers(0, 2),
    cpu=st.none() | st.just(CPU(1)),
    memory=st.none() | st.just(Memory(1)),
    storage=st.none() | st.lists(st.sampled_from([DATA, Storage("x", 1)]), max_size=3).map(tuple),
    gpu=st.none() | st.just(GPU(1)),
    endpoints=st.none() | st.lists(st.builds(Endpoint, st.sampled_from(EndpointKind))).map(tuple),
)
_EXPOSES = st.lists(st.sampled_from([HTTP, NODE_PORT, LEASED]), max_size=2).map(tuple)
_SERVICES = st.builds(
    Service,
    name=st.just("web"),
    image=st.just("x"),
    resources=_RESOURCES,
    count=st.integers(0, 2),
    expose=st.none() | _EXPOSES,
)
_UNITS = st.builds(unit, _RESOURCES, st.integers(0, 2))


@given(st.lists(_SERVICES, max_size=3), st.lists(_UNITS, max_size=3))
def test_whatever_a_tenant_puts_on_chain_is_answered(services, units):
    try:
        cross_validate(
            manifest(*services, name="a"), (GroupSpec("a", Requirements(), tuple(units)),)
        )
    except ManifestError as error:
        assert error.rule  # noqa: PT017
