import copy
import json
from pathlib import Path

import pytest

from provider.reconcile.differs import differs
from provider.reconcile.ownership import apply_entry
from provider.reconcile.takeover import takeover_patch
from provider.workload.bundle import render
from tests.unit.reconcile.server import applied, posted
from tests.unit.workload.samples import LEASE, OPTIONS
from tests.unit.workload.test_bundle import RECORDED

LIVE = Path(__file__).parents[2] / "data" / "live" / "equal.json"
GO_MADE = [
    pytest.param(pair["live"], id=pair["name"])
    for pair in json.loads(LIVE.read_text())
    if pair["name"].endswith("-by-go-provider")
]
(DEPLOYMENT,) = (
    obj
    for obj in render(LEASE, RECORDED, OPTIONS).workloads
    if obj["kind"] == "Deployment" and obj["metadata"]["name"] == "web"
)


def patched(live, operations):
    """`live` after the two operations that a takeover uses."""
    test, replace = operations
    assert (test["op"], test["path"]) == ("test", "/metadata/resourceVersion")
    assert test["value"] == live["metadata"]["resourceVersion"]
    assert (replace["op"], replace["path"]) == ("replace", "/metadata/managedFields")
    result = copy.deepcopy(live)
    result["metadata"]["managedFields"] = replace["value"]
    return result


def identities(live):
    return sorted(
        (e["manager"], e["operation"], e.get("subresource", ""))
        for e in live["metadata"]["managedFields"]
    )


@pytest.mark.parametrize("live", GO_MADE)
def test_the_go_providers_fields_become_ours_and_nothing_else_changes(live):
    before = copy.deepcopy(live)
    theirs = next(
        e for e in live["metadata"]["managedFields"] if e["manager"] == "provider-services"
    )

    after = patched(live, takeover_patch(live))

    assert apply_entry(after, "leasekeeper")["fieldsV1"] == theirs["fieldsV1"]
    assert identities(after) == sorted(
        ("leasekeeper", "Apply", "") if identity[0] == "provider-services" else identity
        for identity in identities(live)
    )
    assert live == before
    assert takeover_patch(after) is None


def test_an_object_that_the_go_provider_never_wrote_needs_no_takeover():
    assert takeover_patch(applied(DEPLOYMENT)) is None


def test_the_go_providers_status_entry_is_not_taken():
    live = posted(DEPLOYMENT)
    live["metadata"]["managedFields"][0]["subresource"] = "status"

    assert takeover_patch(live) is None


def test_entries_of_everybody_else_stay_as_they_are():
    live = posted(DEPLOYMENT)
    others = [
        {"manager": manager, "operation": operation, **subresource, "fieldsV1": {"f:x": {}}}
        for manager, operation, subresource in (
            ("leasekeeper", "Update", {}),
            ("leasekeeper", "Apply", {"subresource": "status"}),
            ("kubectl", "Apply", {}),
            ("provider-services", "Apply", {}),
            ("provider-services", "Update", {"subresource": "scale"}),
        )
    ]
    live["metadata"]["managedFields"] += others

    after = patched(live, takeover_patch(live))

    assert after["metadata"]["managedFields"][1:] == others


def test_an_entry_without_fields_is_taken_too():
    live = posted(DEPLOYMENT)
    del live["metadata"]["managedFields"][0]["fieldsV1"]

    after = patched(live, takeover_patch(live))

    assert apply_entry(after, "leasekeeper")["fieldsV1"] == {}


def test_an_object_that_both_wrote_ends_with_one_entry_of_both_fields():
    live = applied(DEPLOYMENT, fields={"f:spec": {"f:replicas": {}, "f:paused": {}}})
    theirs = {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {}}}, "f:data": {}}
    entry = {"manager": "provider-services", "operation": "Update", "fieldsV1": theirs}
    live["metadata"]["managedFields"].append(entry)

    after = patched(live, takeover_patch(live))

    assert identities(after) == [("leasekeeper", "Apply", "")]
    assert apply_entry(after, "leasekeeper")["fieldsV1"] == {
        "f:spec": {"f:replicas": {}, "f:paused": {}, "f:template": {"f:spec": {}}},
        "f:data": {},
    }


def test_what_was_taken_over_is_ours_to_remove():
    """The Go provider's extra variable is left alone while adopted, and residue once it is ours."""
    desired = copy.deepcopy(DEPLOYMENT)
    go_made = copy.deepcopy(DEPLOYMENT)
    extra = {"name": "AKASH_INGRESS_HOST", "value": "x"}
    go_made["spec"]["template"]["spec"]["containers"][0]["env"].append(extra)
    live = posted(go_made)
    assert differs(desired, live) == ()

    after = patched(live, takeover_patch(live))

    assert differs(desired, after) == (
        "spec.template.spec.containers[web].env[AKASH_INGRESS_HOST]",
    )
