"""Custom resources: they come and go with their definition, and obey its schema."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking, causes

CRDS = "apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "example.com/v1/widgets"

SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "color": {"type": "string", "default": "red"},
            },
        },
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    },
}


def version(name: str, *, storage: bool, served: bool = True) -> JSONObject:
    return {
        "name": name,
        "served": served,
        "storage": storage,
        "schema": {"openAPIV3Schema": SCHEMA},
        "subresources": {"status": {}},
    }


def definition(*versions: JSONObject) -> JSONObject:
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    listed = list(versions) or [version("v1", storage=True)]
    return {
        "spec": {
            "group": "example.com",
            "names": names,
            "scope": "Namespaced",
            "versions": listed,
        }
    }


@pytest.fixture
def defined(ask: Asking) -> Asking:
    ask.create(CRDS, "widgets.example.com", definition())
    return ask


def test_a_definition_is_served_and_established_at_once(defined: Asking) -> None:
    status = defined.get(CRDS, "widgets.example.com")["status"]
    found = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert found == {"NamesAccepted": "True", "Established": "True"}
    assert status["acceptedNames"]["plural"] == "widgets"
    assert status["storedVersions"] == ["v1"]
    assert defined.create(WIDGETS, "a", {"spec": {"size": 1}}).code == 201


def test_a_definition_is_answered_before_it_is_established(ask: Asking) -> None:
    made = ask.create(CRDS, "widgets.example.com", definition()).object
    live = ask.get(CRDS, "widgets.example.com")
    assert made["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]


def test_an_object_is_pruned_defaulted_and_checked(defined: Asking) -> None:
    made = defined.create(WIDGETS, "a", {"spec": {"size": 2, "bogus": "x"}}).object
    assert made["spec"] == {"size": 2, "color": "red"}
    with pytest.raises(Refused) as caught:
        defined.create(WIDGETS, "b", {"spec": {"size": 0}})
    assert (caught.value.code, causes(caught.value)) == (422, [("FieldValueInvalid", "spec.size")])


def test_everything_but_metadata_and_status_moves_the_generation(defined: Asking) -> None:
    defined.create(WIDGETS, "a", {"spec": {"size": 1}})

    def generation(change: JSONObject, subresource: str = "") -> int:
        outcome = defined.merge(WIDGETS, "a", change, subresource=subresource)
        return int(outcome.object["metadata"]["generation"])

    assert generation({"metadata": {"annotations": {"a": "b"}}}) == 1
    assert generation({"status": {"ready": True}}, "status") == 1
    assert generation({"spec": {"size": 3}}) == 2


def test_the_status_keeps_metadata_and_spec(defined: Asking) -> None:
    defined.create(WIDGETS, "a", {"spec": {"size": 1}})
    change = {
        "metadata": {"annotations": {"a": "b"}},
        "spec": {"size": 9},
        "status": {"ready": True},
    }
    changed = defined.merge(WIDGETS, "a", change, subresource="status").object
    assert (changed["spec"]["size"], changed["status"]) == (1, {"ready": True})
    assert "annotations" not in changed["metadata"]


def test_a_put_has_to_bring_its_version(defined: Asking) -> None:
    made = defined.create(WIDGETS, "a", {"spec": {"size": 1}}).object
    unfenced = {**made, "metadata": {"name": "a"}}
    with pytest.raises(Refused) as caught:
        defined.replace(WIDGETS, "a", unfenced)
    assert causes(caught.value) == [("FieldValueInvalid", "metadata.resourceVersion")]


def test_a_merge_patch_by_another_manager_outlives_an_apply(defined: Asking) -> None:
    defined.apply(WIDGETS, "a", {"spec": {"size": 1}}, manager="daemon")
    mark = {"metadata": {"annotations": {"closing": "yes"}}}
    defined.merge(WIDGETS, "a", mark, manager="daemon-intent")
    after = defined.apply(WIDGETS, "a", {"spec": {"size": 2}}, manager="daemon").object
    assert after["metadata"]["annotations"] == {"closing": "yes"}


def test_its_objects_go_with_the_definition(defined: Asking, cluster: Cluster) -> None:
    defined.create(WIDGETS, "a", {"spec": {"size": 1}})
    defined.delete(CRDS, "widgets.example.com")
    assert cluster.registry.find(WIDGETS) is None
    assert [entry.name for entry in cluster.journal.commits[-2:]] == ["a", "widgets.example.com"]
    defined.create(CRDS, "widgets.example.com", definition())
    assert defined.names(WIDGETS) == []


def test_a_definition_that_a_finalizer_held_goes_with_its_objects(
    defined: Asking, cluster: Cluster
) -> None:
    defined.merge(CRDS, "widgets.example.com", {"metadata": {"finalizers": ["example.com/hold"]}})
    defined.create(WIDGETS, "w", {"spec": {"size": 1}})
    defined.delete(CRDS, "widgets.example.com")
    assert cluster.registry.find(WIDGETS) is not None
    defined.merge(CRDS, "widgets.example.com", {"metadata": {"finalizers": None}})
    assert cluster.registry.find(WIDGETS) is None
    assert not cluster.store.items("example.com/widgets")


def test_every_version_is_served_if_it_says_so(defined: Asking, cluster: Cluster) -> None:
    def served() -> list[str]:
        paths = ("example.com/v1/widgets", "example.com/v2/widgets")
        return [path for path in paths if cluster.registry.find(path)]

    more = definition(version("v1", storage=False), version("v2", storage=True))
    defined.merge(CRDS, "widgets.example.com", more)
    assert served() == ["example.com/v1/widgets", "example.com/v2/widgets"]
    stored = defined.get(CRDS, "widgets.example.com")["status"]["storedVersions"]
    assert stored == ["v1", "v2"]
    less = definition(
        version("v1", storage=False, served=False), version("v2", storage=True, served=False)
    )
    defined.merge(CRDS, "widgets.example.com", less)
    assert served() == []


def test_a_version_that_was_stored_cannot_go(defined: Asking) -> None:
    other = definition(version("v2", storage=True))
    with pytest.raises(Refused) as caught:
        defined.merge(CRDS, "widgets.example.com", other)
    assert causes(caught.value) == [("FieldValueInvalid", "status.storedVersions[0]")]
