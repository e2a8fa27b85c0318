"""Requests and answers: which verb, which status, which words, and what the journal keeps."""

import orjson
import pytest
import yaml

from simulator.api.server import MAX_BODY_BYTES, ApiServer
from simulator.wire.messages import Send
from tests.unit.api.conftest import Http

MAPS = "/api/v1/namespaces/default/configmaps"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def config_map(name: str, **data: str) -> dict[str, object]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": data}


async def test_the_verbs_answer_as_http(http: Http) -> None:
    assert (await http.send("POST", MAPS, config_map("a", k="1"))).status == 201
    assert (await http.ok("GET", f"{MAPS}/a"))["data"] == {"k": "1"}
    put = await http.ok("PUT", f"{MAPS}/a", config_map("a", k="2"))
    assert put["data"] == {"k": "2"}
    patched = await http.ok("PATCH", f"{MAPS}/a", {"data": {"l": "3"}}, content_type=MERGE)
    assert patched["data"] == {"k": "2", "l": "3"}
    listed = await http.ok("GET", MAPS)
    assert (listed["kind"], len(listed["items"])) == ("ConfigMapList", 1)
    assert (await http.ok("DELETE", f"{MAPS}/a"))["status"] == "Success"
    assert (await http.refused("GET", f"{MAPS}/a"))[0] == 404


async def test_the_manager_is_the_first_word_of_the_user_agent(http: Http) -> None:
    made = await http.ok("POST", MAPS, config_map("a", k="1"), user_agent="python-httpx/0.28.1")
    assert made["metadata"]["managedFields"][0]["manager"] == "python-httpx"
    named = await http.ok("POST", f"{MAPS}?fieldManager=me", config_map("b", k="1"))
    assert named["metadata"]["managedFields"][0]["manager"] == "me"


async def test_an_apply_takes_json_and_yaml(http: Http) -> None:
    target = f"{MAPS}/a?fieldManager=me"
    first = await http.send("PATCH", target, config_map("a", k="1"), content_type=APPLY)
    assert first.status == 201
    text = b"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '2', t: 2026-01-01}}"
    second = await http.send("PATCH", target, raw=text, content_type=APPLY)
    assert second.status == 200
    # What looks like a date stays text: Kubernetes reads YAML as JSON.
    assert orjson.loads(second.body)["data"] == {"k": "2", "t": "2026-01-01"}


async def test_an_apply_names_its_manager(http: Http) -> None:
    code, message = await http.refused("PATCH", f"{MAPS}/a", config_map("a"), content_type=APPLY)
    assert (code, "fieldManager: Required value" in message) == (422, True)


async def test_only_an_apply_can_be_forced(http: Http) -> None:
    target = f"{MAPS}/a?force=true"
    code, message = await http.refused("PATCH", target, {}, content_type=MERGE)
    assert (code, "force: Forbidden" in message) == (422, True)


