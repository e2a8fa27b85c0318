"""Server-side apply as a create and as a fence: the table of measured answers, row by row."""

import pytest

from simulator.ports import Refused
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking, causes

MAPS = "v1/configmaps"
OTHER_UID = "11111111-1111-1111-1111-111111111111"


def fenced(value: str, **fence: str) -> dict[str, object]:
    return {"metadata": fence, "data": {"k": value}}


def version_of(ask: Asking, name: str = "a") -> str:
    return str(ask.get(MAPS, name)["metadata"]["resourceVersion"])


def test_version_one_creates_what_is_absent(ask: Asking) -> None:
    outcome = ask.apply(MAPS, "a", fenced("1", resourceVersion="1"))
    assert outcome.code == 201
    assert ask.get(MAPS, "a")["data"] == {"k": "1"}


def test_version_one_never_touches_what_is_present(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("2", resourceVersion="1"))
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")
    assert "causes" not in caught.value.status["details"]
    assert ask.get(MAPS, "a")["data"] == {"k": "1"}


def test_version_zero_does_not_fence(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    assert ask.apply(MAPS, "a", fenced("2", resourceVersion="0")).code == 200
    assert ask.get(MAPS, "a")["data"] == {"k": "2"}


def test_any_version_creates_an_absent_object(ask: Asking) -> None:
    assert ask.apply(MAPS, "a", fenced("1", resourceVersion="987654")).code == 201


def test_a_stale_version_is_refused_even_when_nothing_would_change(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    stale = version_of(ask)
    ask.merge(MAPS, "a", {"data": {"other": "x"}})
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("1", resourceVersion=stale))
    assert caught.value.code == 409


def test_a_version_is_stale_when_only_the_status_has_moved(ask: Asking) -> None:
    spec = {"finalizers": ["kubernetes"]}
    ask.apply("v1/namespaces", "m", {"metadata": {"labels": {"a": "1"}}})
    stale = ask.get("v1/namespaces", "m")["metadata"]["resourceVersion"]
    status = {"phase": "Active", "conditions": [{"type": "X", "status": "True"}]}
    ask.merge("v1/namespaces", "m", {"spec": spec, "status": status}, subresource="status")
    fence = {"metadata": {"labels": {"a": "1"}, "resourceVersion": stale}}
    with pytest.raises(Refused) as caught:
        ask.apply("v1/namespaces", "m", fence)
    assert caught.value.code == 409


def test_a_uid_demands_that_the_object_exists(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("1", uid=OTHER_UID))
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")
    assert ask.find(MAPS, "a") is None


@pytest.mark.parametrize("with_version", [False, True])
def test_another_uid_is_an_immutable_field(ask: Asking, with_version: bool) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    fence = {"uid": OTHER_UID} | ({"resourceVersion": version_of(ask)} if with_version else {})
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("2", **fence))
    assert caught.value.code == 422
    assert set(causes(caught.value)) == {("FieldValueInvalid", "metadata.uid")}


def test_a_stale_version_is_noticed_before_another_uid(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("2", uid=OTHER_UID, resourceVersion="1"))
    assert caught.value.code == 409


def test_the_right_uid_and_version_let_an_update_through(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    metadata = ask.get(MAPS, "a")["metadata"]
    fence = {key: metadata[key] for key in ("uid", "resourceVersion")}
    assert ask.apply(MAPS, "a", fenced("2", **fence)).object["data"] == {"k": "2"}


def test_an_identical_apply_writes_nothing(ask: Asking, cluster: Cluster) -> None:
    first = ask.apply(MAPS, "a", fenced("1")).version
    before = cluster.store.revision
    assert ask.apply(MAPS, "a", fenced("1")).version is first
    assert cluster.store.revision == before


def test_an_identical_apply_by_another_manager_writes(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"))
    before = version_of(ask)
    ask.apply(MAPS, "a", fenced("1"), manager="other")
    assert version_of(ask) != before


def test_what_a_create_owns_outlives_an_apply_without_it(ask: Asking) -> None:
    both, one = {"data": {"x": "1", "y": "1"}}, {"data": {"x": "1"}}
    ask.create(MAPS, "posted", both)
    ask.apply(MAPS, "posted", one)
    assert ask.get(MAPS, "posted")["data"] == {"x": "1", "y": "1"}
    ask.apply(MAPS, "applied", both)
    ask.apply(MAPS, "applied", one)
    assert ask.get(MAPS, "applied")["data"] == {"x": "1"}


def test_a_repeated_list_key_is_an_internal_error(ask: Asking) -> None:
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    container = {"name": "web", "image": "nginx:1", "env": env}
    labels = {"app": "web"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    with pytest.raises(Refused) as caught:
        ask.apply("apps/v1/deployments", "web", {"spec": spec})
    assert caught.value.code == 500
    assert str(caught.value.status["message"]).startswith("failed to create typed patch object")


def test_a_terminating_namespace_takes_nothing_new_but_changes_to_what_it_has(ask: Asking) -> None:
    ask.apply(MAPS, "old", fenced("1"))
    ask.delete("v1/namespaces", "n")
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "new", fenced("1", resourceVersion="1"))
    assert caught.value.code == 403
    assert causes(caught.value) == [("NamespaceTerminating", "metadata.namespace")]
    assert ask.apply(MAPS, "old", fenced("2")).object["data"] == {"k": "2"}
    changed = ask.apply("v1/namespaces", "n", {"metadata": {"labels": {"late": "yes"}}})
    assert (changed.code, changed.object["metadata"]["labels"]["late"]) == (200, "yes")
    with pytest.raises(Refused) as caught:
        ask.create("v1/namespaces", "n")
    assert caught.value.code == 409
    assert str(caught.value.status["message"]).startswith("object is being deleted: ")


def test_a_missing_namespace_is_not_found(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("1"), namespace="nowhere")
    assert (caught.value.code, caught.value.status["details"]["kind"]) == (404, "namespaces")


def test_a_conflict_names_field_and_owner_and_force_takes_it(ask: Asking) -> None:
    ask.apply(MAPS, "a", fenced("1"), manager="first")
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", fenced("2"), manager="second", force=False)
    assert caught.value.code == 409
    assert causes(caught.value) == [("FieldManagerConflict", ".data.k")]
    assert ask.apply(MAPS, "a", fenced("2"), manager="second").object["data"] == {"k": "2"}


def test_a_dry_run_shows_the_result_and_stores_nothing(ask: Asking, cluster: Cluster) -> None:
    before = cluster.store.revision
    shown = ask.apply(MAPS, "a", fenced("1"), dry_run=True)
    assert (shown.code, shown.object["data"]) == (201, {"k": "1"})
    assert "resourceVersion" not in shown.object["metadata"]
    assert ask.find(MAPS, "a") is None
    ask.apply(MAPS, "b", fenced("1"))
    assert ask.apply(MAPS, "b", fenced("2"), dry_run=True).object["data"] == {"k": "2"}
    assert ask.get(MAPS, "b")["data"] == {"k": "1"}
    assert cluster.store.revision == before + 1


def test_an_apply_must_not_bring_managed_fields_or_another_name(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", {"metadata": {"managedFields": [{"manager": "x"}]}})
    assert caught.value.code == 400
    with pytest.raises(Refused) as caught:
        ask.apply(MAPS, "a", {"metadata": {"name": "b"}})
    assert caught.value.code == 400
