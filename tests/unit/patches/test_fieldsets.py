import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kinds.schemas import type_of
from simulator.kinds.types import ListOf, Struct
from simulator.patches.fieldsets import (
    NoKeyError,
    difference,
    field_set,
    intersection,
    item_key,
    paths,
    recursive_difference,
    union,
)

POD = type_of("v1", "Pod")


def list_type(*names: str) -> ListOf:
    type_ = POD
    for name in names:
        inner = type_.fields[name].type
        if isinstance(inner, ListOf) and name == names[-1]:
            return inner
        type_ = inner.element if isinstance(inner, ListOf) else inner  # type: ignore[assignment]
        assert isinstance(type_, Struct)
    raise AssertionError(names)


def members(fields: dict) -> set[str]:
    return set(paths(fields))


def test_the_set_of_an_object_holds_its_leaves_items_and_free_keys() -> None:
    obj = {
        "metadata": {"labels": {"a": "1"}, "finalizers": ["x/y"]},
        "spec": {
            "containers": [{"name": "c", "command": ["a", "b"], "ports": [{"containerPort": 80}]}],
            "securityContext": {},
            "nodeName": None,
        },
    }
    assert field_set(obj, POD) == {
        "f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {'v:"x/y"': {}}},
        "f:spec": {
            "f:containers": {
                'k:{"name":"c"}': {
                    ".": {},
                    "f:name": {},
                    "f:command": {},
                    "f:ports": {
                        'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}
                    },
                }
            },
            "f:securityContext": {},
            "f:nodeName": {},
        },
    }


def test_an_empty_list_sets_nothing() -> None:
    assert field_set({"spec": {"containers": []}}, POD) == {}


def test_items_of_one_key_are_covered_as_a_whole() -> None:
    obj = {"spec": {"containers": [{"name": "c", "image": "1"}, {"name": "c", "image": "2"}]}}
    assert field_set(obj, POD) == {"f:spec": {"f:containers": {'k:{"name":"c"}': {}}}}


def test_paths_are_printed_as_messages_print_them() -> None:
    fields = {
        "f:spec": {
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}}},
            "f:set": {'v:"a"': {}},
        }
    }
    assert list(paths(fields)) == [
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].name',
        '.spec.set[="a"]',
    ]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"image": "x"}, 'omits all key fields ["name"]'),
        (None, "may not have a null element"),
        ("text", "may not have non-map elements"),
    ],
)
def test_items_without_key_are_told_apart_by_nothing(item: object, why: str) -> None:
    with pytest.raises(NoKeyError) as error:
        item_key(item, list_type("spec", "containers"))
    assert why in str(error.value)


@pytest.mark.parametrize("item", [{}, [], None])
def test_sets_hold_scalars_only(item: object) -> None:
    with pytest.raises(NoKeyError):
        item_key(item, list_type("metadata", "finalizers"))


def _with_dot(children: dict, dotted: bool) -> dict:
    return {".": {}, **children} if dotted and children else children


_sets = st.recursive(
    st.just({}),
    lambda inner: st.builds(
        _with_dot,
        st.dictionaries(
            st.sampled_from(["f:a", "f:b", 'k:{"n":1}']), inner, min_size=1, max_size=3
        ),
        st.booleans(),
    ),
    max_leaves=8,
).map(lambda node: {key: value for key, value in node.items() if key != "."})


@given(_sets, _sets)
def test_sets_obey_the_laws_of_sets(one: dict, other: dict) -> None:
    assert members(union(one, other)) == members(one) | members(other)
    assert members(intersection(one, other)) == members(one) & members(other)
    assert members(difference(one, other)) == members(one) - members(other)


@given(_sets, _sets)
def test_a_recursive_difference_takes_what_lies_below_too(one: dict, other: dict) -> None:
    gone = members(other)
    kept = {
        path
        for path in members(one)
        if not any(path == taken or path.startswith((f"{taken}.", f"{taken}[")) for taken in gone)
    }
    assert members(recursive_difference(one, other)) == kept


@given(_sets, _sets)
def test_operations_leave_their_operands_alone(one: dict, other: dict) -> None:
    before = repr((one, other))
    for operation in (union, intersection, difference, recursive_difference):
        operation(one, other)
    assert repr((one, other)) == before
