import pytest

from provider.reconcile.leaves import ABSENT, by_key, is_zero, item_path, key_of_field, same_whole


@pytest.mark.parametrize(
    "value", [ABSENT, None, "", 0, 0.0, False, [], {}, {"a": ""}, {"a": {"b": [], "c": None}}]
)
def test_what_go_omits_is_zero(value):
    assert is_zero(value)


@pytest.mark.parametrize("value", ["0", 1, True, [""], [0], {"a": "b"}, {"a": {"b": 1}}])
def test_anything_else_is_not_zero(value):
    assert not is_zero(value)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": 1, "b": 0}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": {}}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": False}, ABSENT, True),
        ({"a": True}, ABSENT, False),
        ([], None, True),
        ([{"a": 0}], [{}], True),
        ({"a": 1}, [1], False),
        (True, 1, False),
        ("1000m", "1", False),
    ],
)
def test_whole_values_are_equal_both_ways_but_for_zeros(one, other, equal):
    assert same_whole(one, other) is equal


def test_a_key_of_a_field_set_is_that_of_its_item():
    keys = ("containerPort", "protocol")
    item = {"protocol": "TCP", "containerPort": 80, "name": "http"}

    key = key_of_field('k:{"containerPort":80,"protocol":"TCP"}', keys)

    assert by_key([item], keys) == {key: item}
    assert item_path("ports", key) == "ports[80/TCP]"
