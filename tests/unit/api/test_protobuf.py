"""Clients of the API that speak protobuf: what they send is read, what they ask for is written."""

import orjson
import pytest
import trio

from simulator.kinds import protobuf
from tests.unit.api.conftest import Http

TYPE = "application/vnd.kubernetes.protobuf"
MAPS = "/api/v1/namespaces/default/configmaps"


def config_map(name: str, **data: str) -> bytes:
    obj = {"metadata": {"name": name}, "data": data}
    return protobuf.sealed("v1", "ConfigMap", protobuf.encode("core.v1.ConfigMap", obj))


async def test_a_created_object_is_that_of_the_same_json(http: Http) -> None:
    made = await http.send("POST", MAPS, raw=config_map("a", x="1"), content_type=TYPE)
    assert made.status == 201
    obj = orjson.loads(made.body)
    other = await http.ok("POST", MAPS, {"metadata": {"name": "b"}, "data": {"x": "1"}})
    same = ("kind", "apiVersion", "data")
    assert {key: obj[key] for key in same} == {key: other[key] for key in same}
    assert obj["metadata"]["managedFields"] == other["metadata"]["managedFields"]


async def test_an_answer_in_protobuf_holds_the_object(http: Http) -> None:
    await http.ok("POST", MAPS, {"metadata": {"name": "a"}, "data": {"x": "1"}})
    answer = await http.send("GET", f"{MAPS}/a", accept=f"{TYPE},application/json")
    assert dict(answer.headers)["content-type"] == TYPE
    envelope = protobuf.opened(answer.body)
    assert (envelope.api_version, envelope.kind) == ("v1", "ConfigMap")
    decoded = protobuf.decode("core.v1.ConfigMap", envelope.raw)
    plain = await http.ok("GET", f"{MAPS}/a")
    assert decoded | {"kind": "ConfigMap", "apiVersion": "v1"} == plain


async def test_a_list_in_protobuf_holds_its_items(http: Http) -> None:
    for name in ("a", "b"):
        await http.ok("POST", MAPS, {"metadata": {"name": name}})
    answer = await http.send("GET", MAPS, accept=TYPE)
    envelope = protobuf.opened(answer.body)
    assert envelope.kind == "ConfigMapList"
    # Field 2 of a list are its items; PartialObjectMetadataList numbers its own the same way.
    assert envelope.raw.count(b"\x12") >= 2
    assert b"default" in envelope.raw


async def test_a_watch_in_protobuf_sends_frames(http: Http) -> None:
    await http.ok("POST", MAPS, {"metadata": {"name": "a"}})
    streaming = await http.stream(f"{MAPS}?watch=1&timeoutSeconds=1", accept=f"{TYPE};stream=watch")
    assert dict(streaming.headers)["content-type"] == f"{TYPE};stream=watch"
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(chunk)

    with trio.move_on_after(0.2):
        await streaming.run(keep)
    (frame,) = chunks
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert b"ADDED" in frame
    assert protobuf.MAGIC in frame


async def test_a_table_is_never_protobuf(http: Http) -> None:
    accept = f"{TYPE};as=Table;v=v1;g=meta.k8s.io,application/json"
    assert (await http.ok("GET", MAPS, accept=accept))["kind"] == "ConfigMapList"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"hello", "does not appear to be a protobuf message"),
        (b"k8s\0\x0a\x7f", "unexpected EOF"),
    ],
)
async def test_what_is_no_message_is_a_bad_request(http: Http, raw: bytes, words: str) -> None:
    answer = await http.send("POST", MAPS, raw=raw, content_type=TYPE)
    status = orjson.loads(answer.body)
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert words in status["message"]


async def test_another_kind_in_the_envelope_is_refused(http: Http) -> None:
    body = protobuf.sealed("v1", "Secret", b"")
    answer = await http.send("POST", MAPS, raw=body, content_type=TYPE)
    assert answer.status == 400


async def test_a_kind_without_messages_is_an_unsupported_media_type(http: Http) -> None:
    body = protobuf.sealed("example.com/v1", "Widget", b"")
    answer = await http.send("POST", MAPS, raw=body, content_type=TYPE)
    assert answer.status == 415


async def test_options_of_a_delete_are_read(http: Http) -> None:
    await http.ok("POST", MAPS, {"metadata": {"name": "a"}})
    options = protobuf.encode("meta.v1.DeleteOptions", {"preconditions": {"uid": "another"}})
    body = protobuf.sealed("v1", "DeleteOptions", options)
    answer = await http.send("DELETE", f"{MAPS}/a", raw=body, content_type=TYPE)
    assert answer.status == 409
