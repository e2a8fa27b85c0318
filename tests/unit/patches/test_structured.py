"""Server-side apply and ownership, step by step, as a real server answered them."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from simulator.jsontypes import JSONObject
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import Resource, by_kind
from simulator.kinds.schemas import type_from_open_api, type_of
from simulator.patches import merge_patch, strategic, structured
from simulator.patches.errors import ApplyConflict, TypedPatchError

TESTS = Path(__file__).parents[2]
CONFIG_MAP = type_of("v1", "ConfigMap")
DEPLOYMENT = type_of("apps/v1", "Deployment")
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"


def config_map(**data) -> JSONObject:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    return {**obj, "data": data} if data else obj


def apply(
    live: JSONObject | None, applied: JSONObject, manager: str = "a", **options
) -> JSONObject:
    given = {"force": False, "now": LATE, "api_version": "v1", **options}
    return structured.apply(live, applied, CONFIG_MAP, manager=manager, **given)


def update(live: JSONObject | None, new: JSONObject, manager: str = "u", **options) -> JSONObject:
    given = {"now": LATE, "api_version": "v1", **options}
    return structured.update(live, new, CONFIG_MAP, manager=manager, **given)


def owners(obj: JSONObject) -> dict[tuple[str, str], JSONObject]:
    entries = obj["metadata"].get("managedFields", ())
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in entries}


# Recordings of real answers: each step starts from what the server had answered before.


def replayed(file: str) -> list[tuple[str, JSONObject | None, JSONObject]]:
    """Name of an apply, the object before it, and the recorded step."""
    steps = []
    text = (TESTS / "conformance" / file).read_text()
    text = text.replace("<time>", EARLY).replace('"<nodePort>"', "30000")
    for case in orjson.loads(text)["cases"]:
        live: JSONObject | None = None
        for number, step in enumerate(case["steps"]):
            request, body = step["request"], step["response"]["body"]
            kind = request.get("headers", {}).get("content-type", "")
            answered = step["response"]["status"] in (200, 201, 409)
            if "apply-patch" in kind and answered and not fenced(request["body"]):
                same = live is not None and identity(live) == identity(request["body"])
                steps.append((f"{case['case']}-{number}", live if same else None, step))
            if request["path"].endswith("/scale"):
                live = scaled(live or {}, request["body"]["spec"]["replicas"])
            elif body["kind"] not in ("Namespace", "Status"):
                live = body
    return steps


def fenced(applied: JSONObject) -> bool:
    return bool({"uid", "resourceVersion"} & applied["metadata"].keys())


def identity(obj: JSONObject) -> tuple[str, str]:
    return obj["kind"], obj["metadata"]["name"]


def scaled(live: JSONObject, replicas: int) -> JSONObject:
    return structured.update(
        live,
        {**live, "spec": {**live["spec"], "replicas": replicas}},
        DEPLOYMENT,
        manager="python-httpx",
        api_version="apps/v1",
        now="",
        subresource="scale",
    )


APPLIES = replayed("apply.json")


@pytest.mark.parametrize(
    ("live", "step"), [each[1:] for each in APPLIES], ids=[each[0] for each in APPLIES]
)
def test_recorded_applies(live: JSONObject | None, step: JSONObject) -> None:
    applied, answer = step["request"]["body"], step["response"]["body"]
    query = parse_qs(urlsplit(step["request"]["path"]).query)
    resource = by_kind(applied["apiVersion"], applied["kind"])
    assert isinstance(resource, Resource)

    def run() -> JSONObject:
        return structured.apply(
            live,
            applied,
            type_of(resource.api_version, resource.kind),
            manager=query["fieldManager"][0],
            api_version=resource.api_version,
            now=LATE,
            force="force" in query,
            ignored=resource.reset_fields(),
        )

    if step["response"]["status"] == 409:
        with pytest.raises(ApplyConflict) as conflict:
            run()
        assert conflict.value.message == answer["message"]
        causes = [
            {"field": each.field, "message": each.message, "reason": each.reason}
            for each in conflict.value.conflicts
        ]
        assert causes == answer["details"]["causes"]
        return
    result = defaulted(resource, run())
    assert owners(result) == owners(answer)
    assert _content(result) == _content(answer)


def _content(obj: JSONObject) -> JSONObject:
    """Spec and data, without what is allocated."""
    result = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    if obj["kind"] == "Service":
        allocated = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
        spec = {key: value for key, value in obj["spec"].items() if key not in allocated}
        spec["ports"] = [
            {key: value for key, value in port.items() if key != "nodePort"}
            for port in spec["ports"]
        ]
        result["spec"] = spec
    return result


def test_the_recordings_hold_applies_and_conflicts() -> None:
    assert len(APPLIES) >= 17
    assert sum(step["response"]["status"] == 409 for _, _, step in APPLIES) == 4


LIVE = [
    pair
    for pair in orjson.loads((TESTS / "data" / "live" / "equal.json").read_bytes())
    if by_kind(pair["desired"]["apiVersion"], pair["desired"]["kind"])
    and pair["name"] not in ("rollout-restart", "foreign-annotation")
]


@pytest.mark.parametrize("pair", LIVE, ids=[pair["name"] for pair in LIVE])
def test_objects_of_tenants_are_owned_as_on_a_real_cluster(pair: JSONObject) -> None:
    desired, live = pair["desired"], pair["live"]
    resource = by_kind(desired["apiVersion"], desired["kind"])
    assert isinstance(resource, Resource)
    type_ = type_of(resource.api_version, resource.kind)
    how = {"api_version": resource.api_version, "now": LATE, "ignored": resource.reset_fields()}
    if "applied" in pair["how"]:
        made = structured.apply(None, desired, type_, manager="leasekeeper", force=True, **how)
    else:
        complete = defaulted(resource, desired)
        made = structured.update(None, complete, type_, manager="provider-services", **how)
    ((owner, fields),) = owners(made).items()
    assert fields == owners(live)[owner]


# Strategic and merge patches on a created Deployment, with the ownership that they leave.


def test_recorded_strategic_patches() -> None:
    text = (TESTS / "conformance" / "patch.json").read_text().replace("<time>", EARLY)
    case = orjson.loads(text)["cases"][1]
    resource = by_kind("apps/v1", "Deployment")
    assert resource is not None
    for before, after in zip(case["steps"][1:], case["steps"][2:], strict=False):
        live, answer = before["response"]["body"], after["response"]["body"]
        new = defaulted(resource, strategic.apply(live, after["request"]["body"], DEPLOYMENT))
        new = structured.update(
            live,
            new,
            DEPLOYMENT,
            manager="python-httpx",
            api_version="apps/v1",
            now=LATE,
            ignored=resource.reset_fields(),
        )
        assert new["spec"] == answer["spec"]
        assert new["metadata"].get("labels") == answer["metadata"]["labels"]
        assert owners(new) == owners(answer)


# The rules one by one.


def test_a_dropped_field_goes_unless_somebody_else_owns_it() -> None:
    live = apply(apply(None, config_map(x="1", y="2")), config_map(x="1"), manager="b")
    result = apply(live, config_map())
    assert result["data"] == {"x": "1"}
    assert list(owners(result)) == [("b", "Apply")]


def test_what_a_create_owns_survives_an_apply_without_it() -> None:
    created = update(None, config_map(x="1", y="2"))
    result = apply(created, config_map(x="1"), force=True)
    assert result["data"] == {"x": "1", "y": "2"}


def test_the_same_value_is_owned_together() -> None:
    result = apply(apply(None, config_map(x="1")), config_map(x="1"), manager="b")
    assert owners(result) == {
        ("a", "Apply"): {"f:data": {"f:x": {}}},
        ("b", "Apply"): {"f:data": {"f:x": {}}},
    }


def test_force_takes_the_field() -> None:
    live = apply(None, config_map(x="1", y="1"))
    result = apply(live, config_map(x="2"), manager="b", force=True)
    assert owners(result) == {
        ("a", "Apply"): {"f:data": {"f:y": {}}},
        ("b", "Apply"): {"f:data": {"f:x": {}}},
    }


def test_all_conflicts_are_told_by_manager() -> None:
    live = apply(apply(None, config_map(x="1")), config_map(y="1"), manager="b")
    with pytest.raises(ApplyConflict) as error:
        apply(live, config_map(x="2", y="2"), manager="c")
    assert error.value.message == (
        'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\nconflicts with "b":\n- .data.y'
    )


def test_an_identical_apply_changes_nothing_and_keeps_its_time() -> None:
    live = apply(None, config_map(x="1"), now=EARLY)
    again = apply(live, config_map(x="1"), now=LATE)
    assert again == live
    assert structured.settled(live, again) is live


def test_an_apply_that_changes_something_is_dated() -> None:
    live = apply(None, config_map(x="1"), now=EARLY)
    (entry,) = apply(live, config_map(x="2"), now=LATE)["metadata"]["managedFields"]
    assert entry["time"] == LATE


def test_repeated_keys_unknown_fields_and_wrong_types_are_the_servers_error() -> None:
    applied = {**config_map(x="1"), "dota": 1}
    applied["metadata"] = {"name": "a", "namespace": "ns"}
    with pytest.raises(TypedPatchError) as error:
        apply(None, applied)
    assert error.value.message == (
        "failed to create typed patch object (ns/a; /v1, Kind=ConfigMap): .dota: field not declared "
        "in schema"
    )


def test_an_unmanaged_object_is_owned_by_nobody_in_particular_once_applied_to() -> None:
    live = config_map(x="1", y="1")
    live["metadata"]["uid"] = "u"
    result = apply(live, config_map(x="1"))
    assert owners(result) == {
        ("a", "Apply"): {"f:data": {"f:x": {}}},
        ("before-first-apply", "Update"): {"f:data": {".": {}, "f:x": {}, "f:y": {}}},
    }


def test_an_update_takes_what_it_changes_from_all_others() -> None:
    live = apply(None, config_map(x="1", y="1"), now=EARLY)
    result = update(live, merge_patch.apply(live, {"data": {"x": "2"}}))
    assert owners(result) == {
        ("a", "Apply"): {"f:data": {"f:y": {}}},
        ("u", "Update"): {"f:data": {"f:x": {}}},
    }


def test_an_update_that_only_removes_is_entered_for_nobody() -> None:
    live = apply(None, config_map(x="1", y="1"), now=EARLY)
    result = update(live, merge_patch.apply(live, {"data": {"x": None}}))
    assert owners(result) == {("a", "Apply"): {"f:data": {"f:y": {}}}}
    assert result["metadata"]["managedFields"][0]["time"] == EARLY


def test_subresources_are_entered_on_their_own() -> None:
    live = update(None, config_map(x="1"))
    result = update(live, {**live, "data": {"x": "1", "y": "2"}}, subresource="status")
    assert [entry.get("subresource") for entry in result["metadata"]["managedFields"]] == [
        None,
        "status",
    ]


def test_what_an_endpoint_ignores_is_owned_by_nobody() -> None:
    result = update(None, config_map(x="1"), ignored={"f:data": {}})
    assert owners(result) == {}


def test_a_client_may_rename_a_manager() -> None:
    live = update(None, config_map(x="1"), manager="provider-services", now=EARLY)
    entry = live["metadata"]["managedFields"][0]
    renamed = {**entry, "manager": "leasekeeper", "operation": "Apply"}
    new = {**live, "metadata": {**live["metadata"], "managedFields": [renamed]}}
    assert owners(update(live, new)) == {("leasekeeper", "Apply"): {"f:data": {".": {}, "f:x": {}}}}


def test_a_client_may_reset_managers_but_not_by_saying_nothing() -> None:
    live = update(None, config_map(x="1"))
    silent = {**live, "metadata": {"name": "a"}}
    assert owners(update(live, silent)) == owners(live)
    reset = {**live, "metadata": {"name": "a", "managedFields": [{}]}}
    assert owners(update(live, reset)) == {}


def test_system_metadata_is_owned_by_nobody() -> None:
    obj = config_map(x="1")
    obj["metadata"] |= {"uid": "u", "generation": 1, "resourceVersion": "7", "generateName": "g-"}
    assert owners(update(None, obj))["u", "Update"]["f:metadata"] == {"f:generateName": {}}


def test_what_stays_the_same_is_shared_with_the_stored_object() -> None:
    live = apply(None, {**config_map(x="1"), "binaryData": {"b": "AA=="}})
    result = apply(live, {**config_map(x="2"), "binaryData": {"b": "AA=="}})
    assert result["binaryData"] is live["binaryData"]


def secrets(*names: str) -> JSONObject:
    """A pod template whose pull secrets may lack the key that tells them apart."""
    template = {"imagePullSecrets": [{"name": name} if name else {} for name in names]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": template}},
    }


def test_items_without_key_leave_the_owners_as_they_were() -> None:
    how = {"manager": "u", "api_version": "apps/v1", "now": LATE}
    live = structured.update(None, secrets("a"), DEPLOYMENT, **how)
    assert owners(structured.update(live, secrets("a", ""), DEPLOYMENT, **how)) == owners(live)


def test_nothing_can_be_applied_to_items_without_key() -> None:
    how = {"manager": "a", "api_version": "apps/v1", "now": LATE, "force": True}
    with pytest.raises(TypedPatchError, match="failed to create typed live object"):
        structured.apply(secrets("a", ""), secrets("b"), DEPLOYMENT, **how)


def test_true_is_not_one_where_nothing_tells_their_type() -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    type_ = type_from_open_api(schema)

    def obj(value: object) -> JSONObject:
        return {"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}, "free": {"a": value}}

    how = {"manager": "a", "api_version": "x/v1", "now": LATE}
    live = structured.apply(None, obj(1), type_, force=False, **how)
    new = structured.apply(live, obj(True), type_, force=False, **how)
    assert new["free"]["a"] is True
    assert structured.settled(live, new) is new
    updated = structured.update(live, obj(True), type_, **{**how, "manager": "b"})
    assert owners(updated)["b", "Update"] == {"f:free": {"f:a": {}}}


def test_an_item_keeps_what_others_own_in_it() -> None:
    def with_container(**fields) -> JSONObject:
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d"},
            "spec": {"template": {"spec": {"containers": [{"name": "c", **fields}]}}},
        }

    def run(live: JSONObject | None, applied: JSONObject, manager: str) -> JSONObject:
        how = {"api_version": "apps/v1", "now": LATE, "force": False}
        return structured.apply(live, applied, DEPLOYMENT, manager=manager, **how)

    live = run(None, with_container(image="i", env=[{"name": "A", "value": "1"}]), "a")
    live = run(live, with_container(env=[{"name": "B", "value": "2"}]), "b")
    result = run(live, with_container(image="i"), "a")
    (container,) = result["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "c", "image": "i", "env": [{"name": "B", "value": "2"}]}
