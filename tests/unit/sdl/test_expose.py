import pytest

from provider.lease.manifest import HTTPOptions
from tests.unit.sdl.definitions import DROP, EXPOSE, WEB, compiled, refusal, service

WORLD = [{"global": True}]
DEFAULTS = HTTPOptions(1048576, 60000, 60000, 3, 0, ("error", "timeout"))


def exposes(*items):
    return service({f"{WEB}.expose": list(items)}).expose


def options(**changes):
    [expose] = exposes({"port": 80, "to": WORLD, "http_options": changes})
    return expose.http_options


def test_each_target_becomes_an_expose_and_all_are_sorted():
    read = exposes(
        {"port": 9000, "to": [{"service": "b"}, {"service": "a"}]},
        {"port": 443, "proto": "udp", "to": WORLD},
        {"port": 443, "to": [{"global": False}, {"global": True}]},
        {"port": 22},
    )

    assert [(e.service, e.port, e.proto, e.global_) for e in read] == [
        ("", 22, "TCP", False),
        ("", 443, "TCP", True),
        ("", 443, "TCP", False),
        ("", 443, "UDP", True),
        ("a", 9000, "TCP", False),
        ("b", 9000, "TCP", False),
    ]


@pytest.mark.parametrize("proto", ["tcp", "TCP", "Tcp", "", None])
def test_protocol_is_tcp_by_default_and_in_any_case(proto):
    [expose] = exposes({"port": 80, "proto": proto, "to": WORLD})

    assert expose.proto == "TCP"


def test_hosts_are_those_accepted():
    first, second, third = exposes(
        {"port": 1, "accept": ["a.example", "b.example"], "to": WORLD},
        {"port": 2, "accept": [], "to": WORLD},
        {"port": 3, "to": WORLD},
    )

    assert first.hosts == ("a.example", "b.example")
    assert second.hosts == ()
    assert third.hosts is None


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("port", DROP, "port"),
        ("port", None, "port"),
        ("port", 0, "port"),
        ("port", 65536, "port"),
        ("port", -1, "port"),
        ("port", "80", "port"),
        ("port", 80.5, "port"),
        ("port", 10**30, "port"),
        ("as", 65536, "as"),
        ("as", "80", "as"),
        ("proto", "HTTP", "proto"),
        ("proto", ["tcp"], "proto"),
        ("accept", "a.example", "accept"),
        ("accept", ["A.example"], "accept[0]"),
        ("accept", ["a", "a"], "accept[1]"),
        ("accept", [["a"]], "accept[0]"),
        ("to", {"global": True}, "to"),
        ("to", ["world"], "to[0]"),
        ("to", [{"global": "true"}], "to[0].global"),
        ("to", [{"global": True, "service": ["web"]}], "to[0].service"),
        ("http_options", [1], "http_options"),
    ],
)
def test_wrong_expose_is_refused(key, value, path):
    assert refusal({f"{EXPOSE}.{key}": value}).path == f"services.web.expose[0].{path}"


def test_something_must_be_exposed_to_the_world():
    assert refusal({f"{EXPOSE}.to": DROP}).path == "services"


def test_http_options_have_defaults_and_zero_means_the_default():
    assert options() == DEFAULTS
    assert options(
        max_body_size=0, read_timeout=0, send_timeout=0, next_tries=0, next_timeout=0,
        next_cases=[], proxy_buffer_size=0,
    ) == DEFAULTS  # fmt: skip


def test_http_options_are_taken_up_to_their_limits():
    assert options(
        max_body_size=104857600, read_timeout=1, send_timeout=60000, next_tries=9,
        next_timeout=70000, next_cases=[500, "502"],
        proxy_buffer_size=1048576,
    ) == HTTPOptions(104857600, 1, 60000, 9, 70000, ("500", "502"), 1048576)  # fmt: skip
    assert options(next_cases=["off"]).next_cases == ("off",)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"max_body_size": 104857601}, "max_body_size"),
        ({"read_timeout": 60001}, "read_timeout"),
        ({"send_timeout": 60001}, "send_timeout"),
        ({"proxy_buffer_size": 1048577}, "proxy_buffer_size"),
        ({"next_tries": -1}, "next_tries"),
        ({"next_timeout": "1s"}, "next_timeout"),
        ({"next_cases": ["error", "501"]}, "next_cases[1]"),
        ({"next_cases": ["error", "off"]}, "next_cases"),
        ({"next_cases": "error"}, "next_cases"),
    ],
)
def test_http_options_over_a_limit_are_refused(changes, path):
    error = refusal({f"{EXPOSE}.http_options": changes})

    assert error.path == f"services.web.expose[0].http_options.{path}"


def test_http_options_of_a_target_are_ignored_with_a_warning():
    target = {"global": True, "http_options": {"max_body_size": 5}}
    result = compiled({f"{EXPOSE}.to": [target]})

    assert result.manifest[0].services[0].expose[0].http_options == DEFAULTS
    assert [w.path for w in result.warnings] == ["services.web.expose[0].to[0].http_options"]