async def test_yaml_is_read_and_written(http: Http) -> None:
    text = b"metadata: {name: a}\ndata: {k: v}\n"
    made = await http.send("POST", MAPS, raw=text, content_type="application/yaml")
    assert made.status == 201
    answer = await http.send("GET", f"{MAPS}/a", accept="application/yaml")
    assert dict(answer.headers)["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.body)["data"] == {"k": "v"}


async def test_only_the_metadata_can_be_asked_for(http: Http) -> None:
    await http.ok("POST", MAPS, config_map("a", k="1"))
    form = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    one = await http.ok("GET", f"{MAPS}/a", accept=form)
    assert (one["kind"], "data" in one) == ("PartialObjectMetadata", False)
    form = form.replace("Metadata;", "MetadataList;")
    many = await http.ok("GET", MAPS, accept=form)
    assert (many["kind"], many["items"][0]["metadata"]["name"]) == (
        "PartialObjectMetadataList",
        "a",
    )


@pytest.mark.parametrize(
    ("method", "target", "code"),
    [
        ("POST", f"{MAPS}/a", 405),
        ("PUT", MAPS, 405),
        ("POST", "/api/v1/configmaps", 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("GET", "/api/v1/configmaps/a", 404),
        ("GET", "/api/v1/namespaces/default/nodes", 404),
        ("GET", "/api/v1/namespaces/default/nothings", 404),
        ("GET", f"{MAPS}/a/status", 404),
        ("PATCH", "/apis", 405),
    ],
)
async def test_what_a_path_does_not_offer_is_refused(
    http: Http, method: str, target: str, code: int
) -> None:
    assert (await http.refused(method, target, {}))[0] == code


@pytest.mark.parametrize("path", ["/nope", "/apis/nope", "/apis/nope/v1/things", "/api/v2", "/"])
async def test_a_path_that_nothing_is_behind_is_not_found_in_plain_text(
    http: Http, path: str
) -> None:
    answer = await http.send("GET", path)
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    assert dict(answer.headers)["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("raw", "content_type", "code", "words"),
    [
        (b"{not json", "application/json", 400, "looking for beginning of object key string"),
        (b"", "application/json", 400, "<empty>"),
        (b"{", "application/json", 400, "unexpected end of JSON input"),
        (b"a: [", "application/yaml", 400, "unrecognized"),
        (b"hello", "text/plain", 415, "unknown format"),
        (b"{}", "application/vnd.kubernetes.protobuf", 400, "not appear to be a protobuf"),
        (b'{"kind":"Secret"}', "application/json", 400, "cannot be handled as a ConfigMap"),
        (b'{"apiVersion":"v2"}', "application/json", 400, 'no kind "ConfigMap" is registered'),
        (
            b'{"metadata":{"namespace":"x"}}',
            "application/json",
            400,
            "does not match the namespace",
        ),
        (b'{"metadata":"x"}', "application/json", 400, "cannot"),
        (b"[]", "application/json", 400, "cannot"),
    ],
)
async def test_a_body_that_is_no_such_object_is_refused(
    http: Http, raw: bytes, content_type: str, code: int, words: str
) -> None:
    answer = await http.send("POST", MAPS, raw=raw, content_type=content_type)
    status = orjson.loads(answer.body)
    assert (answer.status, status["code"]) == (code, code)
    assert words in status["message"]


@pytest.mark.parametrize("body", [b"x", b"[]", b'{"metadata":[]}', b"null"])
@pytest.mark.parametrize("content_type", [MERGE, APPLY, "application/json-patch+json"])
async def test_a_patch_that_makes_no_sense_is_refused_and_changes_nothing(
    http: Http, body: bytes, content_type: str
) -> None:
    before = await http.ok("POST", MAPS, config_map("a", k="1"))
    target = f"{MAPS}/a?fieldManager=me"
    answer = await http.send("PATCH", target, raw=body, content_type=content_type)
    if (content_type, body) != ("application/json-patch+json", b"[]"):
        assert 400 <= answer.status < 500, answer.body
    assert await http.ok("GET", f"{MAPS}/a") == before


@pytest.mark.parametrize(
    ("method", "target", "raw"),
    [
        ("DELETE", f"{MAPS}/a", b'{"preconditions":5}'),
        ("DELETE", f"{MAPS}/a", b'{"gracePeriodSeconds":"x"}'),
        ("PUT", "/apis/apps/v1/namespaces/default/deployments/web/scale", b'{"spec":"x"}'),
        ("POST", "/api/v1/namespaces/default/pods/p/binding", b'{"target":[]}'),
        ("POST", "/api/v1/namespaces/default/pods/p/eviction", b'{"deleteOptions":1}'),
    ],
)
async def test_a_body_whose_fields_are_of_the_wrong_type_is_refused(
    http: Http, method: str, target: str, raw: bytes
) -> None:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "c", "image": "i"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    deployment = {"selector": {"matchLabels": labels}, "template": template}
    await http.ok("POST", MAPS, config_map("a"))
    await http.ok(
        "POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "p"}, "spec": pod}
    )
    await http.ok(
        "POST",
        "/apis/apps/v1/namespaces/default/deployments",
        {"metadata": {"name": "web"}, "spec": deployment},
    )
    answer = await http.send(method, target, raw=raw)
    assert answer.status == 400, answer.body
    assert "cannot unmarshal" in orjson.loads(answer.body)["message"]


async def test_a_body_over_the_limit_is_too_large(http: Http) -> None:
    answer = await http.send("POST", MAPS, raw=b" " * (MAX_BODY_BYTES + 1))
    assert answer.status == 413
    assert orjson.loads(answer.body)["reason"] == "RequestEntityTooLarge"


async def test_any_bearer_is_wrong_while_none_is_issued(http: Http) -> None:
    assert (await http.refused("GET", MAPS, authorization="Bearer x"))[0] == 401


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("labelSelector==x", 400, "found '='"),
        ("fieldSelector=data.k=v", 400, "is not a known field selector"),
        ("resourceVersion=abc", 400, "invalid resource version"),
        ("resourceVersionMatch=Exact", 422, "forbidden unless resourceVersion is provided"),
        ("resourceVersionMatch=Odd&resourceVersion=1", 422, "Unsupported value"),
        ("resourceVersionMatch=Exact&resourceVersion=0", 422, "forbidden for resourceVersion"),
        ("sendInitialEvents=true", 422, "forbidden for list"),
        ("continue=garbage", 400, "invalid continue token"),
        ("continue=e30&resourceVersion=3", 400, "not allowed when using continue"),
        ("watch=1&resourceVersion=abc", 500, "resourceVersion: Invalid value"),
        ("watch=1&sendInitialEvents=true", 422, "requires setting resourceVersionMatch"),
        ("watch=1&resourceVersionMatch=Exact", 422, "forbidden for watch"),
        ("limit=x", 400, "strconv.ParseInt: parsing"),
    ],
)
async def test_an_option_that_makes_no_sense_is_refused(
    http: Http, query: str, code: int, words: str
) -> None:
    status, message = await http.refused("GET", f"{MAPS}?{query}")
    assert (status, words in message) == (code, True), message


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("dryRun=Some", "dryRun: Unsupported value"),
        ("fieldValidation=Bogus", "fieldValidation: Unsupported value"),
        ("fieldManager=" + "x" * 129, "fieldManager: Too long"),
    ],
)
async def test_an_option_of_a_write_that_makes_no_sense_is_refused(
    http: Http, query: str, words: str
) -> None:
    code, message = await http.refused("POST", f"{MAPS}?{query}", config_map("a"))
    assert (code, words in message) == (422, True), message


