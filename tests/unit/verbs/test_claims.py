"""Claims get the default StorageClass when they are made, or once afterwards."""

from typing import Any

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking, causes
from tests.unit.verbs.conftest import StoppedClock

CLAIMS = "v1/persistentvolumeclaims"
CLASSES = "storage.k8s.io/v1/storageclasses"
SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def add_class(ask: Asking, name: str, *, default: bool = True) -> None:
    key = "storageclass.kubernetes.io/is-default-class"
    annotations = {key: "true"} if default else {}
    fields = {"metadata": {"annotations": annotations}, "provisioner": "example.com/disk"}
    ask.create(CLASSES, name, fields)


def made(ask: Asking, metadata: dict[str, Any] | None = None, **spec: str) -> JSONObject:
    return ask.create(CLAIMS, "c", {"metadata": metadata or {}, "spec": SPEC | spec}).object


def test_a_claim_without_class_gets_the_default_one_and_its_maker_does_not_own_it(
    ask: Asking,
) -> None:
    add_class(ask, "other", default=False)
    add_class(ask, "disk")
    claim = made(ask)
    assert claim["spec"]["storageClassName"] == "disk"
    (entry,) = claim["metadata"]["managedFields"]
    assert "f:storageClassName" not in entry["fieldsV1"]["f:spec"]


def test_of_several_default_classes_the_newest_counts(ask: Asking, clock: StoppedClock) -> None:
    add_class(ask, "a")
    clock.seconds += 1
    add_class(ask, "c")
    add_class(ask, "b")
    assert made(ask)["spec"]["storageClassName"] == "b"


def test_a_claim_that_says_something_of_its_class_keeps_it(ask: Asking) -> None:
    add_class(ask, "disk")
    assert made(ask, storageClassName="")["spec"]["storageClassName"] == ""
    ask.merge(CLAIMS, "c", {"metadata": {"finalizers": None}})
    ask.delete(CLAIMS, "c")
    old = {"annotations": {"volume.beta.kubernetes.io/storage-class": "slow"}}
    assert "storageClassName" not in made(ask, old)["spec"]


def test_a_class_is_filled_in_once(ask: Asking) -> None:
    made(ask)
    ask.merge(CLAIMS, "c", {"spec": {"storageClassName": "disk"}})
    for other in ("slow", "", None):
        with pytest.raises(Refused) as caught:
            ask.merge(CLAIMS, "c", {"spec": {"storageClassName": other}})
        assert causes(caught.value) == [("FieldValueForbidden", "spec")]
