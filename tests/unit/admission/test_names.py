import pytest

from simulator.admission import names


@pytest.mark.parametrize("good", ["a", "a-b", "0a", "a" * 63])
def test_dns_labels(good: str) -> None:
    assert names.dns_label(good) == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "a lowercase RFC 1123 label must consist"),
        ("A", "a lowercase RFC 1123 label must consist"),
        ("-a", "a lowercase RFC 1123 label must consist"),
        ("a.b", "must not contain dots"),
        ("a" * 64, "must be no more than 63 characters"),
        ("a\n", "a lowercase RFC 1123 label must consist"),
    ],
)
def test_what_is_no_dns_label_is_told_why(bad: str, why: str) -> None:
    assert any(text.startswith(why) for text in names.dns_label(bad))


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (names.dns_subdomain, "a.b-c.d", "a..b"),
        (names.wildcard_subdomain, "*.example.com", "a.*.com"),
        (names.path_segment, "system:node", "a/b"),
        (names.path_segment, "a.b", ".."),
        (names.qualified_name, "example.com/Name_1", "example.com/"),
        (names.qualified_name, "name", "/name"),
        (names.qualified_name, "a.b/c", "a/b/c"),
        (names.qualified_name, "x" * 63, "x" * 64),
        (names.label_value, "", "-a"),
        (names.label_value, "A_b.c", "a" * 64),
        (names.config_key, ".dockerconfigjson", "a/b"),
        (names.config_key, "a", ".."),
        (names.variable_name, "1 odd name", "A=B"),
        (names.port_name, "http-1", "1234"),
        (names.port_name, "a" * 15, "a" * 16),
        (names.port_name, "a-b", "a--b"),
    ],
)
def test_forms_take_the_good_and_refuse_the_bad(check, good: str, bad: str) -> None:
    assert check(good) == []
    assert check(bad)


def test_addresses_and_networks() -> None:
    assert names.is_ip("10.0.0.1")
    assert names.is_ip("2001:db8::1")
    assert not names.is_ip("10.0.0.256")
    network = names.network("10.1.2.3/8")
    assert network is not None
    assert network.prefixlen == 8
    assert names.network("10.0.0.0") is None
    assert names.network("nope/8") is None
