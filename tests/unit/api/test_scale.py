"""The scale of kinds that keep their replicas elsewhere."""

from simulator.jsontypes import JSONObject
from tests.unit.api.conftest import Http
from tests.unit.api.test_versions import define, path, version, widget

MERGE = "application/merge-patch+json"


def scalable(**more: str) -> JSONObject:
    scale = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.seen.size", **more}
    return version("v1", storage=True) | {"subresources": {"status": {}, "scale": scale}}


async def test_a_custom_kind_is_scaled_where_its_definition_says(http: Http) -> None:
    await define(http, scalable(labelSelectorPath=".status.selector"))
    await http.ok("POST", path("v1"), widget("v1") | {"spec": {"size": 2}})
    status = {"status": {"seen": {"size": 1}, "selector": "a=b"}}
    await http.ok("PATCH", path("v1", "/w/status"), status, content_type=MERGE)
    scale = await http.ok("GET", path("v1", "/w/scale"))
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert (scale["spec"], scale["status"]) == ({"replicas": 2}, {"replicas": 1, "selector": "a=b"})
    change = {"spec": {"replicas": 5}}
    scaled = await http.ok("PATCH", path("v1", "/w/scale"), change, content_type=MERGE)
    assert scaled["spec"] == {"replicas": 5}
    assert (await http.ok("GET", path("v1", "/w")))["spec"] == {"size": 5}


async def test_a_custom_kind_without_replicas_has_none(http: Http) -> None:
    await define(http, scalable())
    await http.ok("POST", path("v1"), widget("v1"))
    scale = await http.ok("GET", path("v1", "/w/scale"))
    assert (scale["spec"], scale["status"]) == ({}, {"replicas": 0})


async def test_the_selector_of_a_replication_controller_is_its_labels(http: Http) -> None:
    pods = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "m", "image": "i"}]},
    }
    controllers = "/api/v1/namespaces/default/replicationcontrollers"
    made = {"metadata": {"name": "rc"}, "spec": {"replicas": 2, "template": pods}}
    await http.ok("POST", controllers, made)
    scale = await http.ok("GET", f"{controllers}/rc/scale")
    assert (scale["spec"], scale["status"]["selector"]) == ({"replicas": 2}, "a=b")
