"""What a real server refuses is refused, in its words; what it takes is taken."""

from pathlib import Path

import orjson
import pytest

from simulator.admission.allocation import kept
from simulator.admission.validation import validate_create, validate_update
from simulator.jsontypes import JSONObject
from simulator.kinds.canonical import MismatchError
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import Resource, by_kind, by_path
from simulator.patches import json_patch, merge_patch

CONFORMANCE = Path(__file__).parents[2] / "conformance"
TIME = "2026-01-01T00:00:00Z"

BY_OTHERS = {
    "services/allocation-6": "a node port out of range is the allocator's to refuse",
}


def resource_of(api_version: str, kind: str) -> Resource:
    found = by_kind(api_version, kind)
    assert found is not None
    return found


def causes(found) -> list[JSONObject]:
    return [{"field": each.field, "message": each.message, "reason": each.reason} for each in found]


def recorded() -> list[tuple[str, JSONObject, JSONObject]]:
    """Name, recorded case and step of everything sent to one of our kinds."""
    steps = []
    for file in sorted(CONFORMANCE.glob("*.json")):
        text = file.read_text().replace("<time>", TIME).replace("${run}", "<run>")
        text = text.replace("<run>", "run").replace("<ip>", "10.96.0.9")
        text = text.replace('"<nodePort>"', "30000")
        for case in orjson.loads(text)["cases"]:
            for number, step in enumerate(case["steps"]):
                steps.append((f"{case['case']}-{number}", case, step))
    return steps


STEPS = recorded()


def creates() -> list[tuple[str, JSONObject, list[JSONObject]]]:
    found = []
    for name, _, step in STEPS:
        request, answer = step["request"], step["response"]
        body = request.get("body")
        if request["method"] != "POST" or not isinstance(body, dict) or name in BY_OTHERS:
            continue
        if answer["status"] not in (201, 422) or "?" in request["path"]:
            continue
        resource = by_kind(body.get("apiVersion", ""), body.get("kind", ""))
        if resource is None:
            continue
        metadata = {**body["metadata"]}
        if resource.namespaced:
            metadata["namespace"] = request["path"].split("/namespaces/")[1].split("/")[0]
        if "generateName" in metadata:
            metadata["name"] = metadata["generateName"] + "x"
        refused = (answer["body"] or {}).get("details", {}).get("causes", [])
        found.append(
            (name, {**body, "metadata": metadata}, refused if answer["status"] == 422 else [])
        )
    return found


CREATES = creates()


@pytest.mark.parametrize(("obj", "refused"), [c[1:] for c in CREATES], ids=[c[0] for c in CREATES])
def test_recorded_creates(obj: JSONObject, refused: list[JSONObject]) -> None:
    resource = resource_of(obj["apiVersion"], obj["kind"])
    assert causes(validate_create(resource, defaulted(resource, obj))) == refused


def test_there_are_refused_creates_of_many_kinds() -> None:
    refused = [obj["kind"] for _, obj, why in CREATES if why]
    assert len(refused) >= 15
    assert len(set(refused)) >= 8


def changes() -> list[tuple[str, Resource, JSONObject, JSONObject, list[JSONObject]]]:
    """Patches of objects whose last state was answered before."""
    found = []
    live: dict[str, JSONObject] = {}
    for name, _, step in STEPS:
        request, answer = step["request"], step["response"]
        path = request["path"].split("?")[0]
        body = answer["body"] if isinstance(answer["body"], dict) else {}
        kind = request.get("headers", {}).get("content-type", "")
        target = path.removesuffix("/status")
        known = target in live and request["path"] == path
        if request["method"] == "PATCH" and known and answer["status"] in (200, 422):
            old = live[target]
            resource = by_kind(old.get("apiVersion", ""), old["kind"])
            new = patched(old, request["body"], kind)
            if resource is not None and new is not None and not fenced(request["body"]):
                if target == path and "status" in old:
                    new = {**new, "status": old["status"]}
                refused = (
                    body.get("details", {}).get("causes", []) if answer["status"] == 422 else []
                )
                found.append((name, resource, new, old, refused))
        if answer["status"] in (200, 201) and "metadata" in body and body["kind"] != "Scale":
            at = target
            if request["method"] == "POST" and "name" in body["metadata"]:
                at = f"{path}/{body['metadata']['name']}"
            live[at] = body
    return found


def fenced(patch: object) -> bool:
    return isinstance(patch, dict) and "resourceVersion" in patch.get("metadata", {})


def patched(old: JSONObject, patch: object, kind: str) -> JSONObject | None:
    if kind == "application/merge-patch+json":
        return merge_patch.apply(old, patch)
    if kind == "application/json-patch+json":
        try:
            return json_patch.apply(old, patch)
        except Exception:  # noqa: BLE001 - a patch that does not apply is no change
            return None
    return None


CHANGES = changes()


@pytest.mark.parametrize(
    ("resource", "new", "old", "refused"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_recorded_changes(
    resource: Resource, new: JSONObject, old: JSONObject, refused: list[JSONObject]
) -> None:
    new = defaulted(resource, new)
    if resource.kind == "Service":
        new = kept(new, old)
    assert causes(validate_update(resource, new, old)) == refused


def test_there_are_refused_changes_of_many_kinds() -> None:
    refused = [resource.kind for _, resource, _, _, why in CHANGES if why]
    assert {"ConfigMap", "Deployment", "PersistentVolumeClaim", "Pod", "RoleBinding", "Secret"} <= {
        *refused
    }
    assert {"Service", "StatefulSet"} <= {*refused}


UNDECODABLE = [
    (name, step["request"], step["response"]["body"]["message"])
    for name, _, step in STEPS
    if step["response"]["status"] == 400
    and isinstance(step["request"].get("body"), dict)
    and "cannot be handled" in step["response"]["body"]["message"]
    and "conversion" not in step["response"]["body"]["message"]
    and "registered" not in step["response"]["body"]["message"]
    and "strict" not in step["response"]["body"]["message"]
]


@pytest.mark.parametrize(
    ("request_", "message"), [u[1:] for u in UNDECODABLE], ids=[u[0] for u in UNDECODABLE]
)
def test_recorded_bodies_that_cannot_be_decoded(request_: JSONObject, message: str) -> None:
    plural = request_["path"].split("/")[-1]
    resource = by_path("", "v1", plural)
    assert resource is not None
    with pytest.raises(MismatchError) as error:
        defaulted(resource, request_["body"])
    assert message.endswith(f"cannot be handled as a {resource.kind}: {error.value}")


def test_there_are_bodies_that_cannot_be_decoded() -> None:
    assert len(UNDECODABLE) == 2
