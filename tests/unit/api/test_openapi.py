"""OpenAPI tells clients what paths take and what kinds look like."""

import orjson
import pytest

from simulator.jsontypes import JSONObject
from tests.unit.api.conftest import Http

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {}}},
                    }
                },
            }
        ],
    },
}
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


async def index(http: Http) -> JSONObject:
    answer = await http.ok("GET", "/openapi/v3")
    return {path: entry["serverRelativeURL"] for path, entry in answer["paths"].items()}


async def group(http: Http, path: str) -> JSONObject:
    return await http.ok("GET", (await index(http))[path])


async def test_every_served_version_has_a_document(http: Http) -> None:
    groups = await http.ok("GET", "/apis")
    versions = {f"apis/{v['groupVersion']}" for g in groups["groups"] for v in g["versions"]}
    served = set(await index(http))
    assert "api/v1" in served
    assert served <= versions | {"api/v1"}


async def test_every_reference_leads_somewhere(http: Http) -> None:
    for path in await index(http):
        text = orjson.dumps(document := await group(http, path)).decode()
        schemas = document["components"]["schemas"]
        for piece in text.split('"$ref":"#/components/schemas/')[1:]:
            assert piece.partition('"')[0] in schemas, path


async def test_patch_tells_its_parameters_and_body_types(http: Http) -> None:
    document = await group(http, "apis/apps/v1")
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {p["name"] for p in patch["parameters"]} == {
        "dryRun",
        "fieldManager",
        "fieldValidation",
        "force",
    }
    assert "application/strategic-merge-patch+json" in patch["requestBody"]["content"]
    assert patch["x-kubernetes-group-version-kind"] == {
        "group": "apps",
        "kind": "Deployment",
        "version": "v1",
    }


async def test_schemas_carry_merge_keys(http: Http) -> None:
    document = await group(http, "api/v1")
    spec = document["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]
    assert spec["containers"]["x-kubernetes-patch-merge-key"] == "name"
    assert spec["containers"]["x-kubernetes-list-map-keys"] == ["name"]


async def test_a_definition_adds_its_schema_and_takes_no_strategic_patch(http: Http) -> None:
    await http.ok("POST", CRDS, CRD)
    document = await group(http, "apis/example.com/v1")
    widget = document["components"]["schemas"]["com.example.v1.Widget"]
    assert widget["properties"].keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert widget["x-kubernetes-group-version-kind"] == [
        {"group": "example.com", "kind": "Widget", "version": "v1"}
    ]
    patch = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]["patch"]
    assert "application/strategic-merge-patch+json" not in patch["requestBody"]["content"]


async def test_a_changed_definition_has_another_address_to_which_the_old_one_leads(
    http: Http,
) -> None:
    await http.ok("POST", CRDS, CRD)
    before = (await index(http))["apis/example.com/v1"]
    version = CRD["spec"]["versions"][0]
    changed = {"schema": {"openAPIV3Schema": {"type": "object", "properties": {}}}}
    change = {"spec": {"versions": [{**version, **changed}]}}
    await http.ok(
        "PATCH", f"{CRDS}/widgets.example.com", change, content_type="application/merge-patch+json"
    )
    after = (await index(http))["apis/example.com/v1"]
    assert before != after
    moved = await http.send("GET", before)
    assert (moved.status, dict(moved.headers)["location"]) == (301, after)


async def test_a_document_with_its_hash_may_be_kept_and_is_not_sent_twice(http: Http) -> None:
    address = (await index(http))["api/v1"]
    first = await http.send("GET", address)
    headers = dict(first.headers)
    assert headers["cache-control"] == "public, immutable"
    again = await http.send("GET", address, if_none_match=headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_the_old_version_is_one_document_in_json(http: Http) -> None:
    document = await http.ok("GET", "/openapi/v2")
    definition = document["definitions"]["io.k8s.api.apps.v1.Deployment"]
    assert definition["properties"]["spec"] == {
        "$ref": "#/definitions/io.k8s.api.apps.v1.DeploymentSpec"
    }


@pytest.mark.parametrize("path", ["/openapi/v3/apis/nope/v1", "/openapi/v4"])
async def test_there_is_nothing_else(http: Http, path: str) -> None:
    assert (await http.send("GET", path)).status == 404


async def test_it_is_only_read(http: Http) -> None:
    assert (await http.refused("POST", "/openapi/v3", {}))[0] == 405
