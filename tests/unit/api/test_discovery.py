"""What clients ask before anything else."""

import re

import orjson
import pytest

from tests.unit.api.conftest import Http

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


async def test_the_version_is_a_semantic_version(http: Http) -> None:
    version = await http.ok("GET", "/version")
    assert re.fullmatch(r"v\d+\.\d+\.\d+(\+[0-9a-z.-]+)?", version["gitVersion"])


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/readyz/ping"])
async def test_probes_say_ok(http: Http, path: str) -> None:
    answer = await http.send("GET", path)
    assert (answer.status, answer.body) == (200, b"ok")


async def test_groups_and_versions_are_listed(http: Http) -> None:
    assert (await http.ok("GET", "/api"))["versions"] == ["v1"]
    groups = {group["name"] for group in (await http.ok("GET", "/apis"))["groups"]}
    assert {"apps", "networking.k8s.io", "apiextensions.k8s.io"} <= groups
    apps = await http.ok("GET", "/apis/apps")
    assert apps["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}


async def test_resources_are_listed_with_what_kubectl_needs(http: Http) -> None:
    rows = {row["name"]: row for row in (await http.ok("GET", "/apis/apps/v1"))["resources"]}
    deployments = rows["deployments"]
    assert (deployments["kind"], deployments["namespaced"]) == ("Deployment", True)
    assert deployments["shortNames"] == ["deploy"]
    assert "deletecollection" in deployments["verbs"]
    assert (rows["deployments/scale"]["group"], rows["deployments/scale"]["kind"]) == (
        "autoscaling",
        "Scale",
    )
    core = {row["name"]: row for row in (await http.ok("GET", "/api/v1"))["resources"]}
    assert "deletecollection" not in core["namespaces"]["verbs"]


async def test_every_listed_resource_can_be_listed(http: Http) -> None:
    roots = ["/api/v1"]
    for group in (await http.ok("GET", "/apis"))["groups"]:
        roots += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    for root in roots:
        for row in (await http.ok("GET", root))["resources"]:
            if "/" not in row["name"] and "list" in row["verbs"]:
                found = await http.ok("GET", f"{root}/{row['name']}")
                assert found["kind"] == f"{row['kind']}List"


@pytest.mark.parametrize("path", ["/api", "/apis"])
async def test_the_aggregated_form_names_the_same_resources(http: Http, path: str) -> None:
    found = await http.ok("GET", path, accept=f"{AGGREGATED},application/json")
    assert found["kind"] == "APIGroupDiscoveryList"
    listed = {
        (item["metadata"].get("name", ""), row["resource"])
        for item in found["items"]
        for version in item["versions"]
        for row in version["resources"]
    }
    wanted = ("", "pods") if path == "/api" else ("apps", "deployments")
    assert wanted in listed


async def test_the_aggregated_form_is_known_by_its_media_type(http: Http) -> None:
    # client-go reads the form off the parameters of the answer's type, not off its body.
    answer = await http.send("GET", "/apis", accept=AGGREGATED)
    assert dict(answer.headers)["content-type"] == AGGREGATED


async def test_an_old_client_gets_the_plain_form(http: Http) -> None:
    answer = await http.send("GET", "/apis", accept="application/json")
    assert orjson.loads(answer.body)["kind"] == "APIGroupList"


async def test_a_scrape_learns_the_version(http: Http) -> None:
    answer = await http.send("GET", "/metrics")
    assert answer.status == 200
    assert b'\nkubernetes_build_info{git_version="v1.36.' in answer.body
