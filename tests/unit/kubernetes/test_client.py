import orjson
import pytest
import trio

from provider.kubernetes.kinds import NAMESPACE, POD, ObjectKey
from provider.kubernetes.outcomes import (
    Absent,
    CreateOnly,
    Done,
    Found,
    Listing,
    Refused,
    Unknown,
    Unseen,
    Verdict,
    Version,
)
from simulator.wire.messages import Abort, Response, Stall
from tests.unit.kubernetes.server import Script, json_answer, open_client, page, pod, refusal

KEY = ObjectKey(POD, "ns", "a")
DEPLOY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "ns"},
    "spec": {"replicas": 1},
}


async def outcome_of(call, *answers):
    """What a call comes to with these answers, and what it sent."""
    script = Script(list(answers))
    async with open_client(script.handle) as (client, _):
        return await call(client), script.requests


async def test_a_get_is_a_quorum_read():
    outcome, [request] = await outcome_of(lambda c: c.get(KEY), json_answer(200, pod("a", 5)))

    assert outcome == Found(pod("a", 5))
    assert (request.method, request.path, request.query) == (
        "GET",
        "/api/v1/namespaces/ns/pods/a",
        (),
    )


async def test_only_a_status_for_the_object_proves_absence():
    not_found = refusal(404, "NotFound", 'pods "a" not found', name="a", kind="pods")
    outcome, _ = await outcome_of(lambda c: c.get(KEY), not_found)
    assert outcome == Absent()

    for unusable in (
        Response(404, (("content-type", "text/plain"),), b"404 page not found\n"),
        refusal(404, "NotFound", "the server could not find the requested resource"),
        refusal(403, "Forbidden", "no"),
        refusal(401, "Unauthorized", "Unauthorized"),
        json_answer(200, []),
        json_answer(200, pod("another", 5)),
        Response(200, (), b"<html>"),
    ):
        outcome, _ = await outcome_of(lambda c: c.get(KEY), unusable)
        assert isinstance(outcome, Unseen)


async def test_a_read_is_repeated_over_what_passes(autojump_clock):
    for trouble in (Abort(), Stall(), refusal(500), refusal(429), Response(502)):
        outcome, requests = await outcome_of(
            lambda c: c.get(KEY), trouble, json_answer(200, pod("a", 5))
        )

        assert (outcome, len(requests)) == (Found(pod("a", 5)), 2)


async def test_a_read_gives_up_after_a_few_attempts(autojump_clock):
    start = trio.current_time()
    outcome, requests = await outcome_of(lambda c: c.get(KEY), Stall())

    assert outcome == Unseen("no answer within 10 s")
    assert len(requests) == 3
    assert trio.current_time() - start < 35


async def test_a_read_waits_as_long_as_the_server_asks(autojump_clock):
    start = trio.current_time()
    outcome, _ = await outcome_of(
        lambda c: c.get(KEY),
        json_answer(429, {}, ("Retry-After", "4")),
        json_answer(200, pod("a", 5)),
    )
    assert outcome == Found(pod("a", 5))
    assert 4 <= trio.current_time() - start < 5


async def test_a_long_pause_is_left_to_the_caller(autojump_clock):
    outcome, requests = await outcome_of(
        lambda c: c.get(KEY), json_answer(503, {}, ("Retry-After", "60"))
    )

    assert isinstance(outcome, Unseen)
    assert outcome.retry_after_seconds == 60
    assert len(requests) == 1


async def test_a_list_reads_all_pages_and_completes_its_items():
    outcome, requests = await outcome_of(
        lambda c: c.list(POD, "ns", label_selector="a=b"),
        page([pod("a", 3)], 9, "next"),
        page([pod("b", 4)], 9),
    )

    assert outcome == Listing((pod("a", 3), pod("b", 4)), "9")
    assert [request.query for request in requests] == [
        (("limit", "500"), ("labelSelector", "a=b")),
        (("limit", "500"), ("labelSelector", "a=b"), ("continue", "next")),
    ]


async def test_a_list_begins_anew_when_its_pages_expire_and_gives_up_in_the_end():
    expired = refusal(410, "Expired", "too old")
    outcome, requests = await outcome_of(
        lambda c: c.list(POD),
        page([pod("a", 3)], 9, "next"),
        expired,
        page([pod("a", 3)], 12, "next"),
        page([pod("b", 11)], 12),
    )
    assert outcome == Listing((pod("a", 3), pod("b", 11)), "12")
    assert len(requests) == 4

    outcome, _ = await outcome_of(lambda c: c.list(POD), expired)
    assert isinstance(outcome, Unseen)


@pytest.mark.parametrize(
    "answer",
    [
        Response(404, (("content-type", "text/plain"),), b"404 page not found\n"),
        refusal(403, "Forbidden", "no"),
        json_answer(200, {"kind": "PodList"}),
        json_answer(200, {"metadata": {"resourceVersion": ""}, "items": []}),
        json_answer(200, {"metadata": {"resourceVersion": "new"}, "items": []}),
        json_answer(200, {"metadata": {"resourceVersion": "9"}, "items": [7]}),
    ],
)
async def test_a_list_that_was_not_answered_is_never_empty(answer):
    outcome, _ = await outcome_of(lambda c: c.list(POD), answer)

    assert isinstance(outcome, Unseen)


async def test_a_list_that_repeats_a_page_for_ever_is_given_up():
    script = Script([page([pod("a", 1)], 9, "same")])
    async with open_client(script.handle) as (client, _):
        assert isinstance(await client.list(POD), Unseen)
    assert len(script.requests) == 2


