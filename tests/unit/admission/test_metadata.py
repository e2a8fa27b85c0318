from simulator.admission.metadata import changed_metadata, new_metadata, selector, selects
from simulator.kinds.resources import by_kind

CONFIG_MAP = by_kind("v1", "ConfigMap")
NODE = by_kind("v1", "Node")


def told(causes) -> list[str]:
    return [f"{cause.field}: {cause.message}" for cause in causes]


def new(**metadata) -> list[str]:
    return told(new_metadata({"name": "a", "namespace": "ns", **metadata}, CONFIG_MAP))


def test_good_metadata_has_nothing_wrong() -> None:
    assert new(labels={"a": "b"}, annotations={"a/b": "c"}, finalizers=["x.y/z", "orphan"]) == []


def test_a_namespace_is_wanted_inside_and_unwanted_outside() -> None:
    assert told(new_metadata({"name": "a"}, CONFIG_MAP)) == ["metadata.namespace: Required value"]
    assert told(new_metadata({"name": "a", "namespace": "b"}, NODE)) == [
        "metadata.namespace: Forbidden: not allowed on this type"
    ]


def test_a_base_of_names_may_end_with_a_dash() -> None:
    assert new(generateName="web-") == []
    assert new(generateName="Web-")[0].startswith("metadata.generateName: Invalid value")


def test_annotations_have_a_size_together() -> None:
    assert new(annotations={"a": "x" * 262_143}) == []
    assert new(annotations={"a": "x" * 262_144}) == [
        "metadata.annotations: Too long: may not be more than 262144 bytes"
    ]


def test_owners_are_complete_and_one_is_the_controller() -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
    assert new(ownerReferences=[owner]) == []
    assert new(ownerReferences=[{**owner, "uid": ""}]) == [
        'metadata.ownerReferences.uid: Invalid value: "": must not be empty'
    ]
    (two,) = new(ownerReferences=[owner, {**owner, "name": "q"}])
    assert "Only one reference can have Controller set to true" in two


def test_children_are_orphaned_or_deleted_first_not_both() -> None:
    (both,) = new(finalizers=["orphan", "foregroundDeletion"])
    assert both.endswith("finalizer orphan and foregroundDeletion cannot be both set")


def test_identity_is_fixed() -> None:
    old = {"name": "a", "uid": "1", "creationTimestamp": "t"}
    assert told(changed_metadata({**old, "uid": "2"}, old)) == [
        'metadata.uid: Invalid value: "2": field is immutable'
    ]
    assert told(changed_metadata(old, old)) == []


def test_finalizers_only_go_once_an_object_is_on_its_way_out() -> None:
    old = {"name": "a", "finalizers": ["x.y/a", "x.y/b"], "deletionTimestamp": "t"}
    assert told(changed_metadata({**old, "finalizers": ["x.y/a"]}, old)) == []
    (added,) = told(changed_metadata({**old, "finalizers": ["x.y/a", "x.y/c"]}, old))
    assert added.endswith('found new finalizers []string{"x.y/c"}')


def test_selectors_are_held_to_their_operators() -> None:
    def wrong(**expression) -> list[str]:
        return told(selector({"matchExpressions": [{"key": "a", **expression}]}, "s"))

    assert wrong(operator="In", values=["b"]) == []
    assert wrong(operator="In")[0].startswith("s.matchExpressions[0].values: Required value")
    assert wrong(operator="Exists", values=["b"])[0].startswith(
        "s.matchExpressions[0].values: Forbidden"
    )
    assert wrong(operator="Near")[0].endswith("not a valid selector operator")


def test_selectors_select_by_labels_and_expressions() -> None:
    chosen = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "old", "operator": "DoesNotExist"},
            {"key": "env", "operator": "NotIn", "values": ["dev"]},
            {"key": "app", "operator": "Exists"},
        ],
    }
    assert selects(chosen, {"app": "web", "tier": "a"})
    assert not selects(chosen, {"app": "web"})
    assert not selects(chosen, {"app": "api", "tier": "a"})
    assert not selects(chosen, {"app": "web", "tier": "a", "old": ""})
    assert not selects(chosen, {"app": "web", "tier": "a", "env": "dev"})
    assert selects({}, {})
