"""A custom kind in several versions: one object, shown in each of them."""

import pytest

from simulator.jsontypes import JSONObject
from tests.unit.api.conftest import Http

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
OBJECT_SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def version(name: str, *, storage: bool = False, served: bool = True) -> JSONObject:
    return {
        "name": name,
        "served": served,
        "storage": storage,
        "schema": {"openAPIV3Schema": OBJECT_SCHEMA},
    }


async def define(http: Http, *versions: JSONObject) -> None:
    names = {"kind": "Widget", "plural": "widgets"}
    spec = {"group": "example.com", "names": names, "scope": "Namespaced", "versions": versions}
    spec["versions"] = list(versions)
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    metadata = {"name": "widgets.example.com"}
    await http.ok("POST", CRDS, {**head, "metadata": metadata, "spec": spec})


def path(name: str, rest: str = "") -> str:
    return f"/apis/example.com/{name}/namespaces/default/widgets{rest}"


@pytest.fixture
async def two(http: Http) -> Http:
    await define(http, version("v1beta1", storage=True), version("v1"))
    return http


def widget(name: str) -> JSONObject:
    return {"apiVersion": f"example.com/{name}", "kind": "Widget", "metadata": {"name": "w"}}


async def test_what_is_made_in_one_version_is_shown_in_the_other(two: Http) -> None:
    made = await two.ok("POST", path("v1"), widget("v1") | {"spec": {"a": 1}})
    assert made["apiVersion"] == "example.com/v1"
    other = await two.ok("GET", path("v1beta1", "/w"))
    assert (other["apiVersion"], other["spec"]) == ("example.com/v1beta1", {"a": 1})
    assert other["metadata"]["uid"] == made["metadata"]["uid"]


async def test_a_list_is_of_the_version_that_was_asked_for(two: Http) -> None:
    await two.ok("POST", path("v1"), widget("v1"))
    for name in ("v1", "v1beta1"):
        listed = await two.ok("GET", path(name))
        assert listed["apiVersion"] == f"example.com/{name}"
        assert [item["apiVersion"] for item in listed["items"]] == [f"example.com/{name}"]


async def test_each_version_changes_the_object(two: Http) -> None:
    made = await two.ok("POST", path("v1"), widget("v1"))
    change = {"apiVersion": "example.com/v1", "spec": {"a": 2}}
    merge = "application/merge-patch+json"
    patched = await two.ok("PATCH", path("v1", "/w"), change, content_type=merge)
    assert (patched["apiVersion"], patched["spec"]) == ("example.com/v1", {"a": 2})
    put = {**patched, "spec": {"a": 3}}
    assert (await two.ok("PUT", path("v1", "/w"), put))["spec"] == {"a": 3}
    apply = "application/apply-patch+yaml"
    body = widget("v1") | {"spec": {"b": 1}}
    address = path("v1", "/w?fieldManager=m&force=true")
    assert (await two.ok("PATCH", address, body, content_type=apply))["spec"]["b"] == 1
    assert (await two.ok("GET", path("v1beta1", "/w")))["metadata"]["generation"] > 1
    assert made["metadata"]["generation"] == 1


async def test_a_body_of_another_version_is_refused(two: Http) -> None:
    assert (await two.refused("POST", path("v1"), widget("v1beta1")))[0] == 400


async def test_a_version_that_is_not_served_is_not_there(http: Http) -> None:
    await define(http, version("v1", storage=True, served=False), version("v2"))
    assert (await http.send("GET", path("v1"))).status == 404
    made = await http.ok("POST", path("v2"), widget("v2"))
    assert made["apiVersion"] == "example.com/v2"


async def test_the_most_stable_and_newest_version_is_preferred(http: Http) -> None:
    names = ("odd", "v1alpha1", "v1beta2", "v1", "v2", "v1beta10")
    await define(http, *(version(name, storage=name == "v1alpha1") for name in names))
    group = await http.ok("GET", "/apis/example.com")
    listed = [entry["version"] for entry in group["versions"]]
    assert listed == ["v2", "v1", "v1beta10", "v1beta2", "v1alpha1", "odd"]
    assert group["preferredVersion"]["version"] == "v2"


async def test_it_goes_with_its_definition(two: Http) -> None:
    await two.ok("POST", path("v1"), widget("v1"))
    await two.ok("DELETE", f"{CRDS}/widgets.example.com")
    assert (await two.send("GET", path("v1"))).status == 404
