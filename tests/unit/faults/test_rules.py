import orjson
import pytest
import trio

from simulator.faults.rules import Delay, Hang, LoseAnswer, Refuse, Rule, Rules
from simulator.wire.messages import Abort, Request, Response, Stall

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