async def test_a_server_that_knows_no_pages_is_read_all_the_same():
    script = Script([page([pod(f"p{n}", n + 1) for n in range(1200)], 2000)])
    async with open_client(script.handle) as (client, _):
        listing = await client.list(POD)
    assert isinstance(listing, Listing)
    assert len(listing.items) == 1200


async def test_an_empty_list_may_say_null():
    outcome, _ = await outcome_of(
        lambda c: c.list(POD),
        json_answer(200, {"metadata": {"resourceVersion": "3"}, "items": None}),
    )

    assert outcome == Listing((), "3")


async def test_an_apply_that_may_only_create_is_fenced_by_version_1():
    accepted = {"kind": "Deployment", "metadata": {"name": "web", "uid": "u1"}}
    outcome, [request] = await outcome_of(
        lambda c: c.apply(DEPLOY, fence=CreateOnly()), json_answer(201, accepted)
    )

    assert outcome == Done(accepted)
    assert (request.method, request.path) == (
        "PATCH",
        "/apis/apps/v1/namespaces/ns/deployments/web",
    )
    assert request.query == (("fieldManager", "leasekeeper"), ("force", "true"))
    assert request.headers["content-type"] == "application/apply-patch+yaml"
    assert orjson.loads(request.body) == {
        **DEPLOY,
        "metadata": {"name": "web", "namespace": "ns", "resourceVersion": "1"},
    }
    assert "resourceVersion" not in DEPLOY["metadata"]


async def test_an_apply_onto_an_object_carries_its_uid_and_version():
    _, [request] = await outcome_of(
        lambda c: c.apply(DEPLOY, fence=Version("u", "77"), dry_run=True), json_answer(200, DEPLOY)
    )

    assert orjson.loads(request.body)["metadata"] == {
        "name": "web",
        "namespace": "ns",
        "uid": "u",
        "resourceVersion": "77",
    }
    assert request.query[-1] == ("dryRun", "All")


async def test_a_merge_patch_goes_under_its_own_manager():
    _, [request] = await outcome_of(
        lambda c: c.merge_patch(KEY, {"a": None}, field_manager="leasekeeper-intent"),
        json_answer(200, pod("a", 5)),
    )

    assert request.query == (("fieldManager", "leasekeeper-intent"),)
    assert request.headers["content-type"] == "application/merge-patch+json"
    assert request.body == b'{"a":null}'


async def test_a_json_patch_whose_test_failed_is_a_conflict():
    operations = [{"op": "test", "path": "/metadata/resourceVersion", "value": "5"}]
    outcome, [request] = await outcome_of(
        lambda c: c.json_patch(KEY, operations),
        refusal(422, "Invalid", "the server rejected our request due to an error in our request"),
    )

    assert isinstance(outcome, Refused)
    assert outcome.refusal.verdict is Verdict.CONFLICT
    assert request.headers["content-type"] == "application/json-patch+json"
    assert orjson.loads(request.body) == operations


async def test_a_delete_names_what_it_means():
    _, [request] = await outcome_of(
        lambda c: c.delete(KEY, uid="u", resource_version="5"), json_answer(200, {})
    )
    assert (request.method, request.path) == ("DELETE", "/api/v1/namespaces/ns/pods/a")
    assert orjson.loads(request.body) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        "preconditions": {"uid": "u", "resourceVersion": "5"},
    }

    _, [request] = await outcome_of(
        lambda c: c.delete(ObjectKey(NAMESPACE, "", "x")), json_answer(200, {})
    )
    assert request.path == "/api/v1/namespaces/x"
    assert "preconditions" not in orjson.loads(request.body)


async def test_deleting_what_is_not_there_is_refused_as_absent():
    outcome, _ = await outcome_of(
        lambda c: c.delete(KEY), refusal(404, "NotFound", 'pods "a" not found', name="a")
    )

    assert isinstance(outcome, Refused)
    assert outcome.refusal.verdict is Verdict.ABSENT


WRITES = [
    lambda c: c.apply(DEPLOY, fence=CreateOnly()),
    lambda c: c.merge_patch(KEY, {}, field_manager="x"),
    lambda c: c.json_patch(KEY, []),
    lambda c: c.delete(KEY),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "trouble",
    [Abort(), Stall(), refusal(500), refusal(504), Response(502), Response(200, (), b"?")],
)
async def test_a_write_is_sent_once_and_its_lost_answer_is_unknown(write, trouble, autojump_clock):
    outcome, requests = await outcome_of(write, trouble)

    assert isinstance(outcome, Unknown)
    assert outcome.sent
    assert len(requests) == 1


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_that_never_left_says_so(write):
    async with open_client(Script([]).handle) as (client, network):
        network.down("api.sim")
        outcome = await write(client)

    assert isinstance(outcome, Unknown)
    assert not outcome.sent


async def test_a_busy_server_refuses_a_write_with_its_pause():
    outcome, requests = await outcome_of(WRITES[0], json_answer(429, {}, ("Retry-After", "3")))

    assert isinstance(outcome, Refused)
    assert (outcome.refusal.verdict, outcome.refusal.retry_after_seconds) == (Verdict.BUSY, 3)
    assert len(requests) == 1


@pytest.mark.parametrize(
    "answer",
    [{}, {"kind": "Deployment"}, {"kind": "Service", "metadata": {"name": "web", "uid": "u"}}],
)
async def test_a_success_that_shows_another_object_is_no_success(answer):
    outcome, _ = await outcome_of(
        lambda c: c.apply(DEPLOY, fence=CreateOnly()), json_answer(200, answer)
    )

    assert isinstance(outcome, Unknown)
    assert outcome.sent
