import re

from provider.workload import controllers, labels
from tests.unit.workload.samples import LEASE, OPTIONS, http, mounted, persistent, service


def pod(one):
    return controllers.pod_spec(LEASE, one, OPTIONS)


def version(one):
    return labels.version(pod(one))


def rendered(one):
    return controllers.controller(LEASE, one, pod(one), version(one))


def test_a_service_without_persistent_volume_is_a_deployment():
    one = rendered(service(count=3))

    assert (one["kind"], one["spec"]["replicas"]) == ("Deployment", 3)
    assert "volumeClaimTemplates" not in one["spec"]


def test_a_service_with_persistent_volume_is_a_stateful_set():
    one = rendered(service("db", storage=(persistent(),), params=mounted(("data", "/data"))))

    assert one["kind"] == "StatefulSet"
    assert [claim["metadata"]["name"] for claim in one["spec"]["volumeClaimTemplates"]] == [
        "db-data"
    ]
    assert "serviceName" not in one["spec"]


def test_pods_run_only_on_nodes_for_tenants_that_offer_the_storage_class():
    affinity = pod(service(storage=(persistent(storage_class="beta2"),)))["affinity"]

    required = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required["nodeSelectorTerms"] == [
        {
            "matchExpressions": [
                {"key": "akash.network", "operator": "In", "values": ["true"]},
                {
                    "key": "akash.network/capabilities.storage.class.beta2",
                    "operator": "Gt",
                    "values": ["0"],
                },
            ]
        }
    ]


def test_selector_matches_the_pods_and_survives_every_update():
    before, after = rendered(service()), rendered(service(image="nginx:2", count=5))

    assert before["spec"]["selector"] == after["spec"]["selector"]
    for one in (before, after):
        wanted, carried = (
            one["spec"]["selector"]["matchLabels"],
            one["spec"]["template"]["metadata"],
        )
        assert wanted.items() <= carried["labels"].items()


def test_version_is_ten_hex_digits_on_the_object_and_on_its_pods():
    one = rendered(service())

    text = one["metadata"]["labels"][labels.RESOURCE_VERSION]
    assert re.fullmatch(r"[0-9a-f]{10}", text)
    assert one["spec"]["template"]["metadata"]["labels"][labels.RESOURCE_VERSION] == text


def test_version_changes_with_what_the_pod_runs():
    versions = {
        version(one)
        for one in (
            service(),
            service(image="nginx:2"),
            service(env=("A=1",)),
            service(args=("-v",)),
            service(storage=(persistent(),)),
        )
    }

    assert len(versions) == 5


def test_neither_a_new_count_nor_a_new_hostname_restarts_anything():
    other_host = service("web", http("other.example.com"), count=7)

    assert version(service()) == version(other_host)
    assert rendered(service())["spec"]["template"] == rendered(other_host)["spec"]["template"]
