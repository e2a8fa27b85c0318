import pytest

from tests.unit.sdl.definitions import compiled, refusal

IP = {"kind": "ip"}


def exposed(*pairs):
    return [{"port": port, "to": [{"global": True, "ip": ip}]} for port, ip in pairs]


def two(api, web, names=("aa", "bb", "cc")):
    return {
        "services.api": {"image": "x", "expose": api},
        "services.web.expose": web,
        "deployment.api": {"west": {"profile": "small", "count": 1}},
        "endpoints": dict.fromkeys(names, IP),
    }


def numbers(changes):
    services = compiled(changes).manifest[0].services
    return {e.ip: e.endpoint_sequence_number for s in services for e in s.expose}


def test_addresses_are_numbered_by_name_over_all_services():
    assert numbers(two(exposed((1, "cc")), exposed((2, "bb"), (3, "aa")))) == {
        "aa": 1,
        "bb": 2,
        "cc": 3,
    }


def test_shared_address_leaves_a_gap():
    changes = two(
        exposed((1, "bb")), [*exposed((2, "aa")), *exposed((3, "bb")), *exposed((4, "cc"))]
    )
    changes["services.api"]["expose"][0]["as"] = 1

    assert numbers(changes) == {"aa": 1, "bb": 3, "cc": 4}


def test_targets_that_are_not_global_take_numbers_too():
    inner = {"port": 5, "to": [{"service": "web"}, {"service": "x"}]}

    assert numbers(two([inner], exposed((1, "aa")), ["aa"])) == {"": 0, "aa": 3}


def test_services_that_are_not_deployed_take_no_numbers():
    changes = two(exposed((1, "bb")), exposed((2, "cc")), ["bb", "cc"])
    changes["services.old"] = {"image": "x", "expose": exposed((3, "aa"))}

    assert numbers(changes) == {"bb": 1, "cc": 2}


def test_leased_address_is_an_endpoint_after_the_port():
    [group] = compiled(two([], exposed((80, "aa")), ["aa"])).groups

    endpoints = group.resources[1].resources.endpoints
    assert [(e.kind, e.sequence_number) for e in endpoints] == [(0, 0), (2, 1)]


@pytest.mark.parametrize(
    ("endpoints", "path"),
    [
        ({"aa": IP, "Bb": IP}, "endpoints.Bb"),
        ({"aa": IP, "1b": IP}, "endpoints.1b"),
        ({"aa": IP, "b": IP}, "endpoints.b"),
        ({"aa": IP, "b b": IP}, "endpoints['b b']"),
        ({"aa": {"kind": "dns"}}, "endpoints.aa.kind"),
        ({"aa": None}, "endpoints.aa.kind"),
        ({"aa": IP, "bb": IP}, "endpoints.bb"),
        ({"bb": IP}, "services.web.expose[0].to[0].ip"),
        (["aa"], "endpoints"),
    ],
)
def test_wrong_endpoints_are_refused(endpoints, path):
    error = refusal({"endpoints": endpoints, "services.web.expose": exposed((80, "aa"))})

    assert error.path == path


def test_address_for_the_inside_is_refused():
    inner = [{"port": 80, "to": [{"service": "x", "ip": "aa"}]}]

    error = refusal({"endpoints": {"aa": IP}, "services.web.expose": inner})
    assert error.path == "services.web.expose[0].to[0]"


def test_port_of_an_address_is_used_once():
    error = refusal(two([], exposed((1, "aa"), (2, "aa")), ["aa"]))
    assert error.path == "services.web.expose[1].to[0].ip"
    assert "services.web.expose[0].to[0]" in error.rule

    other = exposed((1, "aa"), (2, "aa"), (3, "aa"))
    other[1]["as"] = 2
    other[2]["proto"] = "udp"
    compiled(two([], other, ["aa"]))


def test_declared_but_empty_section_is_fine():
    compiled({"endpoints": None})
