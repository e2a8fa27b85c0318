import attrs
import pytest

from provider.lease.manifest import ManifestError
from provider.workload import volumes
from tests.unit.workload.samples import GI, mounted, persistent, ram, resources, service, volume


def test_a_claim_asks_for_its_class_and_size():
    one = service("db", storage=(persistent("data", 5 * GI, "beta2"),))

    assert volumes.claims(one) == [
        {
            "metadata": {"name": "db-data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "volumeMode": "Filesystem",
                "storageClassName": "beta2",
                "resources": {"requests": {"storage": str(5 * GI)}},
            },
        }
    ]


def test_the_default_class_is_the_clusters():
    one = service(storage=(persistent(storage_class="default"), volume("x", persistent="true")))

    assert all("storageClassName" not in claim["spec"] for claim in volumes.claims(one))


def test_a_volume_in_memory_is_an_empty_directory_of_its_size():
    one = service("cache", storage=(volume(), ram(size=64)))

    assert volumes.pod_volumes(one) == [
        {"name": "cache-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "64"}}
    ]


def test_an_ephemeral_volume_has_an_object_only_where_it_is_mounted():
    one = service(storage=(volume("a", 5), volume("b", 6)), params=mounted(("b", "/tmp/b")))

    assert volumes.pod_volumes(one) == [{"name": "web-b", "emptyDir": {"sizeLimit": "6"}}]


def test_every_mount_has_its_volume_or_claim():
    one = service(
        storage=(volume("a"), ram("b"), persistent("c"), volume("d")),
        params=mounted(("a", "/a"), ("b", "/b"), ("c", "/c")),
    )

    sources = {v["name"] for v in volumes.pod_volumes(one)}
    sources |= {claim["metadata"]["name"] for claim in volumes.claims(one)}
    assert {mount["name"] for mount in volumes.mounts(one)} == sources


def test_storage_classes_are_named_once_and_only_for_persistent_volumes():
    one = service(storage=(persistent("a"), ram("b"), persistent("c"), persistent("d", 1, "beta1")))

    assert volumes.storage_classes(one) == ("beta3", "beta1")


def test_a_persistent_volume_is_a_claim_and_nothing_else():
    one = service(
        storage=(volume("a", persistent="true"), persistent("b", storage_class="ram")),
        params=mounted(("a", "/a"), ("b", "/b")),
    )

    assert len(volumes.claims(one)) == 2
    assert volumes.pod_volumes(one) == []
    assert (volumes.memory_bytes(one), volumes.ephemeral_bytes(one)) == (0, 0)


def test_of_two_volumes_of_one_name_one_is_rendered():
    one = service(
        storage=(ram("a", 1), ram("a", 2), persistent("b", 3), persistent("b", 4), ram("b", 5))
    )

    assert [(v["name"], v["emptyDir"]["sizeLimit"]) for v in volumes.pod_volumes(one)] == [
        ("web-a", "2")
    ]
    (claim,) = volumes.claims(one)
    assert claim["spec"]["resources"]["requests"]["storage"] == "4"


def test_a_volume_with_a_class_that_does_not_outlive_its_pod_is_on_the_nodes_disk():
    """In the reference it counts as nothing, and the pod may fill the node."""
    one = service(storage=(volume("a", 3, **{"class": "beta2", "persistent": "false"}), ram()))

    assert volumes.ephemeral_bytes(one) == 3


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "t", "T", "1"])
def test_persistent_is_whatever_go_takes_for_true(text):
    one = service(storage=(volume("a", persistent=text),))

    assert volumes.persistent(one) == one.resources.storage


def test_a_service_may_have_no_volume_at_all():
    one = attrs.evolve(service(), resources=attrs.evolve(resources(), storage=None))

    assert (volumes.claims(one), volumes.pod_volumes(one), volumes.mounts(one)) == ([], [], [])
    assert (volumes.memory_bytes(one), volumes.ephemeral_bytes(one)) == (0, 0)
    with pytest.raises(ManifestError):
        volumes.mounts(attrs.evolve(one, params=mounted(("a", "/a"))))
