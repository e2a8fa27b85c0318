import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patches.errors import PatchError
from simulator.patches.merge_patch import apply

_scalars = st.one_of(st.booleans(), st.integers(0, 5), st.text("ab", max_size=2))
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
_objects = st.dictionaries(st.sampled_from("abc"), _values, max_size=3)
_patches = st.recursive(
    st.one_of(st.none(), _scalars),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


def test_nulls_delete_and_lists_are_replaced() -> None:
    document = {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1}
    patch = {"a": {"y": None, "z": {"deep": 1, "none": None}}, "list": [3], "gone": None}
    assert apply(document, patch) == {"a": {"x": 1, "z": {"deep": 1}}, "list": [3]}


def test_an_object_takes_the_place_of_a_scalar() -> None:
    assert apply({"a": 1}, {"a": {"b": None, "c": 2}}) == {"a": {"c": 2}}


def test_what_is_no_object_is_a_bad_request() -> None:
    with pytest.raises(PatchError) as error:
        apply({}, [1])
    assert error.value.code == 400


@given(_objects, _patches)
def test_a_patch_applied_twice_is_a_patch_applied_once(document: dict, patch: dict) -> None:
    once = apply(document, patch)
    assert apply(once, patch) == once


@given(_objects)
def test_an_empty_patch_changes_nothing(document: dict) -> None:
    assert apply(document, {}) == document


@given(_objects, _patches)
def test_neither_document_nor_patch_is_changed(document: dict, patch: dict) -> None:
    before = repr((document, patch))
    apply(document, patch)
    assert repr((document, patch)) == before


@given(_objects, _objects)
def test_the_difference_of_two_documents_leads_from_one_to_the_other(one: dict, two: dict) -> None:
    assert apply(one, _difference(one, two)) == two


def _difference(one: dict, two: dict) -> dict:
    patch: dict = {key: None for key in one if key not in two}
    for key, value in two.items():
        mine = one.get(key)
        if isinstance(value, dict) and isinstance(mine, dict):
            patch[key] = _difference(mine, value)
        elif key not in one or value != mine or type(value) is not type(mine):
            patch[key] = value
    return patch
