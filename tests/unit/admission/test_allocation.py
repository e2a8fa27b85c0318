import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.admission.allocation import NODE_PORTS, AllocationError, Allocator, kept
from simulator.jsontypes import JSONObject
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import by_kind

SERVICES = by_kind("v1", "Service")


def allocator(seed: str = "1") -> Allocator:
    return Allocator(random.Random(f"{seed}/ips"), random.Random(f"{seed}/ports"))


def service(**spec: Any) -> JSONObject:
    given = {"ports": [{"port": 80, "name": "a"}], **spec}
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": given}
    assert SERVICES is not None
    return defaulted(SERVICES, obj)


def change(allocated: Allocator, old: JSONObject, **spec: Any) -> JSONObject:
    new = kept(service(**spec), old)
    return allocated.allocated(new, old)


def node_ports(obj: JSONObject) -> list[int]:
    return [port["nodePort"] for port in obj["spec"]["ports"]]


def why(error: pytest.ExceptionInfo[AllocationError]) -> str:
    (cause,) = error.value.causes
    return f"{cause.field}: {cause.message}"


def test_a_service_gets_an_address_of_its_family() -> None:
    spec = allocator().allocated(service())["spec"]
    assert spec["clusterIP"].startswith("10.96.")
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")


def test_a_headless_service_gets_none_and_an_external_one_not_even_that() -> None:
    headless = allocator().allocated(service(clusterIP="None"))["spec"]
    assert (headless["clusterIP"], headless["clusterIPs"]) == ("None", ["None"])
    external = allocator().allocated(service(type="ExternalName", externalName="x.y"))["spec"]
    assert not {"clusterIP", "clusterIPs", "ipFamilies"} & external.keys()


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_ports_are_opened_on_the_nodes(kind: str) -> None:
    ports = [{"port": 80, "name": "a"}, {"port": 81, "name": "b", "nodePort": 30080}]
    given = node_ports(allocator().allocated(service(type=kind, ports=ports)))
    assert given[0] in NODE_PORTS
    assert given[1] == 30080


def test_a_balancer_may_do_without_node_ports() -> None:
    spec = service(type="LoadBalancer", allocateLoadBalancerNodePorts=False)
    assert "nodePort" not in allocator().allocated(spec)["spec"]["ports"][0]


def test_one_number_can_serve_two_protocols_but_not_two_services() -> None:
    mine = allocator()
    mine.allocated(service(type="NodePort", ports=[{"port": 1, "nodePort": 30001}]))
    udp = [{"port": 1, "nodePort": 30001, "protocol": "UDP"}]
    mine.allocated(service(type="NodePort", ports=udp))
    with pytest.raises(AllocationError) as error:
        mine.allocated(service(type="NodePort", ports=[{"port": 1, "nodePort": 30001}]))
    assert why(error) == (
        "spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated"
    )


def test_what_is_out_of_range_cannot_be_had() -> None:
    with pytest.raises(AllocationError) as error:
        allocator().allocated(service(type="NodePort", ports=[{"port": 1, "nodePort": 80}]))
    assert why(error) == (
        "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The "
        "range of valid ports is 30000-32767"
    )
    with pytest.raises(AllocationError) as error:
        allocator().allocated(service(clusterIP="192.168.0.1"))
    assert "provided IP is not in the valid range" in why(error)


def test_an_address_can_be_asked_for_once() -> None:
    mine = allocator()
    mine.allocated(service(clusterIP="10.96.7.7"))
    with pytest.raises(AllocationError) as error:
        mine.allocated(service(clusterIP="10.96.7.7"))
    assert "failed to allocate IP 10.96.7.7: provided IP is already allocated" in why(error)


def test_a_deleted_service_gives_back_what_it_held() -> None:
    mine = allocator()
    first = mine.allocated(
        service(type="NodePort", clusterIP="10.96.7.7", ports=[{"port": 1, "nodePort": 30001}])
    )
    mine.release(first)
    assert mine.allocated(
        service(type="NodePort", clusterIP="10.96.7.7", ports=[{"port": 1, "nodePort": 30001}])
    )


def test_a_refused_service_takes_nothing() -> None:
    mine = allocator()
    with pytest.raises(AllocationError):
        mine.allocated(
            service(type="NodePort", clusterIP="10.96.7.7", ports=[{"port": 1, "nodePort": 80}])
        )
    assert mine.allocated(service(clusterIP="10.96.7.7"))


def test_a_dry_run_shows_what_will_be_given_out_and_gives_out_nothing() -> None:
    mine = allocator()
    shown = mine.allocated(service(type="NodePort"), dry_run=True)
    assert mine.allocated(service(type="NodePort")) == shown


