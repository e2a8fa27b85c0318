import pytest

from provider.settings import SettingsError
from provider.workload.apiservers import api_servers
from provider.workload.options import RenderOptions


@pytest.mark.parametrize(
    "given",
    [
        {"static_hosts_domain": "ingress_example.net"},
        {"static_hosts_domain": ".ingress.example.net"},
        {"static_hosts_domain": "a" * 201},
        {"records_namespace": "Lease"},
        {"image_pull_secret": "my secret"},
        {"ingress_class": "a/b"},
        {"overcommit_cpu_pct": -1.0},
        {"overcommit_memory_pct": float("nan")},
        {"overcommit_storage_pct": float("inf")},
        {"api_servers": (("api.example", 443),)},
        {"api_servers": (("10.0.0.1", 0),)},
    ],
)
def test_what_would_fail_in_every_lease_fails_at_start(given):
    (name,) = given

    with pytest.raises(SettingsError, match=f"^{name} must"):
        RenderOptions(**given)


def test_what_can_be_used_is_taken():
    RenderOptions(
        static_hosts_domain="ingress.example.net",
        image_pull_secret="pull.secret-1",
        overcommit_cpu_pct=12.5,
        api_servers=(("10.0.0.1", 6443), ("fd00::1", 443)),
    )


def slices(*addresses, kind="IPv4", ports=({"port": 6443, "protocol": "TCP"},)):
    return {
        "addressType": kind,
        "endpoints": [{"addresses": [address]} for address in addresses],
        "ports": list(ports),
    }


def test_api_servers_are_every_address_at_every_port():
    found = [slices("10.0.0.2", "10.0.0.1"), slices("fd00::1", kind="IPv6", ports=[{"port": 443}])]

    assert api_servers(found) == (("10.0.0.1", 6443), ("10.0.0.2", 6443), ("fd00::1", 443))


@pytest.mark.parametrize(
    "one",
    [
        slices(),
        slices("a.example", kind="FQDN"),
        slices("10.0.0.1", ports=()),
        slices("10.0.0.1", ports=[{"port": None}, {"port": 1, "protocol": "UDP"}]),
        {"addressType": "IPv4", "endpoints": None},
    ],
)
def test_what_names_no_address_and_port_names_no_api_server(one):
    assert api_servers([one]) == ()
