import pytest

from simulator.patches.errors import PatchError
from simulator.patches.json_patch import apply

DOCUMENT = {"a": {"b": 1, "c/d": 2, "e~f": 3}, "list": [1, 2, 3]}


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "add", "path": "/a/x", "value": 9}, {"a": {**DOCUMENT["a"], "x": 9}}),
        ({"op": "add", "path": "/a/b", "value": 9}, {"a": {**DOCUMENT["a"], "b": 9}}),
        ({"op": "add", "path": "/list/1", "value": 9}, {"list": [1, 9, 2, 3]}),
        ({"op": "add", "path": "/list/3", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "add", "path": "/list/-", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "remove", "path": "/list/0"}, {"list": [2, 3]}),
        ({"op": "remove", "path": "/list/-1"}, {"list": [1, 2]}),
        ({"op": "remove", "path": "/a/c~1d"}, {"a": {"b": 1, "e~f": 3}}),
        ({"op": "replace", "path": "/a/e~0f", "value": 9}, {"a": {**DOCUMENT["a"], "e~f": 9}}),
        ({"op": "move", "from": "/a/b", "path": "/z"}, {"a": {"c/d": 2, "e~f": 3}, "z": 1}),
        ({"op": "copy", "from": "/list", "path": "/z"}, {"z": [1, 2, 3]}),
        ({"op": "test", "path": "/a/b", "value": 1}, {}),
        ({"op": "test", "path": "/nothing", "value": None}, {}),
    ],
)
def test_operations_do_what_the_rfc_says(operation: dict, result: dict) -> None:
    before = repr(DOCUMENT)
    assert apply(DOCUMENT, [operation]) == {**DOCUMENT, **result}
    assert repr(DOCUMENT) == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/a/nope"},
        {"op": "replace", "path": "/nope", "value": 1},
        {"op": "add", "path": "/nope/x", "value": 1},
        {"op": "add", "path": "/list/4", "value": 1},
        {"op": "add", "path": "/list/x", "value": 1},
        {"op": "add", "path": "/a/b/c", "value": 1},
        {"op": "test", "path": "/a/b", "value": 2},
        {"op": "test", "path": "/a/b", "value": True},
        {"op": "move", "from": "/nope", "path": "/x"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "leap", "path": "/a"},
    ],
)
def test_what_does_not_apply_is_unprocessable(operation: dict) -> None:
    with pytest.raises(PatchError) as error:
        apply(DOCUMENT, [operation])
    assert error.value.code == 422


def test_the_first_operation_that_fails_undoes_all() -> None:
    with pytest.raises(PatchError):
        apply(DOCUMENT, [{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/a"}])
    assert "a" in DOCUMENT


def test_what_is_no_patch_is_a_bad_request_in_the_words_of_go() -> None:
    with pytest.raises(PatchError) as error:
        apply(DOCUMENT, {"op": "add"})
    assert error.value.code == 400
    assert error.value.message == (
        "error decoding patch: json: cannot unmarshal object into Go value of type "
        "[]handlers.jsonPatchOp"
    )


def test_untouched_parts_are_shared() -> None:
    result = apply(DOCUMENT, [{"op": "add", "path": "/list/-", "value": 4}])
    assert result["a"] is DOCUMENT["a"]