async def test_options_of_a_delete_come_from_its_body_or_its_query(http: Http) -> None:
    await http.ok("POST", MAPS, config_map("a"))
    await http.ok("DELETE", f"{MAPS}/a?dryRun=All")
    body = {"preconditions": {"uid": "other"}}
    assert (await http.refused("DELETE", f"{MAPS}/a", body))[0] == 409
    code, _ = await http.refused("DELETE", f"{MAPS}/a?propagationPolicy=Nope")
    assert code == 422
    marked = await http.ok("DELETE", f"{MAPS}/a?propagationPolicy=Foreground")
    assert marked["metadata"]["finalizers"] == ["foregroundDeletion"]
    await http.ok("DELETE", f"{MAPS}/a", {"orphanDependents": False, "gracePeriodSeconds": 0})
    assert (await http.refused("GET", f"{MAPS}/a"))[0] == 404


async def test_a_watch_streams_one_event_a_line(http: Http) -> None:
    made = await http.ok("POST", MAPS, config_map("a", k="\u2028 \x0c"))
    stream = await http.stream(f"{MAPS}?watch=1&timeoutSeconds=1")
    assert dict(stream.headers)["content-type"] == "application/json"
    (line, rest) = (await collected(stream.run)).split(b"\n")
    assert (orjson.loads(line), rest) == ({"type": "ADDED", "object": made}, b"")


async def collected(run: object) -> bytes:
    chunks: list[bytes] = []

    async def send(chunk: bytes) -> None:
        chunks.append(chunk)

    assert callable(run)
    sending: Send = send
    await run(sending)
    return b"".join(chunks)


async def test_the_journal_keeps_requests_answers_and_their_commits(
    http: Http, server: ApiServer
) -> None:
    journal = server.cluster.journal
    answer = await http.send("POST", f"{MAPS}?dryRun=All", config_map("a"))
    first = journal.requests[-1]
    assert (first.method, first.target) == ("POST", f"{MAPS}?dryRun=All")
    assert (first.status, first.answer, first.agent) == (201, answer.body, "tester/1.0")
    await http.send("POST", MAPS, config_map("a"))
    commit = journal.commits[-1]
    assert (commit.name, commit.user) == ("a", "system:admin")
    assert commit.request == journal.requests[-1].number == first.number + 1


async def test_watch_chunks_are_part_of_the_trace(http: Http, server: ApiServer) -> None:
    await http.ok("POST", MAPS, config_map("a"))
    stream = await http.stream(f"{MAPS}?watch=1&timeoutSeconds=1")
    before = server.cluster.journal.trace_hash()
    await collected(stream.run)
    assert server.cluster.journal.trace_hash() != before


async def test_a_list_ahead_of_the_store_waits_and_then_gives_up(
    http: Http, autojump_clock: object
) -> None:
    answer = await http.send("GET", f"{MAPS}?resourceVersion=99999")
    assert (answer.status, dict(answer.headers)["retry-after"]) == (504, "1")


async def test_a_head_is_answered_as_a_get(http: Http) -> None:
    assert (await http.send("HEAD", MAPS)).status == 200


TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


async def test_a_table_can_be_asked_for(http: Http) -> None:
    await http.ok("POST", MAPS, config_map("a", k="1"))
    one = await http.ok("GET", f"{MAPS}/a", accept=TABLE)
    many = await http.ok("GET", MAPS, accept=TABLE)
    assert one["kind"] == many["kind"] == "Table"
    assert one["rows"] == many["rows"]
    assert many["rows"][0]["cells"] == ["a", 1, "0s"]
    missing = await http.send("GET", f"{MAPS}/b", accept=TABLE)
    assert (missing.status, orjson.loads(missing.body)["kind"]) == (404, "Status")


async def test_a_watch_describes_the_columns_of_its_tables_once(http: Http) -> None:
    for name in ("a", "b"):
        await http.ok("POST", MAPS, config_map(name))
    stream = await http.stream(f"{MAPS}?watch=1&timeoutSeconds=1", accept=TABLE)
    events = [orjson.loads(line) for line in (await collected(stream.run)).splitlines()]
    assert [bool(event["object"]["columnDefinitions"]) for event in events] == [True, False]
    assert [event["object"]["rows"][0]["cells"][0] for event in events] == ["a", "b"]