def test_changes_keep_what_was_given() -> None:
    mine = allocator()
    old = mine.allocated(service(type="NodePort"))
    new = change(
        mine, old, type="NodePort", ports=[{"port": 80, "name": "b"}, {"port": 81, "name": "c"}]
    )
    assert new["spec"]["clusterIP"] == old["spec"]["clusterIP"]
    assert node_ports(new)[0] == node_ports(old)[0]
    assert node_ports(new)[1] not in node_ports(old)


def test_a_service_that_needs_no_node_ports_any_more_gives_them_back() -> None:
    mine = allocator()
    old = mine.allocated(service(type="NodePort", ports=[{"port": 80, "nodePort": 30001}]))
    patched = {**old, "spec": {**old["spec"], "type": "ClusterIP"}}
    new = mine.allocated(kept(patched, old), old)
    assert "nodePort" not in new["spec"]["ports"][0]
    assert "externalTrafficPolicy" not in new["spec"]
    assert mine.allocated(service(type="NodePort", ports=[{"port": 80, "nodePort": 30001}]))


def test_a_service_that_turns_external_gives_its_address_back() -> None:
    mine = allocator()
    old = mine.allocated(service(clusterIP="10.96.7.7"))
    patched = {**old, "spec": {**old["spec"], "type": "ExternalName", "externalName": "x.y"}}
    new = mine.allocated(kept(patched, old), old)
    assert "clusterIP" not in new["spec"]
    assert mine.allocated(service(clusterIP="10.96.7.7"))


def test_one_spelling_of_the_address_follows_the_other() -> None:
    old = allocator().allocated(service())
    patched = {**old, "spec": {**old["spec"], "clusterIP": "10.96.7.8"}}
    assert kept(patched, old)["spec"]["clusterIPs"] == ["10.96.7.8"]


def test_a_range_ends() -> None:
    mine = allocator()
    ports = [{"port": number, "name": f"p{number}"} for number in range(1, len(NODE_PORTS) + 1)]
    assert len(set(node_ports(mine.allocated(service(type="NodePort", ports=ports[:50]))))) == 50
    many = [{**port, "nodePort": number} for port, number in zip(ports, NODE_PORTS, strict=True)]
    full = allocator()
    full.allocated(service(type="NodePort", ports=many))
    with pytest.raises(AllocationError) as error:
        full.allocated(service(type="NodePort"))
    assert "range is full" in why(error)
    assert full.allocated(service())


def test_the_same_seed_gives_the_same() -> None:
    given = [
        [mine.allocated(service(type="NodePort")) for _ in range(3)]
        for mine in (allocator(), allocator())
    ]
    assert given[0] == given[1]
    assert allocator("2").allocated(service()) != allocator().allocated(service())


@given(st.lists(st.sampled_from(["ClusterIP", "NodePort", "drop"]), max_size=30))
def test_nothing_is_ever_held_twice(steps: list[str]) -> None:
    mine, held = allocator(), []
    for step in steps:
        if step == "drop":
            if held:
                mine.release(held.pop())
        else:
            held.append(mine.allocated(service(type=step)))
    addresses = [each["spec"]["clusterIP"] for each in held]
    ports = [
        number for each in held if each["spec"]["type"] == "NodePort" for number in node_ports(each)
    ]
    assert len(set(addresses)) == len(addresses)
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize(
    ("spec", "families", "policy"),
    [
        ({"clusterIP": "None"}, ["IPv4", "IPv6"], "RequireDualStack"),
        ({"clusterIP": "None", "ipFamilies": ["IPv6"]}, ["IPv6", "IPv4"], "RequireDualStack"),
        ({"clusterIP": "None", "ipFamilyPolicy": "SingleStack"}, ["IPv4"], "SingleStack"),
        ({"clusterIP": "None", "selector": {"a": "b"}}, ["IPv4"], "SingleStack"),
        ({"ipFamilyPolicy": "PreferDualStack"}, ["IPv4"], "PreferDualStack"),
    ],
)
def test_families_follow_from_what_is_asked(
    spec: JSONObject, families: list[str], policy: str
) -> None:
    made = allocator().allocated(service(**spec))["spec"]
    assert (made["ipFamilies"], made["ipFamilyPolicy"]) == (families, policy)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (
            {"ipFamilyPolicy": "RequireDualStack"},
            (
                'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured '
                "for dual-stack services"
            ),
        ),
        (
            {"ipFamilies": ["IPv6"]},
            'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
        ),
    ],
)
def test_a_cluster_of_one_family_gives_no_other(spec: JSONObject, complaint: str) -> None:
    with pytest.raises(AllocationError) as caught:
        allocator().allocated(service(**spec))
    assert why(caught) == complaint
