"""Which pods stand behind a Service."""

from simulator.controllers.endpoints import backends, subsets
from simulator.controllers.endpointslices import desired_slices
from simulator.jsontypes import JSONObject
from tests.unit.controllers.builders import metadata, pod


def service(*ports: JSONObject, **spec: object) -> JSONObject:
    given = list(ports) or [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 80}]
    return {
        "metadata": metadata("web"),
        "spec": {"selector": {"app": "web"}, "ports": given, **spec},
    }


def ready(name: str, **given: object) -> JSONObject:
    return pod(name, ready=True, ip=f"10.0.0.{name[-1]}", node="node1", **given)


def conditions(of: JSONObject, *pods: JSONObject) -> dict[str, tuple[bool, bool, bool]]:
    (only,) = desired_slices(of, backends(of, pods))
    return {
        item["targetRef"]["name"]: (
            item["conditions"]["ready"],
            item["conditions"]["serving"],
            item["conditions"]["terminating"],
        )
        for item in only["endpoints"]
    }


def test_a_service_without_pods_has_one_slice_without_endpoints_and_ports() -> None:
    assert desired_slices(service(), ()) == [
        {"addressType": "IPv4", "endpoints": [], "ports": None}
    ]
    assert subsets(service(), ()) == []


def test_pods_count_once_they_have_an_address_until_they_have_ended() -> None:
    pods = [
        ready("p2"),
        pod("p1", ip="10.0.0.1", node="node1"),
        pod("p3"),
        ready("p4", phase="Failed"),
        ready("p5", deleting=True),
    ]

    assert conditions(service(), *pods) == {
        "p1": (False, False, False),
        "p2": (True, True, False),
        "p5": (False, True, True),
    }


def test_a_service_may_publish_what_is_not_ready() -> None:
    of = service(publishNotReadyAddresses=True)

    assert conditions(of, pod("p1", ip="10.0.0.1"), ready("p2", deleting=True)) == {
        "p1": (True, True, False),
        "p2": (True, True, True),
    }


def test_endpoints_do_not_name_what_is_on_its_way_out() -> None:
    pods = [ready("p1"), pod("p2", ip="10.0.0.2", node="n"), ready("p3", deleting=True)]

    (subset,) = subsets(service(), backends(service(), pods))

    assert [item["ip"] for item in subset["addresses"]] == ["10.0.0.1"]
    assert [item["ip"] for item in subset["notReadyAddresses"]] == ["10.0.0.2"]
    assert subset["ports"] == [{"name": "http", "protocol": "TCP", "port": 80}]


def test_a_named_port_is_looked_up_in_each_pod() -> None:
    of = service({"name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"})
    pods = [ready("p1"), ready("p2"), ready("p3")]
    for one, number in zip(pods, (8080, 8080, 9090), strict=True):
        declared = {"name": "web", "containerPort": number, "protocol": "TCP"}
        one["spec"]["containers"][0]["ports"] = [declared]

    slices = desired_slices(of, backends(of, pods))

    assert [(item["ports"][0]["port"], len(item["endpoints"])) for item in slices] == [
        (8080, 2),
        (9090, 1),
    ]


def test_a_slice_holds_a_hundred_endpoints() -> None:
    pods = [pod(f"p{number:03}", ready=True, ip=f"10.0.1.{number}") for number in range(201)]

    slices = desired_slices(service(), backends(service(), pods))

    assert [len(item["endpoints"]) for item in slices] == [100, 100, 1]
