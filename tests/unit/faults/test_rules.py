import attrs
import orjson
import pytest
import trio

from simulator.faults.effects import (
    AnswerLate,
    ApplyLate,
    Delay,
    Earlier,
    Hang,
    KeepSilent,
    LoseAnswer,
    Pass,
    Refuse,
    Reset,
    Stale,
    Tear,
)
from simulator.faults.rule import Rule
from simulator.faults.rules import Rules
from simulator.wire.messages import Abort, Request, Response, Stall, Streaming

CONFLICT = {"kind": "Status", "code": 409, "reason": "Conflict"}


def request(method: str = "GET", path: str = "/a", *, watch: bool = False, agent: str = "x/1"):
    query = (("watch", "1"),) if watch else ()
    return Request(method, path, query, {"user-agent": agent})


@pytest.fixture
def done() -> list[str]:
    """Paths of the requests that were carried out."""
    return []


@pytest.fixture
def rules(done) -> Rules:
    async def handler(request: Request) -> Response:
        done.append(request.path)
        return Response(200)

    return Rules(handler)


async def test_without_rules_requests_pass(rules, done):
    assert (await rules.handle(request())).status == 200
    assert done == ["/a"]


async def test_a_refusal_is_answered_and_nothing_done(rules, done):
    rule = rules.add(Rule(effect=Refuse(CONFLICT, retry_after_seconds=3)))

    answer = await rules.handle(request())

    assert (answer.status, orjson.loads(answer.body)) == (409, CONFLICT)
    assert ("retry-after", "3") in answer.headers
    assert (done, rule.fired) == ([], 1)


async def test_a_hanging_request_is_neither_done_nor_answered(rules, done):
    rules.add(Rule(effect=Hang()))

    with pytest.raises(Stall):
        await rules.handle(request())
    assert done == []


async def test_a_lost_answer_is_done_but_not_answered(rules, done):
    rules.add(Rule(effect=LoseAnswer()))

    with pytest.raises(Abort):
        await rules.handle(request())
    assert done == ["/a"]


async def test_a_delay_comes_before_what_the_next_rule_does(rules, done, autojump_clock):
    rules.add(Rule(effect=Delay(5)))
    rules.add(Rule(effect=LoseAnswer()))
    start = trio.current_time()

    with pytest.raises(Abort):
        await rules.handle(request())
    assert trio.current_time() - start == 5
    assert done == ["/a"]


@pytest.mark.parametrize(
    ("rule", "hits"),
    [
        ({}, [1, 1, 1, 1]),
        ({"method": "PATCH"}, [0, 1, 0, 0]),
        ({"path": r"/namespaces/[^/]+/deployments"}, [0, 1, 0, 0]),
        ({"path": r"^/api/"}, [1, 0, 1, 0]),
        ({"user_agent": "leasekeeper"}, [1, 1, 1, 0]),
        ({"watch": True}, [0, 0, 1, 0]),
        ({"watch": False, "method": "GET"}, [1, 0, 0, 1]),
    ],
)
def test_a_rule_is_about_the_requests_that_match(rule, hits):
    requests = [
        request("GET", "/api/v1/pods", agent="leasekeeper"),
        request("PATCH", "/apis/apps/v1/namespaces/x/deployments/d", agent="leasekeeper"),
        request("GET", "/api/v1/pods", watch=True, agent="leasekeeper"),
        request("GET", "/other", agent="curl/8"),
    ]

    assert [Rule(effect=Hang(), **rule).matches(one) for one in requests] == [bool(h) for h in hits]


@pytest.mark.parametrize(
    ("nth", "times", "fires"),
    [(1, 1, "!...."), (2, 1, ".!..."), (2, 2, ".!!.."), (3, None, "..!!!"), (9, 1, ".....")],
)
async def test_a_rule_fires_at_the_nth_matching_request_and_counts(rules, nth, times, fires):
    rule = rules.add(Rule(effect=Refuse(CONFLICT), method="PATCH", nth=nth, times=times))

    statuses = []
    for _ in range(5):
        await rules.handle(request("GET"))
        statuses.append((await rules.handle(request("PATCH"))).status)

    assert "".join("!" if status == 409 else "." for status in statuses) == fires
    assert (rule.met, rule.fired) == (5, fires.count("!"))


