from ipaddress import ip_address, ip_network

import pytest

from provider.workload import isolation, labels
from tests.unit.workload.samples import LEASE


def test_namespace_carries_all_five_lease_labels():
    found = isolation.namespace(LEASE)["metadata"]

    assert labels.lease_from_labels(found["labels"]) == LEASE
    assert found["name"] == found["labels"][labels.NAMESPACE] == LEASE.namespace


def test_policy_holds_for_every_pod_in_both_directions():
    spec = isolation.restrictions(LEASE)["spec"]

    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("93.184.216.34", True),
        ("8.8.8.8", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
    ],
)
def test_pods_reach_public_addresses_and_nothing_else(address, reachable):
    (block,) = [
        peer["ipBlock"]
        for rule in isolation.restrictions(LEASE)["spec"]["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
    ]

    excepted = any(ip_address(address) in ip_network(net) for net in block["except"])
    assert (ip_address(address) in ip_network(block["cidr"]) and not excepted) is reachable


def test_ingress_nginx_is_let_in_by_namespace_and_pod_together():
    rules = isolation.restrictions(LEASE)["spec"]["ingress"]

    assert all(len(rule["from"]) == 1 for rule in rules)
    assert rules[1]["from"][0].keys() == {"namespaceSelector", "podSelector"}
