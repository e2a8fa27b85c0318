"""Claims are bound to volumes made for them, and both go when nobody uses them."""

import trio

from simulator.controllers.settings import ControllerSettings, StorageClass
from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, PODS, open_plane, pod, stateful_set

CLAIMS = "v1/persistentvolumeclaims"
VOLUMES = "v1/persistentvolumes"


def claim(**spec: object) -> JSONObject:
    return {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "5Gi"}},
            **spec,
        },
    }


def with_claim(name: str = "p") -> JSONObject:
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
    return pod(name, volumes=[volume])


async def test_a_claim_gets_a_volume_of_its_size_and_class(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim(storageClassName="beta2"))
        await trio.sleep(1)

        bound = await plane.get(CLAIMS, "data")
        (volume,) = await plane.all(VOLUMES, "")
        assert bound["status"] == {
            "phase": "Bound",
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "5Gi"},
        }
        assert bound["spec"]["volumeName"] == volume["metadata"]["name"]
        assert volume["spec"]["claimRef"]["uid"] == bound["metadata"]["uid"]
        assert (volume["spec"]["storageClassName"], volume["status"]["phase"]) == ("beta2", "Bound")


async def test_a_claim_without_class_gets_the_default_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim())
        await trio.sleep(1)

        (volume,) = await plane.all(VOLUMES, "")
        assert volume["spec"]["storageClassName"] == "default"


async def test_a_claim_that_was_made_before_there_was_a_default_class_gets_it_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    settings = ControllerSettings(storage_classes=(StorageClass(name="plain"),))
    async with open_plane(settings=settings) as plane:
        await plane.create(CLAIMS, claim())
        await trio.sleep(1)
        assert "storageClassName" not in (await plane.get(CLAIMS, "data"))["spec"]

        late = {
            "metadata": {
                "name": "late",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "simulator.akash.network/pretend",
        }
        await plane.create("storage.k8s.io/v1/storageclasses", late, "")
        await trio.sleep(1)

        bound = await plane.get(CLAIMS, "data")
        assert (bound["spec"]["storageClassName"], bound["status"]["phase"]) == ("late", "Bound")


async def test_a_claim_for_no_class_or_an_unknown_one_waits_and_its_complaints_grow_rare(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim(storageClassName="unknown"))
        await trio.sleep(3600)

        (event,) = await plane.all("v1/events")
        assert (event["type"], event["reason"]) == ("Warning", "ProvisioningFailed")
        assert event["message"] == 'storageclass.storage.k8s.io "unknown" not found'
        # After 15, 30, 60, 120 and 240 s, then every five minutes.
        assert 12 <= event["count"] <= 18

        known = {"metadata": {"name": "unknown"}, "provisioner": "simulator.akash.network/pretend"}
        await plane.create("storage.k8s.io/v1/storageclasses", known, "")
        await trio.sleep(1)
        assert (await plane.get(CLAIMS, "data"))["status"]["phase"] == "Bound"


async def test_a_class_of_a_provisioner_that_is_not_here_is_waited_for(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        foreign = {"metadata": {"name": "foreign"}, "provisioner": "example.com/other"}
        await plane.create("storage.k8s.io/v1/storageclasses", foreign, "")
        await plane.create(CLAIMS, claim(storageClassName="foreign"))
        await trio.sleep(1)

        assert await plane.reasons() == ["ExternalProvisioning"]
        assert (await plane.get(CLAIMS, "data"))["status"]["phase"] == "Pending"


async def test_a_pod_waits_for_its_claim_and_then_runs(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(PODS, with_claim())
        await trio.sleep(1)
        (condition,) = (await plane.get(PODS, "p"))["status"]["conditions"]
        assert condition["message"] == (
            '0/2 nodes are available: persistentvolumeclaim "data" not found. not found'
        )

        await plane.create(CLAIMS, claim())
        await trio.sleep(1)

        assert (await plane.get(PODS, "p"))["status"]["phase"] == "Running"


async def test_a_claim_in_use_stays_until_the_last_pod_has_gone_and_takes_its_volume_with_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim())
        await plane.create(PODS, with_claim("one"))
        await plane.create(PODS, with_claim("two"))
        await trio.sleep(1)
        await plane.user.delete(CLAIMS, NS, "data")
        await plane.user.delete(PODS, NS, "one")
        await trio.sleep(60)
        assert await plane.names(CLAIMS) == ["data"]
        assert len(await plane.names(VOLUMES, "")) == 1

        await plane.user.delete(PODS, NS, "two")
        await trio.sleep(1)

        assert await plane.names(CLAIMS) == []
        assert await plane.names(VOLUMES, "") == []


async def test_the_claims_of_a_stateful_set_outlive_it_and_are_found_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(f"{APPS}/statefulsets", stateful_set(2, storage="beta1"))
        await trio.sleep(3)
        before = {item["metadata"]["name"]: item for item in await plane.all(CLAIMS)}
        assert list(before) == ["data-db-0", "data-db-1"]

        await plane.user.delete(f"{APPS}/statefulsets", NS, "db")
        await trio.sleep(5)
        assert await plane.names(PODS) == []
        await plane.create(f"{APPS}/statefulsets", stateful_set(2, storage="beta1"))
        await trio.sleep(3)

        after = {item["metadata"]["name"]: item for item in await plane.all(CLAIMS)}
        assert after == before
        assert [item["status"]["phase"] for item in await plane.all(PODS)] == ["Running"] * 2


async def test_a_claim_made_anew_under_its_name_does_not_keep_the_old_ones_volume(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim())
        await trio.sleep(1)
        (before,) = await plane.names(VOLUMES, "")
        # Without its finalizer the claim goes at once, and the next one comes in the same moment.
        await plane.user.patch(CLAIMS, NS, "data", {"metadata": {"finalizers": None}})
        await plane.user.delete(CLAIMS, NS, "data")
        await plane.create(CLAIMS, claim())
        await trio.sleep(1)

        (after,) = await plane.names(VOLUMES, "")
        assert after != before
        assert (await plane.get(CLAIMS, "data"))["spec"]["volumeName"] == after


async def test_the_volumes_of_other_claims_stay(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(CLAIMS, claim())
        await plane.create(CLAIMS, {**claim(), "metadata": {"name": "other"}})
        await trio.sleep(1)
        await plane.user.delete(CLAIMS, NS, "data")
        await trio.sleep(1)

        (volume,) = await plane.all(VOLUMES, "")
        assert volume["spec"]["claimRef"]["name"] == "other"


async def test_a_volume_that_is_to_be_kept_is_released(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        kept = {
            "metadata": {"name": "kept"},
            "provisioner": "simulator.akash.network/pretend",
            "reclaimPolicy": "Retain",
        }
        await plane.create("storage.k8s.io/v1/storageclasses", kept, "")
        await plane.create(CLAIMS, claim(storageClassName="kept"))
        await trio.sleep(1)
        await plane.user.delete(CLAIMS, NS, "data")
        await trio.sleep(1)

        (volume,) = await plane.all(VOLUMES, "")
        assert volume["status"]["phase"] == "Released"