async def test_healing_takes_all_rules_away(rules):
    rules.add(Rule(effect=Refuse(CONFLICT), times=None))
    rules.heal()

    assert (await rules.handle(request())).status == 200


async def test_an_intercept_stands_around_what_is_carried_out(rules, done):
    seen: list[object] = []

    async def intercept(request, carry_out):
        seen.append(tuple(done))
        answer = await carry_out()
        seen.append(tuple(done))
        return answer

    rules.intercept = intercept
    await rules.handle(request(path="/b"))
    assert seen == [(), ("/b",)]

    rules.add(Rule(effect=Refuse(CONFLICT)))
    await rules.handle(request())
    assert len(seen) == 2


APPLY = {"content-type": "application/apply-patch+yaml", "user-agent": "x/1"}


def apply(kind: str, name: str, namespace: str = "t", *, trial: bool = False) -> Request:
    path = f"/apis/apps/v1/namespaces/{namespace}/{kind}/{name}"
    return Request("PATCH", path, (("dryRun", "All"),) if trial else (), APPLY)


async def refused(rules: Rules, *requests: Request) -> list[bool]:
    return [(await rules.handle(one)).status != 200 for one in requests]


async def test_a_rule_may_speak_of_verb_kind_lease_and_turn(rules):
    rule = rules.add(
        Rule(
            effect=Refuse(CONFLICT),
            verb="apply",
            kind="deployments",
            lease="t",
            dry_run=False,
            nth=2,
        )
    )

    assert await refused(
        rules,
        apply("deployments", "web"),
        apply("deployments", "web", trial=True),
        apply("statefulsets", "db"),
        apply("deployments", "web", "u"),
        Request("GET", "/apis/apps/v1/namespaces/t/deployments/web", (), {}),
        apply("deployments", "api"),
        apply("deployments", "api"),
    ) == [False, False, False, False, False, True, False]
    assert (rule.met, rule.fired) == (3, 1)


async def test_a_rule_may_speak_of_reads_or_writes_and_of_subresources(rules):
    rules.add(Rule(effect=Refuse(CONFLICT), verb="write", subresource="", times=None))

    assert await refused(
        rules,
        apply("deployments", "web"),
        Request("GET", "/api/v1/namespaces/t/pods"),
        Request("PUT", "/api/v1/namespaces/t/pods/p/status"),
        Request("DELETE", "/api/v1/namespaces/t/pods/p"),
        Request("GET", "/version"),
    ) == [True, False, False, True, False]


async def test_a_rule_of_chance_draws_from_the_seed_and_from_nothing_else():
    async def handler(request: Request) -> Response:
        return Response(200)

    async def draws(seed: str, *others: Rule) -> list[bool]:
        rules = Rules(handler, seed=seed)
        chance = rules.add(Rule(effect=Refuse(CONFLICT), times=None, probability=0.5))
        for other in others:
            rules.add(other)
        found = await refused(rules, *[request() for _ in range(40)])
        assert sum(found) == chance.fired
        return found

    other = Rule(effect=Delay(0.0), times=None, probability=0.5)
    first = await draws("1")
    assert 5 < sum(first) < 35
    assert await draws("1") == first
    assert await draws("1", other) == first
    assert await draws("2") != first


async def test_a_rule_begins_and_ends(rules, autojump_clock):
    now = trio.current_time()
    rule = rules.add(Rule(effect=Refuse(CONFLICT), times=None, begins=now + 10, ends=now + 20))

    seen = []
    for _ in range(3):
        seen += await refused(rules, request())
        await trio.sleep(10)

    assert seen == [False, True, False]
    assert (rule.met, rule.fired) == (1, 1)


async def test_a_reset_does_nothing_and_drops_the_connection(rules, done):
    rules.add(Rule(effect=Reset()))

    with pytest.raises(Abort):
        await rules.handle(request())
    assert done == []


async def test_a_silent_host_has_done_what_it_never_answers(rules, done):
    rules.add(Rule(effect=KeepSilent()))

    with pytest.raises(Stall):
        await rules.handle(request())
    assert done == ["/a"]


