import attrs

from provider.lease.manifest import Expose
from provider.workload import labels
from provider.workload.networking import cluster_service, node_port_service
from tests.unit.workload.samples import LEASE, http, service


def ports(*exposes, rendering=cluster_service):
    rendered = rendering(LEASE, service("web", *exposes), "v")
    return [
        (p["name"], p["port"], p["targetPort"], p["protocol"]) for p in rendered["spec"]["ports"]
    ]


def test_local_and_ingress_exposes_are_ports_named_by_place_and_number():
    assert ports(
        Expose(port=5432, service="api"),
        Expose(port=9000, external_port=9001, global_=True),
        http(port=8080),
    ) == [("0-5432", 5432, 5432, "TCP"), ("2-80", 80, 8080, "TCP")]


def test_one_number_in_two_protocols_is_two_ports():
    assert ports(Expose(port=53, proto="UDP"), Expose(port=53, proto="TCP")) == [
        ("0-53", 53, 53, "UDP"),
        ("1-53", 53, 53, "TCP"),
    ]


def test_of_two_ports_of_one_number_and_protocol_the_first_stays():
    assert ports(
        Expose(port=9000, service="a"),
        Expose(port=9000, service="b"),
        Expose(port=7000, external_port=9000),
    ) == [("0-9000", 9000, 9000, "TCP")]


def test_a_service_reached_only_from_outside_has_no_object():
    assert cluster_service(LEASE, service("web", Expose(port=22, global_=True)), "v") is None


def test_a_service_that_exposes_nothing_has_no_object():
    assert cluster_service(LEASE, attrs.evolve(service("web"), expose=None), "v") is None


def test_traffic_goes_to_the_pods_of_the_service():
    spec = cluster_service(LEASE, service("web"), "v")["spec"]

    assert (spec["type"], spec["selector"]) == (
        "ClusterIP",
        labels.selector(LEASE.namespace, "web"),
    )


def test_what_is_global_and_no_ingress_is_a_port_of_every_node():
    assert ports(
        Expose(port=5432, service="api"),
        Expose(port=9000, external_port=9001, global_=True),
        http(port=8080),
        Expose(port=80, proto="UDP", global_=True),
        Expose(port=7000, global_=True, ip="one"),
        rendering=node_port_service,
    ) == [
        ("1-9001", 9001, 9000, "TCP"),
        ("3-80", 80, 80, "UDP"),
        ("4-7000", 7000, 7000, "TCP"),
    ]


def test_one_number_in_two_protocols_is_two_ports_of_every_node():
    """The reference tells ports apart by number and loses the second."""
    exposes = (Expose(port=53, global_=True), Expose(port=53, proto="UDP", global_=True))

    assert ports(*exposes, rendering=node_port_service) == [
        ("0-53", 53, 53, "TCP"),
        ("1-53", 53, 53, "UDP"),
    ]


def test_which_port_of_the_nodes_is_the_servers_choice():
    rendered = node_port_service(LEASE, service("web", Expose(port=53, global_=True)), "v")

    assert (rendered["metadata"]["name"], rendered["spec"]["type"]) == ("web-np", "NodePort")
    assert rendered["spec"]["selector"] == labels.selector(LEASE.namespace, "web")
    assert all("nodePort" not in port for port in rendered["spec"]["ports"])


def test_a_service_reached_only_inside_has_no_port_of_the_nodes():
    assert node_port_service(LEASE, service("web", http(), Expose(port=1)), "v") is None
