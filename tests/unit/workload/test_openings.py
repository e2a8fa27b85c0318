import pytest

from provider.lease.manifest import Expose, Params
from provider.workload import labels
from provider.workload.openings import policies
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE, OPTIONS, http, service

SERVERS = RenderOptions(api_servers=(("10.1.0.1", 6443), ("10.1.0.2", 6443), ("fd00::1", 443)))
READER = Params(permissions_read=("logs",))


def opened(*exposes, options=OPTIONS, params=None):
    one = service("web", *exposes, params=params)
    return {obj["metadata"]["name"]: obj["spec"] for obj in policies(LEASE, one, options)}


def test_node_ports_are_open_to_everybody_at_the_containers_port():
    found = opened(
        Expose(port=9000, external_port=9001, global_=True),
        Expose(port=53, proto="TCP", global_=True),
        Expose(port=53, proto="UDP", global_=True),
        Expose(port=53, external_port=5353, proto="UDP", global_=True),
        http(port=8080),
        Expose(port=5432, service="db"),
    )

    assert found == {
        "akash-web-np": {
            "podSelector": {"matchLabels": {labels.SERVICE: "web"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "ports": [
                        {"port": 9000, "protocol": "TCP"},
                        {"port": 53, "protocol": "TCP"},
                        {"port": 53, "protocol": "UDP"},
                    ]
                }
            ],
        }
    }


def test_a_leased_address_opens_its_own_ports_an_ingress_included():
    found = opened(
        Expose(port=8080, external_port=80, global_=True, ip="one"),
        Expose(port=7000, global_=True),
    )

    assert found["akash-web-ip"]["ingress"] == [
        {
            "from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}],
            "ports": [{"port": 8080, "protocol": "TCP"}],
        }
    ]
    assert found["akash-web-np"]["ingress"][0]["ports"] == [{"port": 7000, "protocol": "TCP"}]


@pytest.mark.parametrize("expose", [http(), Expose(port=1, service="db"), Expose(port=1, ip="one")])
def test_what_is_not_reached_from_outside_opens_nothing(expose):
    assert opened(expose) == {}


def test_no_policy_opens_every_port():
    """A rule without ports, or an empty list of them, would open all."""
    found = opened(Expose(port=1, global_=True, ip="one"), options=SERVERS, params=READER)

    assert len(found) == 3
    for spec in found.values():
        assert all(rule["ports"] for rule in spec.get("ingress", []) + spec.get("egress", []))


def test_who_may_read_from_the_api_servers_reaches_them_and_only_them():
    assert opened(options=SERVERS, params=READER) == {
        "akash-apiserver-web": {
            "podSelector": {"matchLabels": {labels.SERVICE: "web"}},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [
                        {"ipBlock": {"cidr": "10.1.0.1/32"}},
                        {"ipBlock": {"cidr": "10.1.0.2/32"}},
                        {"ipBlock": {"cidr": "fd00::1/128"}},
                    ],
                    "ports": [
                        {"port": 6443, "protocol": "TCP"},
                        {"port": 443, "protocol": "TCP"},
                    ],
                }
            ],
        }
    }


def test_without_permissions_or_known_api_servers_the_way_there_stays_shut():
    assert opened(options=SERVERS) == {}
    assert opened(params=READER) == {}
