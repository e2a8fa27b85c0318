"""Events in both groups: one object, two spellings."""

import orjson
import pytest

from tests.unit.api.conftest import Http

CORE = "/api/v1/namespaces/default/events"
VIEW = "/apis/events.k8s.io/v1/namespaces/default/events"
EVENT = {
    "metadata": {"name": "e"},
    "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
    "message": "hello",
    "reason": "Started",
    "type": "Normal",
    "source": {"component": "kubelet"},
    "count": 2,
}


async def test_a_core_event_is_shown_under_the_other_names(http: Http) -> None:
    await http.ok("POST", CORE, EVENT)
    event = await http.ok("GET", f"{VIEW}/e")
    assert (event["apiVersion"], event["kind"]) == ("events.k8s.io/v1", "Event")
    assert (event["note"], event["regarding"]["name"]) == ("hello", "p")
    assert (event["deprecatedSource"], event["deprecatedCount"]) == ({"component": "kubelet"}, 2)
    assert not {"message", "involvedObject", "source", "reportingController"} & event.keys()


async def test_a_list_and_a_table_show_it_too(http: Http) -> None:
    await http.ok("POST", CORE, EVENT)
    listed = await http.ok("GET", VIEW)
    assert (listed["apiVersion"], listed["kind"]) == ("events.k8s.io/v1", "EventList")
    assert listed["items"][0]["note"] == "hello"
    table = await http.ok("GET", VIEW, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert "hello" in table["rows"][0]["cells"]


async def test_an_event_made_here_is_a_core_event(http: Http) -> None:
    event = {
        "metadata": {"name": "e"},
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
        "note": "hello",
        "reason": "Started",
        "action": "Starting",
        "type": "Normal",
        "eventTime": "2026-01-01T00:00:00.000001Z",
        "reportingController": "tester",
        "reportingInstance": "tester-1",
    }
    made = await http.ok("POST", VIEW, event)
    assert made["note"] == "hello"
    core = await http.ok("GET", f"{CORE}/e")
    assert (core["message"], core["reportingComponent"]) == ("hello", "tester")
    assert core["apiVersion"] == "v1"


@pytest.mark.parametrize(
    ("content_type", "change"),
    [
        ("application/merge-patch+json", {"note": "bye"}),
        ("application/strategic-merge-patch+json", {"note": "bye"}),
        ("application/json-patch+json", [{"op": "replace", "path": "/note", "value": "bye"}]),
    ],
)
async def test_a_patch_speaks_its_names(http: Http, content_type: str, change) -> None:
    await http.ok("POST", CORE, EVENT)
    answer = await http.ok("PATCH", f"{VIEW}/e", change, content_type=content_type)
    assert answer["note"] == "bye"
    assert (await http.ok("GET", f"{CORE}/e"))["message"] == "bye"


async def test_field_selectors_speak_its_names(http: Http) -> None:
    await http.ok("POST", CORE, EVENT)
    chosen = await http.ok("GET", f"{VIEW}?fieldSelector=regarding.name=p")
    other = await http.ok("GET", f"{VIEW}?fieldSelector=regarding.name=q")
    assert (len(chosen["items"]), len(other["items"])) == (1, 0)


async def test_a_watch_shows_the_other_names(http: Http) -> None:
    await http.ok("POST", CORE, EVENT)
    streaming = await http.stream(f"{VIEW}?watch=1&timeoutSeconds=0&resourceVersion=1")
    chunks: list[bytes] = []

    class Enough(Exception):
        pass

    async def keep(chunk: bytes) -> None:
        chunks.append(chunk)
        raise Enough

    with pytest.raises(Enough):
        await streaming.run(keep)
    assert orjson.loads(chunks[0])["object"]["note"] == "hello"


async def test_deleting_it_here_deletes_it_there(http: Http) -> None:
    await http.ok("POST", CORE, EVENT)
    await http.ok("DELETE", f"{VIEW}/e")
    assert (await http.refused("GET", f"{CORE}/e"))[0] == 404


async def test_discovery_lists_the_view_and_what_is_only_asked(http: Http) -> None:
    names = {group["name"] for group in (await http.ok("GET", "/apis"))["groups"]}
    assert {"events.k8s.io", "authorization.k8s.io", "authentication.k8s.io"} <= names
    rows = (await http.ok("GET", "/apis/authorization.k8s.io/v1"))["resources"]
    assert {tuple(row["verbs"]) for row in rows} == {("create",)}
