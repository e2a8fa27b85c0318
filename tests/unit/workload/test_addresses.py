import pytest

from provider.lease.manifest import Expose
from provider.workload import labels
from provider.workload.addresses import leased_ips, provider_leased_ip
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE, OPTIONS, group, http, service

KEY = f"{LEASE.owner}-ip-myip"


def leased(port=7000, **fields):
    return Expose(port=port, **{"global_": True, "ip": "myip", **fields})


def names(*exposes):
    return [address.name for address in leased_ips(LEASE, group(service("web", *exposes)), OPTIONS)]


def test_each_port_and_protocol_on_an_address_is_declared_by_itself():
    """The reference compares addresses alone, and so leaves the declaration of a dropped port."""
    assert names(leased(), leased(proto="UDP"), leased(9000, external_port=7001)) == [
        f"{KEY}-tcp-7000",
        f"{KEY}-tcp-7001",
        f"{KEY}-udp-7000",
    ]


def test_a_name_that_is_no_part_of_an_objects_name_is_hashed():
    assert names(leased(ip="meYOU")) == [f"{LEASE.owner}-ip-ps9pn7rkocct7m9ivtovuktb-tcp-7000"]


@pytest.mark.parametrize("expose", [leased(global_=False), leased(ip=""), http()])
def test_other_exposes_lease_nothing(expose):
    assert names(expose) == []


def test_where_the_operator_offers_no_addresses_there_are_none():
    assert leased_ips(LEASE, group(service("web", leased())), RenderOptions()) == ()


def test_of_two_exposes_for_one_port_the_later_one_wins():
    whole = group(service("api", leased()), service("web", leased(8000, external_port=7000)))

    (address,) = leased_ips(LEASE, whole, OPTIONS)
    assert (address.service, address.port) == ("web", 8000)


def test_the_declaration_names_lease_service_and_port():
    whole = group(service("web", leased(9000, external_port=53, proto="UDP")))
    obj = provider_leased_ip(LEASE, leased_ips(LEASE, whole, OPTIONS)[0], OPTIONS)

    assert obj["metadata"]["name"] == f"{KEY}-udp-53"
    assert obj["metadata"]["labels"] == {
        **labels.managed(LEASE),
        "service-name": "web",
        "external-port": "53",
        "proto": "UDP",
    }
    assert obj["spec"] == {
        "lease_id": {
            "owner": LEASE.owner,
            "dseq": "8438017",
            "gseq": 1,
            "oseq": 1,
            "provider": LEASE.provider,
        },
        "service_name": "web",
        "port": 9000,
        "external_port": 53,
        "sharing_key": KEY,
        "protocol": "UDP",
    }
