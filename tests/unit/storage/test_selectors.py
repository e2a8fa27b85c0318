"""Label and field selectors, and what is said of bad ones."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.storage.fields import selectable
from simulator.storage.selectors import SelectorError, selector


def labelled(**labels: str) -> JSONObject:
    return {"metadata": {"name": "x", "namespace": "n", "labels": labels}}


PROD, DEV, BARE = labelled(env="prod", tier="1"), labelled(env="dev", tier="2"), labelled()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [PROD, DEV, BARE]),
        ("env=prod", [PROD]),
        ("env==prod", [PROD]),
        ("env!=prod", [DEV, BARE]),
        ("env in (prod,dev)", [PROD, DEV]),
        ("env in (prod, dev),tier", [PROD, DEV]),
        ("env notin (prod)", [DEV, BARE]),
        ("env", [PROD, DEV]),
        ("!env", [BARE]),
        ("tier=1,env=prod", [PROD]),
        ("tier=1,env=dev", []),
        ("tier>1", [DEV]),
        ("tier<2", [PROD]),
        ("env=", []),
        (" env = prod ", [PROD]),
    ],
)
def test_a_label_selector_picks_what_meets_all_its_requirements(
    text: str, expected: list[JSONObject]
) -> None:
    chosen = selector(text, "")
    assert [obj for obj in (PROD, DEV, BARE) if chosen.matches(obj)] == expected


def test_labels_may_be_absent_or_null() -> None:
    assert selector("!a", "").matches({"metadata": {}})
    assert selector("!a", "").matches({"metadata": {"labels": None}})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("env in prod", "unable to parse requirement: found 'prod' expected: '('"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in (b", "unable to parse requirement: found '', expected: ',', or ')'"),
        ("!=a", "found '!=', expected: !, identifier, or 'end of string'"),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
        ),
    ],
)
def test_a_bad_label_selector_is_refused_in_the_words_of_the_real_parser(
    text: str, complaint: str
) -> None:
    with pytest.raises(SelectorError) as caught:
        selector(text, "")
    assert str(caught.value) == complaint


def test_a_field_selector_compares_and_excludes() -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}
    fields = selectable("pods")
    assert selector("", "status.phase=Running,spec.nodeName=n1", fields).matches(pod)
    assert not selector("", "status.phase!=Running", fields).matches(pod)
    assert selector("", "spec.nodeName==n1,metadata.name!=q", fields).matches(pod)


def test_an_absent_field_counts_as_its_default() -> None:
    assert selector("", "spec.nodeName=", selectable("pods")).matches({"metadata": {}, "spec": {}})
    nodes = selectable("nodes")
    assert selector("", "spec.unschedulable=false", nodes).matches({"metadata": {}, "spec": {}})
    cordoned = {"metadata": {}, "spec": {"unschedulable": True}}
    assert selector("", "spec.unschedulable=true", nodes).matches(cordoned)


def test_a_field_that_is_not_selectable_is_refused() -> None:
    with pytest.raises(SelectorError) as caught:
        selector("", "data.k=v")
    known = 'only "metadata.name", "metadata.namespace"'
    assert str(caught.value) == f'"data.k" is not a known field selector: {known}'
    with pytest.raises(SelectorError) as caught:
        selector("", "spec.foo=v", selectable("pods"))
    assert str(caught.value) == "field label not supported: spec.foo"


def test_a_custom_resource_has_the_fields_that_its_definition_names() -> None:
    fields = selectable("g/things", ("spec.color",))
    assert selector("", "spec.color=red", fields).matches(
        {"metadata": {}, "spec": {"color": "red"}}
    )


def test_a_field_selector_without_a_comparison_is_refused() -> None:
    with pytest.raises(SelectorError):
        selector("", "metadata.name")


def test_the_name_that_a_field_selector_demands_is_known() -> None:
    assert selector("", "metadata.name=a").exact_name == "a"
    assert selector("", "metadata.name!=a").exact_name == ""
    assert selector("a=b", "").exact_name == ""
