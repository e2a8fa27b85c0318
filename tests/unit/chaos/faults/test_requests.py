"""Faults of single requests, each seen by a client and in the cluster."""

import pytest
import trio

from simulator.chaos.faults.requests import REQUESTS
from tests.unit.chaos.faults.tiny import LOST, SILENT, fault, play

NO, YES = False, True

EXPECTED = {
    # what: (values, status, there at once, there in the end, seconds until the answer)
    "refused": ({}, 500, NO, NO, 0),
    "forbidden": ({}, 403, NO, NO, 0),
    "quota-exceeded": ({}, 403, NO, NO, 0),
    "webhook-refused": ({}, 400, NO, NO, 0),
    "webhook-failing": ({}, 500, NO, NO, 0),
    "reset": ({}, LOST, NO, NO, 0),
    "answer-lost": ({}, LOST, YES, YES, 0),
    "done-silent": ({}, SILENT, YES, YES, 100),
    "hang": ({}, SILENT, NO, NO, 100),
    "torn": ({"bytes": 7}, LOST, YES, YES, 0),
    "delay": ({"delay": 7.0}, 201, NO, YES, 7),
    "answer-late": ({"delay": 7.0}, 201, YES, YES, 7),
    "applied-late": ({"delay": 7.0}, LOST, NO, YES, 0),
    "stale-list": ({}, 201, YES, YES, 0),
}
"""By what is seen of the second of three creations, which alone it befalls."""


def test_every_fault_of_requests_is_here():
    assert set(EXPECTED) == set(REQUESTS)


@pytest.mark.parametrize("what", EXPECTED)
def test_it_befalls_the_request_that_it_is_told_of_and_no_other(what):
    values, status, at_once, in_the_end, seconds = EXPECTED[what]
    answers = {}

    async def story(tiny):
        await trio.sleep(2)
        assert (await tiny.create("c1")).status == 201

        async def second():
            answers["c2"] = await tiny.create("c2")

        tiny.nursery.start_soon(second)
        await trio.sleep(1)
        assert tiny.has("c2") is at_once
        await trio.sleep(110)
        assert tiny.has("c2") is in_the_end
        assert (answers["c2"].status, answers["c2"].seconds) == (status, seconds)
        assert (await tiny.create("c3")).status == 201
        if what != "stale-list":
            assert (tiny.fired.fired, tiny.fired.times) == (1, [2.0])
            assert tiny.evidence.marks[-1].detail == "create configmaps/"
            assert tiny.evidence.marks[-1].daemon == 1

    play(story, fault(what, verb="list" if what == "stale-list" else "create", nth=2, **values))


@pytest.mark.parametrize("code", [400, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504])
def test_a_refusal_has_any_code_and_a_status_to_it(code):
    async def story(tiny):
        await trio.sleep(2)
        got = await tiny.create("c")
        assert (got.status, got.body["kind"], got.body["code"]) == (code, "Status", code)
        assert got.headers["retry-after"] == "3"

    play(story, fault("refused", code=code, retry_after=3))


def test_a_stale_list_shows_what_was_there():
    async def story(tiny):
        await trio.sleep(20)
        await tiny.create("c")
        await trio.sleep(5)
        path = "/api/v1/namespaces/default/configmaps"
        old, new = [(await tiny.ask("GET", path)).body["items"] for _ in range(2)]
        names = [{item["metadata"]["name"] for item in items} for items in (old, new)]
        assert "c" not in names[0]
        assert "c" in names[1]
        assert tiny.fired.fired == 1

    play(story, fault("stale-list", delay=10.0))


def test_a_rate_is_limited_within_each_second():
    async def story(tiny):
        await trio.sleep(2)
        first = [(await tiny.create(f"a{n}")).status for n in range(5)]
        await trio.sleep(1)
        second = [(await tiny.create(f"b{n}")) for n in range(5)]
        assert first == [201, 201, 201, 429, 429]
        assert [got.status for got in second] == first
        assert second[-1].headers["retry-after"] == "4"
        assert tiny.fired.fired == 4

    play(story, fault("rate-limited", per_second=3.0, retry_after=4))


def test_an_admission_refuses_what_is_written_for_one_lease_and_lets_it_be_deleted():
    async def story(tiny):
        ns, other = tiny.lease.namespace, tiny.evidence.leases["B"].namespace
        assert (await tiny.create("before", ns=ns)).status == 201
        await trio.sleep(2)
        assert (await tiny.create("c", ns=ns)).status == 403
        assert (await tiny.create("c", ns=ns, trial=True)).status == 403
        assert (await tiny.create("c", ns=other)).status == 201
        path = f"/api/v1/namespaces/{ns}/configmaps/before"
        assert (await tiny.ask("GET", path)).status == 200
        assert (await tiny.ask("DELETE", path)).status == 200
        await trio.sleep(10)
        assert (await tiny.create("c", ns=ns)).status == 201
        assert tiny.fired.fired == 2

    play(story, fault("admission-refused", lease="A", seconds=5))


def test_an_admission_may_let_trials_pass():
    async def story(tiny):
        await trio.sleep(2)
        assert (await tiny.create("c", ns=tiny.lease.namespace, trial=True)).status == 201
        assert (await tiny.create("c", ns=tiny.lease.namespace)).status == 403

    play(story, fault("admission-refused", lease="A", trials=False))
