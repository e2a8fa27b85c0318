"""Requests that a careful client never sends are refused in the words of the real server."""

import pytest

from tests.unit.api.conftest import Http

MAPS = "/api/v1/namespaces/default/configmaps"
MERGE, STRATEGIC, JSON = (
    f"application/{form}+json" for form in ("merge-patch", "strategic-merge-patch", "json-patch")
)


async def a_map(http: Http) -> None:
    await http.ok("POST", MAPS, {"metadata": {"name": "a"}})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("labelSelector=-a", 'unable to parse requirement: key: Invalid value: "-a": name part'),
        ("labelSelector=a=@", 'unable to parse requirement: values[0][a]: Invalid value: "@": a v'),
        ("labelSelector=a>b", 'unable to parse requirement: values[0]: Invalid value: "b": for'),
        ("limit=x", 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("watch=1&timeoutSeconds=x", 'strconv.ParseInt: parsing "x": invalid syntax'),
    ],
)
async def test_a_bad_option_of_a_list_is_refused(http: Http, query: str, message: str) -> None:
    status, said = await http.refused("GET", f"{MAPS}?{query}")
    assert (status, said[: len(message)]) == (400, message)


async def test_a_manager_has_no_unprintable_characters(http: Http) -> None:
    status, said = await http.refused("POST", f"{MAPS}?fieldManager=a\x01", {})
    assert status == 422
    assert said.endswith(
        'fieldManager: Invalid value: "a\\u0001": invalid character U+0001 (at position 1)'
    )


async def test_orphans_are_asked_for_in_one_way_only(http: Http) -> None:
    await a_map(http)
    query = "orphanDependents=true&propagationPolicy=Orphan"
    status, said = await http.refused("DELETE", f"{MAPS}/a?{query}")
    assert status == 422
    assert said.endswith(
        'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot '
        "be both set"
    )


@pytest.mark.parametrize(
    ("form", "change", "status", "end"),
    [
        (MERGE, "x", 400, "cannot unmarshal string into Go value of type map[string]interface {}"),
        (
            MERGE,
            {"metadata": None},
            400,
            "(a based on URL) was undeterminable: name must be provided",
        ),
        (
            MERGE,
            {"kind": "Secret"},
            422,
            "converting (v1.Secret) to (core.ConfigMap): unknown conv",
        ),
        (
            STRATEGIC,
            {"data": {"a": 1}},
            422,
            '"map[data:map[a:1]]": cannot convert int64 to string',
        ),
        (STRATEGIC, {"data": {"a": True}}, 422, "unrecognized type: string"),
        (STRATEGIC, {"data": "x"}, 422, '"map[data:x]": cannot restore map from string'),
        (STRATEGIC, {"metadata": {"finalizers": "x"}}, 422, "cannot restore slice from string"),
        (STRATEGIC, {"immutable": "x"}, 422, '"map[immutable:x]": unrecognized type: bool'),
    ],
)
async def test_a_patch_that_spoils_its_object_is_refused(
    http: Http, form: str, change: object, status: int, end: str
) -> None:
    await a_map(http)
    code, said = await http.refused("PATCH", f"{MAPS}/a", change, content_type=form)
    assert (code, end in said) == (status, True), said


async def test_a_put_without_a_name_is_refused(http: Http) -> None:
    await a_map(http)
    status, said = await http.refused("PUT", f"{MAPS}/a", {"data": {}})
    assert status == 400
    assert said.endswith("(a based on URL) was undeterminable: name must be provided")


@pytest.mark.parametrize("field", ["apiVersion", "kind"])
async def test_kind_and_version_are_texts(http: Http, field: str) -> None:
    status, said = await http.refused("POST", MAPS, {field: 1, "metadata": {"name": "a"}})
    assert status == 400
    assert f"cannot unmarshal number into Go struct field .{field} of type string" in said


APPLY = "application/apply-patch+yaml"


async def test_an_apply_that_creates_names_its_object(http: Http) -> None:
    unnamed = {"apiVersion": "v1", "kind": "ConfigMap"}
    target = f"{MAPS}/a?fieldManager=m"
    status, said = await http.refused("PATCH", target, unnamed, content_type=APPLY)
    assert status == 400
    assert said.endswith("(a based on URL) was undeterminable: name must be provided")
    await a_map(http)
    await http.ok("PATCH", target, unnamed, content_type=APPLY)


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GADGET = {
    "metadata": {"name": "gadgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "gadgets", "kind": "Gadget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("version", "kind", "status", "end"),
    [
        (
            "example.com/v2",
            "Gadget",
            400,
            (
                "the API version in the data (example.com/v2) does not match the expected API "
                "version (example.com/v1)"
            ),
        ),
        ("example.com/v1", "Thing", 422, 'kind: Invalid value: "Thing": must be Gadget'),
    ],
)
async def test_a_custom_object_is_of_the_kind_of_its_path(
    http: Http, version: str, kind: str, status: int, end: str
) -> None:
    await http.ok("POST", CRDS, GADGET)
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}}
    target = "/apis/example.com/v1/namespaces/default/gadgets"
    code, said = await http.refused("POST", target, body)
    assert (code, said.endswith(end)) == (status, True), said
