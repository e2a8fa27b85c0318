"""Laws of ownership, over made-up ConfigMaps and containers."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.jsontypes import JSONObject
from simulator.kinds.schemas import type_of
from simulator.patches import structured
from simulator.patches.comparison import compare
from simulator.patches.fieldsets import field_set, paths, union

DEPLOYMENT = type_of("apps/v1", "Deployment")
NOW = "2026-01-01T00:00:00Z"

_values = st.sampled_from(["1", "2"])


def _containers(names: str) -> st.SearchStrategy[list[JSONObject]]:
    variables = st.lists(
        st.builds(lambda n, v: {"name": n, "value": v}, st.sampled_from("ABC"), _values),
        unique_by=lambda variable: variable["name"],
        max_size=3,
    )
    container = st.builds(
        lambda name, image, env: {"name": name, "image": image, **({"env": env} if env else {})},
        st.sampled_from(names),
        _values,
        variables,
    )
    return st.lists(container, unique_by=lambda each: each["name"], max_size=3)


def _applied(names: str) -> st.SearchStrategy[JSONObject]:
    labels = st.dictionaries(st.sampled_from([f"{name}-label" for name in names]), _values)
    return st.builds(
        lambda containers, labels: {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d", **({"labels": labels} if labels else {})},
            "spec": {"template": {"spec": {"containers": containers}}} if containers else {},
        },
        _containers(names),
        labels,
    )


def apply(
    live: JSONObject | None, applied: JSONObject, manager: str, *, force: bool = True
) -> JSONObject:
    return structured.apply(
        live, applied, DEPLOYMENT, manager=manager, api_version="apps/v1", now=NOW, force=force
    )


def names_of(obj: JSONObject) -> list[str]:
    template = obj["spec"].get("template", {}).get("spec", {})
    return [container["name"] for container in template.get("containers") or ()]


@given(_applied("abc"), _applied("abc"))
def test_applying_twice_is_applying_once(first: JSONObject, second: JSONObject) -> None:
    once = apply(apply(None, first, "x"), second, "x")
    assert apply(once, second, "x") == once


@given(_applied("abc"), _applied("def"))
def test_disjoint_managers_never_conflict_and_keep_what_they_set(
    ours: JSONObject, theirs: JSONObject
) -> None:
    both = apply(apply(None, ours, "x", force=False), theirs, "y", force=False)
    assert set(names_of(both)) == {*names_of(ours), *names_of(theirs)}
    alone = apply(both, {**theirs, "metadata": {"name": "d"}, "spec": {}}, "y", force=False)
    assert names_of(alone) == names_of(ours)


@given(_applied("abc"), _applied("abc"))
def test_the_newest_apply_holds_with_force(first: JSONObject, second: JSONObject) -> None:
    result = apply(apply(None, first, "x"), second, "y")
    again = apply(result, second, "y")
    assert again == result
    containers = {each["name"]: each for each in _template(result)}
    for each in _template(second):
        assert containers[each["name"]]["image"] == each["image"]


def _template(obj: JSONObject) -> list[JSONObject]:
    found = obj["spec"].get("template", {}).get("spec", {}).get("containers") or []
    return list(found)


@given(_applied("abc"), _applied("abc"))
def test_only_the_newest_apply_of_one_manager_counts(first: JSONObject, second: JSONObject) -> None:
    result = apply(apply(None, first, "x"), second, "x")
    fresh = apply(None, second, "x")
    assert _template(result) == _template(fresh)
    assert result["metadata"] == fresh["metadata"]


@given(_applied("abc"), _applied("abc"))
def test_nothing_handed_in_is_changed(first: JSONObject, second: JSONObject) -> None:
    live = apply(None, first, "x")
    before = repr((live, second))
    apply(live, second, "y")
    assert repr((live, second)) == before


@given(_applied("abc"), _applied("abc"))
def test_two_objects_compare_equal_only_to_themselves(one: JSONObject, other: JSONObject) -> None:
    same = compare(one, one, DEPLOYMENT)
    assert (same.changed, same.removed) == ({}, {})
    there, back = compare(one, other, DEPLOYMENT), compare(other, one, DEPLOYMENT)
    assert set(paths(there.removed)) <= set(paths(union(back.changed, field_set(one, DEPLOYMENT))))
    if names_of(one) != names_of(other) and sorted(names_of(one)) != sorted(names_of(other)):
        assert there.changed or there.removed
