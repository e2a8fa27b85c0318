import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kinds.schemas import type_of
from simulator.patches.errors import PatchError
from simulator.patches.strategic import apply

DEPLOYMENT = type_of("apps/v1", "Deployment")


def deployment(containers: list, **spec) -> dict:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"template": {"spec": {"containers": containers}}, **spec},
    }


def patched(document: dict, containers: list, **spec) -> list:
    patch = {"spec": {"template": {"spec": {"containers": containers}}, **spec}}
    return apply(document, patch, DEPLOYMENT)["spec"]["template"]["spec"]["containers"]


WEB = {
    "name": "web",
    "image": "nginx:1",
    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
}
SIDE = {"name": "side", "image": "busybox"}
DOCUMENT = deployment([WEB, SIDE])


def test_items_merge_by_key_and_new_ones_go_first() -> None:
    containers = patched(DOCUMENT, [{"name": "web", "image": "nginx:2", "env": [{"name": "C"}]}])
    assert containers[0]["image"] == "nginx:2"
    assert [each["name"] for each in containers[0]["env"]] == ["C", "A", "B"]
    assert containers[1] is SIDE


def test_an_item_can_be_deleted_by_key() -> None:
    (web, side) = patched(DOCUMENT, [{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}])
    assert web["env"] == [{"name": "B", "value": "2"}]
    assert side is SIDE


def test_a_list_can_be_replaced() -> None:
    only = {"name": "only", "image": "x"}
    assert patched(DOCUMENT, [{"$patch": "replace"}, only]) == [only]


def test_an_object_can_be_replaced_or_emptied() -> None:
    labels = {"metadata": {"labels": {"$patch": "replace", "z": "1"}}}
    assert apply(DOCUMENT, labels, DEPLOYMENT)["metadata"]["labels"] == {"z": "1"}
    gone = {"metadata": {"labels": {"$patch": "delete"}}}
    assert apply(DOCUMENT, gone, DEPLOYMENT)["metadata"]["labels"] == {}


def test_the_order_of_a_list_can_be_set() -> None:
    patch = {
        "spec": {
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
                    "containers": [{"name": "web", "image": "nginx:3"}],
                }
            }
        }
    }
    containers = apply(DOCUMENT, patch, DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in containers] == ["side", "web"]
    assert containers[1]["image"] == "nginx:3"


def test_an_order_alone_only_orders() -> None:
    patch = {
        "spec": {
            "template": {
                "spec": {"$setElementOrder/containers": [{"name": "side"}, {"name": "web"}]}
            }
        }
    }
    containers = apply(DOCUMENT, patch, DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert containers == [SIDE, WEB]


def test_only_the_keys_to_retain_stay() -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
    document = deployment([WEB], strategy=strategy)
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert apply(document, patch, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}


def test_keys_to_retain_must_cover_what_the_patch_sets() -> None:
    patch = {"spec": {"strategy": {"$retainKeys": [], "type": "Recreate"}}}
    with pytest.raises(PatchError, match="retainKeys"):
        apply(deployment([WEB], strategy={"type": "RollingUpdate"}), patch, DEPLOYMENT)


def test_lists_of_scalars_merge_and_lose_items_by_directive() -> None:
    document = {"metadata": {"finalizers": ["a/x", "b/x"]}}
    added = {"metadata": {"finalizers": ["c/x", "a/x"]}}
    merged = apply(document, added, DEPLOYMENT)["metadata"]["finalizers"]
    assert sorted(merged) == ["a/x", "b/x", "c/x"]
    removed = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/x"]}}
    assert apply(document, removed, DEPLOYMENT)["metadata"]["finalizers"] == ["b/x"]


def test_lists_without_merge_strategy_are_replaced() -> None:
    document = deployment([WEB | {"command": ["a"]}])
    assert patched(document, [{"name": "web", "command": ["b"]}])[0]["command"] == ["b"]


def test_null_deletes() -> None:
    assert "image" not in patched(DOCUMENT, [{"name": "web", "image": None}])[0]


def test_what_is_new_comes_without_directives_and_nulls() -> None:
    new = {"name": "new", "env": [{"name": "X", "value": None}, {"$patch": "delete", "name": "Y"}]}
    (first, *_) = patched(DOCUMENT, [new])
    assert first == {"name": "new", "env": [{"name": "X"}]}


@pytest.mark.parametrize(
    "containers",
    [
        [{"image": "no name"}],
        [{"$patch": "delete"}],
        [{"$patch": "leap", "name": "web"}],
        [{"name": "web", "$patch": "leap"}],
    ],
)
def test_items_without_key_and_unknown_directives_are_refused(containers: list) -> None:
    with pytest.raises(PatchError):
        patched(DOCUMENT, containers)


def test_an_item_without_key_is_shown_as_go_shows_it() -> None:
    with pytest.raises(PatchError) as error:
        patched(DOCUMENT, [{"image": "x", "args": ["a", "b"]}])
    assert error.value.message == (
        "map: map[args:[a b] image:x] does not contain declared merge key: name"
    )


def test_what_is_no_object_is_a_bad_request() -> None:
    with pytest.raises(PatchError) as error:
        apply(DOCUMENT, [], DEPLOYMENT)
    assert error.value.code == 400


_names = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@given(_names, _names)
def test_merging_containers_gives_every_name_once_and_is_done_once(
    ours: list, theirs: list
) -> None:
    document = deployment([{"name": name} for name in ours])
    patch = {
        "spec": {"template": {"spec": {"containers": [{"name": n, "image": "i"} for n in theirs]}}}
    }
    before = repr((document, patch))
    once = apply(document, patch, DEPLOYMENT)
    containers = once["spec"]["template"]["spec"]["containers"]
    names = [each["name"] for each in containers]
    assert sorted(names) == sorted({*ours, *theirs})
    assert apply(once, patch, DEPLOYMENT) == once
    assert repr((document, patch)) == before