async def test_a_late_answer_is_of_what_was_done_at_once(rules, done, autojump_clock):
    rules.add(Rule(effect=AnswerLate(7)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rules.handle, request())
        await trio.sleep(6)
        assert done == ["/a"]
    assert trio.current_time() == 7


@pytest.mark.parametrize(("silent", "ending"), [(False, Abort), (True, Stall)])
async def test_what_is_applied_late_is_not_answered_and_happens(
    done, autojump_clock, silent, ending
):
    async def handler(request: Request) -> Response:
        done.append(request.path)
        return Response(200)

    async with trio.open_nursery() as nursery:
        rules = Rules(handler, nursery=nursery)
        rules.add(Rule(effect=ApplyLate(30, silent=silent)))
        with pytest.raises(ending):
            await rules.handle(request())
        await trio.sleep(29)
        assert done == []
    assert done == ["/a"]
    assert trio.current_time() == 30


async def test_a_torn_answer_breaks_off(done):
    async def handler(request: Request) -> Response:
        return Response(200, (("content-type", "application/json"),), b'{"kind": "Pod"}')

    rules = Rules(handler)
    rules.add(Rule(effect=Tear(8)))
    answer = await rules.handle(request())
    assert isinstance(answer, Streaming)
    sent = []

    async def send(piece: bytes) -> None:
        sent.append(piece)

    with pytest.raises(Abort):
        await answer.run(send)
    assert (answer.status, b"".join(sent)) == (200, b'{"kind":')


async def test_a_stale_list_is_asked_for_as_it_was():
    asked_for = []

    async def handler(request: Request) -> Response:
        asked_for.append(dict(request.query))
        return Response(200)

    rules = Rules(handler, revision_ago=lambda seconds: 100 - int(seconds))
    rule = rules.add(Rule(effect=Stale(30), times=None))
    await rules.handle(Request("GET", "/api/v1/pods", (("limit", "5"), ("resourceVersion", "0"))))
    await rules.handle(Request("GET", "/api/v1/namespaces/t/pods/p"))
    await rules.handle(Request("GET", "/api/v1/pods", (("continue", "x"),)))

    assert asked_for == [
        {"limit": "5", "resourceVersion": "70", "resourceVersionMatch": "Exact"},
        {},
        {"continue": "x"},
    ]
    assert rule.met == 2


async def test_one_rule_can_be_taken_away(rules):
    first = rules.add(Rule(effect=Refuse(CONFLICT), times=None))
    second = rules.add(Rule(effect=Refuse(CONFLICT), path="/b", times=None))

    rules.remove(first)

    assert await refused(rules, request(), request(path="/b")) == [False, True]
    assert rules.rules == (second,)
    assert (first.is_active, second.is_active) == (False, True)


async def test_an_earlier_answer_is_given_again_once_it_is_old_enough(autojump_clock):
    async def handler(request: Request) -> Response:
        return Response(200, (), str(trio.current_time()).encode())

    rules = Rules(handler)
    began = trio.current_time()
    rule = rules.add(Rule(effect=Earlier(10), times=None))
    told = []
    for _ in range(7):
        told.append(float((await rules.handle(request())).body) - began)
        await trio.sleep(4)
    assert told == [0, 4, 8, 0, 4, 8, 8]
    assert float((await rules.handle(request(path="/b"))).body) - began == 28
    assert (rule.fired, rule.touched, rule.happened) == (8, 4, 4)


async def test_a_rule_may_only_count(rules, done):
    seen = []
    rules.add(Rule(effect=Pass(), path="^/a", times=None, on_happened=seen.append))

    for path in ("/a", "/b", "/a"):
        assert (await rules.handle(request(path=path))).status == 200

    assert [one.path for one in seen] == ["/a", "/a"]
    assert done == ["/a", "/b", "/a"]


async def test_a_rule_may_be_about_one_cable_or_whatever_it_is_told(rules, done):
    rules.add(Rule(effect=Refuse(CONFLICT), source="daemon-2", times=None))
    about = Rule(effect=Reset(), about=lambda _, found: found.name == "x", times=None)
    rules.add(about)

    assert (await rules.handle(attrs.evolve(request(), source="daemon-2"))).status == 409
    assert (await rules.handle(attrs.evolve(request(), source="daemon-1"))).status == 200
    with pytest.raises(Abort):
        await rules.handle(request(path="/api/v1/nodes/x"))
    assert (await rules.handle(request(path="/api/v1/nodes/y"))).status == 200
    assert about.met == 1


async def test_the_most_that_waited_at_once_is_known(rules, autojump_clock):
    rules.add(Rule(effect=Delay(5), times=3))
    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(rules.handle, request())
    await rules.handle(request())

    assert rules.most_at_once == 4
