import pytest

from tests.unit.sdl.definitions import DROP, EXPOSE, PLACEMENT, RESOURCES, WEB, compiled, refusal

INNER = {"image": "postgres", "expose": [{"port": 5432, "to": [{"service": "web"}]}]}
OUTER = {"image": "nginx", "expose": [{"port": 443, "to": [{"global": True}]}]}
GPU = {"units": 1, "attributes": {"vendor": {"nvidia": None}}}


def second(service, count=1, profile="small", placement="west", **more):
    return {
        "services.api": service,
        "deployment.api": {placement: {"profile": profile, "count": count}},
        **more,
    }


def another_placement(denom="uakt"):
    return {
        "profiles.placement.east": {"pricing": {"small": {"denom": denom, "amount": 10}}},
        "deployment.web.east": {"profile": "small", "count": 1},
    }


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"deployment.web.west.profile": "nosuch"}, "deployment.web.west.profile"),
        ({"deployment.web.west.profile": DROP}, "deployment.web.west.profile"),
        ({"deployment.web.west.count": DROP}, "deployment.web.west.count"),
        ({"deployment.web.west.count": 0}, "deployment.web.west.count"),
        ({"deployment.web.west.count": -1}, "deployment.web.west.count"),
        ({"deployment.web.west.count": "1"}, "deployment.web.west.count"),
        ({"deployment.web.west.count": 10**20}, "deployment.web.west.count"),
        ({"deployment.web.north": {"profile": "small", "count": 1}}, "deployment.web.north"),
        ({"deployment.nosuch": {"west": {"profile": "small", "count": 1}}}, "deployment.nosuch"),
        ({"deployment.web": ["west"]}, "deployment.web"),
        ({"deployment.web": None}, "deployment"),
        ({"deployment.web.west": "small"}, "deployment.web.west"),
        ({"profiles.placement": {}}, "deployment.web.west"),
    ],
)
def test_wrong_deployment_is_refused(changes, path):
    assert refusal(changes).path == path


def test_service_that_is_not_deployed_is_ignored_with_a_warning():
    result = compiled({"services.old": {"image": 5, "expose": "nonsense"}})

    assert [service.name for service in result.manifest[0].services] == ["web"]
    assert [w.path for w in result.warnings] == ["services.old"]


def test_first_dialect_gives_each_service_a_unit_of_its_own():
    result = compiled(second(INNER, count=3))

    assert [(u.resources.id, u.count) for u in result.groups[0].resources] == [(1, 3), (2, 1)]
    assert [s.resources.id for s in result.manifest[0].services] == [1, 2]


def test_second_dialect_shares_a_unit_among_services_of_one_profile():
    result = compiled(second(OUTER, count=3, version="2.1"))

    [unit] = result.groups[0].resources
    assert (unit.resources.id, unit.count) == (1, 4)
    assert [e.kind for e in unit.resources.endpoints] == [1, 0]
    api, web = result.manifest[0].services
    assert (api.resources.id, api.count, web.resources.id, web.count) == (1, 3, 1, 1)
    assert [e.kind for e in api.resources.endpoints] == [1]
    assert [e.kind for e in web.resources.endpoints] == [0]


def test_each_placement_is_a_group_sorted_by_name():
    result = compiled(another_placement())

    assert [group.name for group in result.manifest] == ["east", "west"]
    assert [spec.name for spec in result.groups] == ["east", "west"]


def test_one_denomination_is_used_in_all_prices():
    assert refusal(another_placement("uusd")).path == "profiles.placement.west.pricing"
    other = {"profiles.compute.big": {"resources": {
        "cpu": {"units": 1}, "memory": {"size": "1Gi"}, "storage": {"size": "1Gi"}}}}  # fmt: skip
    price = {f"{PLACEMENT}.pricing.big": {"denom": "uusd", "amount": 1}}
    error = refusal(second(INNER, profile="big", **other, **price))
    assert error.path == "profiles.placement.west.pricing"


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({f"{RESOURCES}.cpu.units": 384}, 50),
        ({f"{RESOURCES}.memory.size": "2Ti"}, 50),
        ({f"{RESOURCES}.gpu": {**GPU, "units": 24}}, 50),
    ],
)
def test_sum_over_the_replicas_of_a_group_is_limited(changes, good):
    compiled({**changes, "deployment.web.west.count": good})
    error = refusal({**changes, "deployment.web.west.count": good + 1})
    assert error.path == "profiles.placement.west"


def test_trusted_execution_becomes_an_attribute_of_the_placement():
    changes = {f"{WEB}.params": {"tee": "cpu"}, f"{PLACEMENT}.attributes": {"zone": "a"}}

    attributes = compiled(changes).groups[0].requirements.attributes

    assert [(a.key, a.value) for a in attributes] == [("tee/type", "cpu"), ("zone", "a")]


def test_trusted_gpus_need_gpus():
    tee = {f"{WEB}.params": {"tee": "cpu-gpu"}}

    assert refusal(tee).path == "services.web.params.tee"
    compiled({**tee, f"{RESOURCES}.gpu": GPU})


def test_two_kinds_of_trusted_execution_in_one_placement_are_refused():
    other = {**INNER, "params": {"tee": "cpu-gpu"}}
    changes = {f"{WEB}.params": {"tee": "cpu"}, f"{RESOURCES}.gpu": GPU}

    assert refusal(second(other, **changes)).path == "services.web.params.tee"


def test_hostname_in_two_placements_is_refused():
    changes = {**another_placement(), f"{EXPOSE}.accept": ["a.example"]}

    assert refusal(changes).path == "services.web.expose[0].accept[0]"
